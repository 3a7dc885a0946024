"""How much faster several worker processes claim than one, on PostgreSQL.

python bench/claims.py [ROWS]
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import text

from bench.fill import databases
from bench.page import Line
from bench.people import add_people
from followup.intake.clinics import set_clinic
from followup.outreach.claim import claim
from followup.store import Store, open_store, unlock
from tests.clinic_day import CLINIC

CLINICS = 40
NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)  # no holiday, whenever this is run
WORKERS = (1, 2, 4, 8)


def work(url: str, owner: str, ready: Barrier, took: object) -> None:
    unlock([bytes(range(32))])
    store = open_store(url)
    _warm(store, owner)
    ready.wait()
    got, empty = 0, 0
    while empty < 3:  # another may hold what is left this moment
        with store.write() as session:
            some = len(claim(session, owner, NOON, 50))
        got, empty = got + some, 0 if some else empty + 1
    took.put((got, time.time()))  # type: ignore[attr-defined]
    store.close()


def _warm(store: Store, owner: str) -> None:
    """A claim that is undone: a worker opens files and makes statements once, and lives for days.

    Without it the first claims of eight processes on two cores, 2 s each, are most of what is timed.
    """
    claimed = False
    while not claimed:  # another, warming up too, may hold what is due
        with suppress(_UndoneError), store.write() as session:
            claimed = bool(claim(session, owner, NOON, 50))
            raise _UndoneError


class _UndoneError(Exception):
    """Rolls a claim back."""


def measure(url: str, rows: int) -> Iterator[Line]:
    store = open_store(url)
    with store.write() as session:
        for number in range(CLINICS):
            words = CLINIC.replace('"harbor"', f'"harbor-{number}"').replace("0123", f"01{number:02d}")
            set_clinic(session, words, NOON)
    add_people(store, rows, NOON - timedelta(minutes=1), asked=False)
    speeds, cores = {}, os.cpu_count() or 1
    for workers in WORKERS:
        _again(store)
        speeds[workers] = _together(url, workers, rows)
        ratio = speeds[workers] / speeds[1]
        reach = 0.8 * min(workers, cores)
        yield Line(
            "claims against one worker process", f"PostgreSQL, {workers} processes, {CLINICS} clinics",
            f"{ratio:.2f} ({speeds[workers]:.0f} rows a second)", f"≥ {reach:.1f}", ratio >= reach,
        )  # fmt: skip
    store.close()


def _again(store: Store) -> None:
    with store.write() as session:
        session.execute(text("UPDATE outbound SET state = 'planned', owner = '', deadline = NULL"))
        session.execute(text("UPDATE check_in SET state = 'planned', turn = 0, asked_at = NULL"))
        session.execute(text("DELETE FROM pace"))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE outbound"))
        connection.execute(text("VACUUM ANALYZE check_in"))


def _together(url: str, workers: int, rows: int) -> float:
    spawn = multiprocessing.get_context("spawn")
    ready, took = spawn.Barrier(workers + 1), spawn.Queue()
    started = [spawn.Process(target=work, args=(url, f"worker {n}", ready, took)) for n in range(workers)]
    for process in started:
        process.start()
    ready.wait()
    began = time.time()
    done = [took.get() for _ in started]
    for process in started:
        process.join()
    assert sum(got for got, _ in done) == rows, "every row once"
    return rows / (max(at for _, at in done) - began)


def run(rows: int = 12_000) -> list[Line]:
    found: list[Line] = []
    with databases() as each:
        for kind, url in each:
            if kind == "PostgreSQL":
                for line in measure(url, rows):
                    print(line, flush=True)
                    found.append(line)
    return found


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 12_000)
