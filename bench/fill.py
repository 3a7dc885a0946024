"""Years of closed follow-ups, in a minute: what the benchmarks, and whoever changes a page, measure on.

    python bench/fill.py DATABASE_URL FOLLOW_UPS [CLINICS]

Two hundred follow-ups are stored the way the program itself stores them. Everything older is that day
copied back into the past inside the database, with other keys, by one statement a table; sealed columns are
copied as they are, since sealing a million names again would only time the cipher. Whatever columns and
tables a later migration adds are copied too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Column, Connection, Date, DateTime, Table, UniqueConstraint, text
from sqlmodel import SQLModel, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

sys.path.insert(0, str(Path(__file__).parents[1]))

from followup.intake.clinics import set_clinic
from followup.store import Store, open_store, unlock
from followup.store.migrate import migrate
from followup.store.models import Clinic, Outbound, Receipt, Task
from tests import postgres
from tests.digest.clinic_day import (
    DAY,
    FILE,
    INJECTED,
    PARTIAL,
    REPEAT,
    TEN,
    TESTING,
    WORSE,
    add_alert,
    add_case,
    add_clinic,
    decide,
)

SIZES = (10_000, 100_000, 1_000_000)
A_DAY = 200
STEP = 50_000  # follow-ups in one transaction
LIVE = 1_000_000_000  # what the program stores from here on has ids above
AS_IT_IS = {"clinic", "staff", "heartbeat", "digest", "comparison"}
NAMES = ("reference", "sid", "dedupe")  # differ from copy to copy, also where no constraint says so
GIVEN = [
    "Ana",
    "Ben",
    "Carmen",
    "Dora",
    "Eli",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "June",
    "Kim",
    "Luz",
    "Max",
    "Noor",
]
FAMILY = ["Ruiz", "Okafor", "Lind", "Petrov", "Nguyen", "Haddad", "Silva", "Moreau", "Jensen", "Abe", "Kowal"]
SAID = (REPEAT, TESTING, PARTIAL, WORSE, {"pain_now": 7})


class History:
    """The past of a migrated, empty database: `grow(n)` makes it n follow-ups long; more may follow."""

    def __init__(self, store: Store, clinics: int = 1) -> None:
        self.store, self.copies = store, 0
        _sample(store, clinics)
        with store.engine.begin() as connection:
            self.clinics = list(connection.scalars(text("SELECT id FROM clinic ORDER BY id")))
            connection.exec_driver_sql(
                "CREATE TABLE fill_copy (k INTEGER, clinic_id INTEGER, back INTEGER, block INTEGER)"
            )
            self.tables = [
                table for table in SQLModel.metadata.sorted_tables if _is_filled(connection, table)
            ]
            top = {t.name: connection.scalar(text(f"SELECT MAX(id) FROM {t.name}")) for t in self.tables}
            self.strides: dict[str, int] = {name: highest + 1 for name, highest in top.items()}
        # The newest of the past lies above all that will be copied, so that the program's own ids follow it.
        self._copy(
            [(LIVE, self.clinics[0], 0, LIVE)], patients=[(LIVE, self.clinics[0], 0, LIVE)], anchor=True
        )

    @property
    def made(self) -> int:
        return A_DAY * (self.copies + 2)  # the sample, and the newest

    def grow(self, to: int) -> float:
        """Make the past so many follow-ups long; returns how many seconds it took."""
        started = time.perf_counter()
        while self.made < to:
            copies, patients = [], []
            for k in range(self.copies + 1, self.copies + 1 + min(STEP, to - self.made) // A_DAY or 1):
                back = (k - 1) // len(self.clinics) + 1
                # Everybody comes five times, a hundred days apart, and then never again.
                block = (back // 500 * 100 + back % 100) * len(self.clinics) + (k - 1) % len(self.clinics) + 1
                copies.append((k, self.clinics[(k - 1) % len(self.clinics)], back, block))
                if back % 500 < 100:
                    patients.append((block, *copies[-1][1:]))
            self._copy(copies, patients)
            self.copies += len(copies)
        with (
            self.store.engine.begin() as connection
        ):  # statistics come by themselves in years, not in a minute
            connection.exec_driver_sql("ANALYZE")
        return time.perf_counter() - started

    def _copy(
        self, copies: list[tuple[int, ...]], patients: list[tuple[int, ...]], *, anchor: bool = False
    ) -> None:
        connection = self.store.engine.raw_connection()
        try:
            run = connection.driver_connection.execute  # type: ignore[union-attr]
            if self.store.is_sqlite:
                for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-500000"):
                    run(f"PRAGMA {pragma}")
                run("BEGIN")
            else:  # the rows fit each other: checking every key again would take longer than writing them
                run("SET session_replication_role = replica")
            for table in self.tables:
                run("DELETE FROM fill_copy")
                for row in patients if table.name == "patient" else copies:
                    run(f"INSERT INTO fill_copy VALUES ({', '.join(map(str, row))})")
                run(self._statement(table, anchor))
                if anchor and not self.store.is_sqlite:
                    sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                    run(f"SELECT setval({sequence}, MAX(id)) FROM {table.name}")
            run("COMMIT")
        finally:
            connection.invalidate()  # its settings are nobody else's
            connection.close()

    def _statement(self, table: Table, anchor: bool) -> str:
        names = [column.name for column in table.columns]
        unique = _told_apart_by_words(table, set(self.strides))
        values = ", ".join(self._value(column, unique, anchor) for column in table.columns)
        quoted = ", ".join(f'"{name}"' for name in names)
        return (
            f"INSERT INTO {table.name} ({quoted}) SELECT {values} FROM {table.name} s CROSS JOIN fill_copy c"
            f" WHERE s.id < {self.strides[table.name]} ORDER BY c.k, s.id"
        )

    def _value(self, column: Column[object], unique: set[str], anchor: bool) -> str:
        name, sqlite = f's."{column.name}"', self.store.is_sqlite
        points = next(iter(column.foreign_keys), None)
        target = column.table.name if column.name == "id" else points.column.table.name if points else ""
        if target == "clinic":
            return f"CASE WHEN {name} IS NULL THEN NULL ELSE c.clinic_id END"
        if target in self.strides:
            which = "block" if target == "patient" and column.table.name != "patient" else "k"
            return f"{name} + {LIVE}" if anchor else f"{name} + c.{which} * {self.strides[target]}"
        if isinstance(column.type, DateTime | UTCDateTime):
            moved = f"date(substr({name}, 1, 10), -c.back || ' days') || substr({name}, 11)"
            return moved if sqlite else f"{name} - make_interval(days => c.back)"
        if isinstance(column.type, Date):
            return f"date({name}, -c.back || ' days')" if sqlite else f"{name} - c.back"
        if column.name in unique or column.name.endswith("_hash"):
            which = "block" if column.name.endswith("_hash") and column.table.name != "patient" else "k"
            tail = (
                f"substr('000000000' || c.{which}, -10)" if sqlite else f"right('000000000' || c.{which}, 10)"
            )
            length = getattr(column.type, "length", None) or 60
            return f"CASE WHEN {name} = '' THEN '' ELSE substr({name}, 1, {length - 10}) || {tail} END"
        return name


def _told_apart_by_words(table: Table, moved: set[str]) -> set[str]:
    """Columns of words that must differ from copy to copy: names, and whatever a unique key rests on."""
    found = {column.name for column in table.columns if column.name in NAMES}
    keys = [c.columns for c in table.constraints if isinstance(c, UniqueConstraint)]
    for key in [*keys, *(index.columns for index in table.indexes if index.unique)]:
        targets = {fk.column.table.name for column in key for fk in column.foreign_keys}
        if not targets & moved:
            found |= {column.name for column in key if hasattr(column.type, "length")}
    return found


def _is_filled(connection: Connection, table: Table) -> bool:
    if table.name in AS_IT_IS or "id" not in table.columns:
        return False
    return connection.scalar(text(f"SELECT MAX(id) FROM {table.name}")) is not None


def _sample(store: Store, clinics: int) -> None:
    """Two hundred follow-ups of the day before the newest, answered or given up, decided or closed."""
    before = timedelta(days=1)
    with store.write() as session:
        clinic = add_clinic(session)
        for number in range(2, clinics + 1):
            more = FILE.replace('"harbor"', f'"harbor-{number}"').replace("0123", f"{100 + number % 100:04d}")
            set_clinic(session, more, INJECTED)
        for number in range(A_DAY):
            silent = number % 10 == 9
            case = add_case(
                session, clinic, number, f"{GIVEN[number % 14]} {FAMILY[number % 11]}",
                said={} if silent else SAID[number % len(SAID)],
                words="" if silent else str(number % 11), outcome="no_answer" if silent else "answered",
                performed_at=INJECTED - before, baseline=Decimal(4 + number % 7),
            )  # fmt: skip
            if number % 2:
                decide(session, case, "repeat", TEN)
            else:
                case.ended, case.ended_by, case.ended_at = "reached", "Dr K", TEN
            if number % 40 == 0:
                add_alert(session, clinic, case, at=TEN - before, acknowledged_at=TEN, resolved_at=TEN)
            if number % 10 == 0:
                session.add(
                    Task(
                        dedupe=f"sample:{number}", kind="unread", reason="Please read it.", closed_at=TEN,
                        clinic_id=clinic.id, patient_id=case.patient_id, opened_at=TEN - before,
                    )
                )  # fmt: skip
        for row in session.exec(select(Outbound).order_by(col(Outbound.id))).all():
            row.sid = f"SM{row.id:032x}"
            for status in ("sent", "delivered"):
                session.add(
                    Receipt(
                        sid=row.sid, status=status, outbound_id=row.id, raw="{}", received_at=TEN - before
                    )
                )


@contextmanager
def databases() -> Iterator[Iterator[tuple[str, str]]]:
    """(kind, DATABASE_URL) of a new migrated database of each kind; says so where there is no PostgreSQL."""

    def each() -> Iterator[tuple[str, str]]:
        with tempfile.TemporaryDirectory() as folder:
            yield "SQLite", _migrated(f"sqlite:///{folder}/followup.db")
        try:
            with postgres.server() as server, server.database() as url:
                yield "PostgreSQL", _migrated(url)
        except postgres.NotHereError as why:
            print(f"PostgreSQL left out: {why}")

    unlock([bytes(range(32))])
    yield each()


def _migrated(url: str) -> str:
    store = open_store(url)
    migrate(store)
    store.close()
    return url


def main() -> None:
    unlock([bytes(range(32))])
    url, size, clinics = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    store = open_store(url)
    migrate(store)
    with store.read() as session:
        if session.exec(select(Clinic)).first() is not None:
            sys.exit("The database is not empty; give a new one.")
    seconds = History(store, clinics).grow(size)
    store.close()
    print(f"{size:,} follow-ups in {seconds:.0f} s, the newest due {DAY - timedelta(days=1)}")


if __name__ == "__main__":
    main()
