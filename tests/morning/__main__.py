"""A thousand clinics at ten o'clock, zone after zone: real processes, workers killed, patients writing back.

    python -m tests.morning [--clinics N] [--procedures N] [--workers N] [--kill-every SECONDS]

The clock they share runs in real time while anything is due and jumps when nothing is. What the carrier
made is held against the database at the end.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import col, select

from bench.fill import _migrated
from bench.inbound import environment
from bench.people import add_people
from followup.cli.mortal import SharedClock
from followup.intake.clinics import set_clinic
from followup.store import Store, open_store, unlock
from followup.store.models import CheckIn, Clinic, Outbound
from tests import postgres
from tests.clinic_day import CLINIC
from tests.morning.carrier import carrier
from tests.morning.judge import violations
from tests.morning.patients import Patients
from tests.morning.processes import SPAWN, Killer, webs

ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
DAY = datetime(2026, 3, 10, tzinfo=UTC)
TEN = {zone: datetime(2026, 3, 10, 10, tzinfo=ZoneInfo(zone)).astimezone(UTC) for zone in ZONES}


def fill(store: Store, clinics: int, procedures: int) -> int:
    """The clinics, a quarter in each zone, everybody due at ten there; returns how many texts are owed."""
    with store.write() as session:
        for n in range(clinics):
            words = CLINIC.replace('"harbor"', f'"clinic-{n}"').replace("segments_per_second = 1000\n", "")
            words = words.replace("+12025550123", f"+1{300 + n // 100}55501{n % 100:02d}")
            set_clinic(session, words.replace("America/New_York", ZONES[n % 4]), DAY)
    for done in range(procedures):
        add_people(store, clinics, TEN[ZONES[0]], asked=False)
        print(f"{(done + 1) * clinics} of {procedures * clinics} procedures", file=sys.stderr, flush=True)
    with store.write() as session:
        for clinic in session.exec(select(Clinic)).all():
            at = TEN[ZONES[int(clinic.code.split("-")[1]) % 4]]
            for table in ("outbound", "check_in"):
                session.execute(
                    text(f"UPDATE {table} SET due_at = :at WHERE clinic_id = :id"),
                    {"at": at, "id": clinic.id},
                )
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return clinics * procedures


def play(store: Store, clock: SharedClock, owed: int, minutes: float) -> float:
    """Until every first text is settled, or the time is up; seconds in which texts were due."""
    began, draining, ends = time.monotonic(), 0.0, time.monotonic() + minutes * 60
    while time.monotonic() < ends:
        with store.read() as session:
            firsts = "SELECT COUNT(*) FROM outbound WHERE step = 'first' AND state "
            left = session.execute(text(firsts + "IN ('planned', 'sending', 'unsure')")).scalar()
            waiting = text(firsts + "= 'planned' AND due_at <= :now")
            due = session.execute(waiting, {"now": clock()}).scalar()
        print(
            f"{time.monotonic() - began:.0f} s, {clock():%H:%M:%S} UTC: {due} due, {left} of {owed} left",
            file=sys.stderr,
            flush=True,
        )
        if not left:
            break
        if due:
            asked = time.monotonic()
            time.sleep(2)
            clock.set(clock() + timedelta(seconds=time.monotonic() - asked))
            draining += time.monotonic() - asked
        else:
            time.sleep(1)
            clock.set(_next_moment(store, clock()))
    return draining


def _next_moment(store: Store, now: datetime) -> datetime:
    """When the next zone begins; half a minute on while the fate of a text is still open."""
    # In one statement: a row claimed between two would be in neither, and an hour would pass over it.
    asked = text(
        "SELECT COUNT(*) FILTER (WHERE state <> 'planned'), MIN(due_at) FILTER (WHERE state = 'planned') "
        "FROM outbound WHERE step = 'first' AND state IN ('planned', 'sending', 'unsure')"
    )
    with store.read() as session:
        in_doubt, begins = session.execute(asked).one()
    return now + timedelta(seconds=30) if in_doubt or begins is None else max(begins, now)


def _settle(store: Store, clock: SharedClock) -> None:
    """Let the workers clear up what else is in doubt, while nothing new may leave: reminders fall due too."""
    with store.write() as session:
        for clinic in session.exec(select(Clinic)).all():
            clinic.paused = True
    for _ in range(180):
        with store.read() as session:
            doubt = select(Outbound.id).where(col(Outbound.state).in_(("sending", "unsure")))
            if session.exec(doubt).first() is None:
                return
        time.sleep(1)
        clock.set(clock() + timedelta(seconds=15))


def main() -> int:
    parse = argparse.ArgumentParser(prog="python -m tests.morning")
    parse.add_argument("--clinics", type=int, default=1000)
    parse.add_argument("--procedures", type=int, default=100)
    parse.add_argument("--workers", type=int, default=4)
    parse.add_argument("--kill-every", type=float, default=20)
    parse.add_argument("--minutes", type=float, default=60)
    given = parse.parse_args()
    unlock([bytes(range(32))])
    with postgres.server() as server, server.database() as url, tempfile.TemporaryDirectory() as folder:
        store = open_store(_migrated(url))
        began = time.monotonic()
        owed = fill(store, given.clinics, given.procedures)
        print(f"filled in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        clock, heard = SharedClock(TEN[ZONES[0]]), SPAWN.Queue()
        ours, theirs = SPAWN.Pipe()
        SPAWN.Process(target=carrier, args=(clock.cell, heard, theirs), daemon=True).start()
        env = environment(url) | {
            "TWILIO_API_URL": f"http://127.0.0.1:{ours.recv()}", "FOLLOWUP_SPOOL": folder,
        }  # fmt: skip
        began = time.monotonic()
        with webs(env, clock.cell) as ports:
            patients = Patients(heard, ports)
            patients.start()
            killer = Killer(given.workers, given.kill_every, (env, clock.cell))
            killer.start()
            draining = play(store, clock, owed, given.minutes)
            patients.end()
            _settle(store, clock)
            killer.stop()
        took = time.monotonic() - began
        ours.send("end")
        made: list[dict[str, Any]] = ours.recv()
        wrong = violations(store, made, patients, clock())
        waits = _waits(store)
        store.close()
    print(
        f"{given.clinics} clinics with {given.procedures} procedures, {given.workers} workers, 2 webs; "
        f"{killer.killed} workers killed.\n"
        f"{len(made)} contacts made; {patients.answers.total()} replies taken in, "
        f"{len(patients.stopped)} of them STOP, the slowest in {patients.slowest:.2f} s.\n"
        f"A due first text waited {waits[len(waits) // 2]:.0f} s in the median, "
        f"{waits[int(len(waits) * 0.99)]:.0f} s at the 99th percentile, {waits[-1]:.0f} s at most; "
        f"{len(made) / max(draining, 1):.0f} texts a second while any were due.\n"
        f"Played in {took:.0f} s: {len(wrong)} violations."
    )
    for sentence in wrong[:50]:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


def _waits(store: Store) -> list[float]:
    """Seconds from due to sent of every first text, in order."""
    with store.read() as session:
        waits = session.exec(
            select(CheckIn.first_asked_at, CheckIn.due_at).where(col(CheckIn.first_asked_at).is_not(None))
        ).all()
    return sorted((at - due).total_seconds() for at, due in waits if at is not None) or [0.0]


if __name__ == "__main__":
    sys.exit(main())
