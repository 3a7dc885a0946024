"""How long the digest of a busy day takes as history grows: it should not notice.

    python bench/digest.py [FOLLOW_UPS ...]

Fills a database with closed follow-ups, 200 procedures a day back into the past (10 000, 100 000 and a
million unless said otherwise), the newest day still open, and times the digest of that day: built, and built
and rendered as a page. SQLite in a temporary folder; PostgreSQL too where its server programs are.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlmodel import SQLModel, select

sys.path.insert(0, str(Path(__file__).parents[1]))

from followup.digest.build import build
from followup.digest.render_html import render_html
from followup.store import Store, open_store, unlock
from followup.store.migrate import migrate
from followup.store.models import (
    Answer,
    CheckIn,
    Clinic,
    Inbound,
    Outbound,
    Patient,
    Procedure,
    Proposal,
    Roster,
    RosterLine,
)
from tests import postgres
from tests.digest.clinic_day import DAY, NOW, REPEAT, TESTING, WORSE, add_case, add_clinic

SIZES = (10_000, 100_000, 1_000_000)
A_DAY = 200
PATIENTS = 20_000  # who come back again and again
BATCH = 20_000
FIRST = 1_000_000  # ids from here on; what the program stores itself lies below
MODELS = (Patient, Roster, CheckIn, Procedure, RosterLine, Outbound, Inbound, Answer, Proposal)
KINDS = (REPEAT, TESTING, WORSE, {"pain_now": 7})
Row = dict[str, Any]


class History:
    """Closed follow-ups in bulk: every row is a copy of one that the program itself stored, with other keys.

    Copying keeps the sealed columns as they are: sealing a million names again would time the cipher.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.made = 0
        with store.write() as session:
            clinic = add_clinic(session)
            case = add_case(session, clinic, 1, said=REPEAT, words="7")
            case.ended, case.ended_by, case.ended_at = "reached", "Dr K", NOW
            session.flush()
            self.clinic_id = clinic.id
        with store.engine.connect() as connection:
            self.sample: dict[type[SQLModel], Row] = {}
            for model in MODELS:
                name = inspect(model).local_table.name
                found = (
                    connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY id LIMIT 1").mappings().one()
                )
                self.sample[model] = dict(found)
        self._insert(Patient, self._patients())

    def grow(self, to: int) -> None:
        while self.made < to:
            first, count = self.made, min(BATCH, to - self.made)
            self._insert(Roster, self._rosters(first, count))
            for model in MODELS[2:]:
                self._insert(model, self._copies(model, first, count))
            self.made += count
        # Statistics would come by themselves in a database that grew in years and not in a minute.
        with self.store.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")

    def _patients(self) -> Iterator[Row]:
        for number in range(PATIENTS):
            yield {**self.sample[Patient], "id": FIRST + number, "chart_hash": f"{number:040d}"}

    def _rosters(self, first: int, count: int) -> Iterator[Row]:
        """One a day, as a clinic sends them."""
        for n in range(first, first + count):
            if n % A_DAY == 0:
                back = n // A_DAY + 1
                at = _as_stored(self.sample[Roster]["at"], NOW - timedelta(days=back + 1))
                yield {**self.sample[Roster], "id": FIRST + back, "at": at}

    def _copies(self, model: type[SQLModel], first: int, count: int) -> Iterator[Row]:
        """Follow-up n was due on day n // 200 before the newest."""
        for n in range(first, first + count):
            key, back = FIRST + n, n // A_DAY + 1
            due, at = DAY - timedelta(days=back), NOW - timedelta(days=back, hours=6)
            moments = {
                name: _as_stored(self.sample[model][name], at)
                for name in ("due_at", "sent_at", "at", "first_asked_at", "performed_at", "closed_at")
                if self.sample[model].get(name) is not None
            }
            keys = dict.fromkeys(("id", "check_in_id", "procedure_id", "inbound_id"), key) | {
                "patient_id": FIRST + n % PATIENTS,
                "reference": f"H-{n}",
                "dedupe": f"h{n}:first",
                "sid": f"SH{n}",
                "line": n,
                "roster_id": FIRST + back,
                "due_on": _day(due, self.store),
                "performed_on": _day(due - timedelta(days=1), self.store),
            }
            row = self.sample[model]
            yield {**row, **moments, **{k: v for k, v in keys.items() if k in row}}

    def _insert(self, model: type[SQLModel], rows: Iterable[Row]) -> None:
        name = inspect(model).local_table.name
        columns = list(self.sample[model])
        quoted = ", ".join(f'"{column}"' for column in columns)
        values = ([row[column] for column in columns] for row in rows)
        connection = self.store.engine.raw_connection()
        try:
            raw: Any = connection.driver_connection
            if self.store.is_sqlite:
                raw.execute("PRAGMA foreign_keys=OFF")
                raw.execute("PRAGMA synchronous=OFF")
                raw.execute("PRAGMA cache_size=-500000")  # the indexes of a million rows, in memory
                raw.execute("BEGIN")
                raw.executemany(
                    f"INSERT INTO {name} ({quoted}) VALUES ({', '.join('?' * len(columns))})", values
                )
                raw.execute("COMMIT")
            else:
                # The rows fit each other: checking every key again would take longer than writing them.
                raw.execute("SET session_replication_role = replica")
                with raw.cursor().copy(f"COPY {name} ({quoted}) FROM STDIN") as copy:
                    for row in values:
                        copy.write_row(row)
                raw.execute("SET session_replication_role = DEFAULT")
                raw.commit()
        finally:
            connection.close()


def _as_stored(like: Any, at: datetime) -> Any:
    """The moment in the form the database gave back: text on SQLite, aware on PostgreSQL."""
    return (
        at.astimezone(UTC).replace(tzinfo=None).strftime("%Y-%m-%d %H:%M:%S.%f")
        if isinstance(like, str)
        else at
    )


def _day(day: date, store: Store) -> Any:
    return day.isoformat() if store.is_sqlite else day


def busy_day(store: Store) -> None:
    """Two hundred procedures of the newest day, as the program stores them, a third of them silent."""
    with store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        for number in range(A_DAY):
            silent = number % 3 == 2
            add_case(
                session, clinic, 10_000_000 + number, f"Patient {number}",
                said={} if silent else KINDS[number % len(KINDS)], words="" if silent else "7",
                outcome="no_answer" if silent else "answered", baseline=Decimal(8),
            )  # fmt: skip


def measure(store: Store, sizes: Iterable[int], kind: str) -> None:
    history = History(store)
    busy_day(store)
    for size in sizes:
        started = time.perf_counter()
        history.grow(size)
        loaded = time.perf_counter() - started

        def built(page: bool) -> None:
            with store.read() as session:
                clinic = session.exec(select(Clinic)).one()
                made = build(session, clinic, DAY, NOW)
            assert len(made.entries) >= A_DAY
            assert made.reconciled, made.missing[:3]
            if page:
                render_html(made, standalone=True)

        alone, page = timed(lambda: built(False)), timed(lambda: built(True))
        print(f"{kind:<11}{size:>10,}{alone:>11.3f}{page:>11.3f}{loaded:>11.0f}", flush=True)


def timed(work: Callable[[], object], times: int = 7) -> float:
    """The best of some runs in seconds: whatever else the machine does can only add to it."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return min(took)


def main() -> None:
    sizes = sorted(int(word) for word in sys.argv[1:]) or list(SIZES)
    unlock([bytes(range(32))])
    print(f"{'database':<11}{'follow-ups':>10}{'built s':>11}{'and page':>11}{'loaded s':>11}")
    with tempfile.TemporaryDirectory() as folder:
        measure_at(f"sqlite:///{folder}/followup.db", sizes, "SQLite")
    try:
        with postgres.server() as server, server.database() as url:
            measure_at(url, sizes, "PostgreSQL")
    except postgres.NotHereError as why:
        print(f"PostgreSQL left out: {why}")


def measure_at(url: str, sizes: list[int], kind: str) -> None:
    store = open_store(url)
    try:
        migrate(store)
        measure(store, sizes, kind)
    finally:
        store.close()


if __name__ == "__main__":
    main()
