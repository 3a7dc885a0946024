"""Many clinics, one line of workers: each clinic has its turn, and no sender goes faster than it may."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlmodel import Session, select

from followup.intake.clinics import set_clinic
from followup.intake.importing import import_roster
from followup.outreach.claim import claim
from followup.outreach.next_due import next_due
from followup.outreach.pace import AHEAD
from followup.store import Store
from followup.store.models import Clinic, Outbound, Pace
from tests.clinic_day import CLINIC, HEADER, ZONE, ClinicDay
from tests.processes.house import on_postgres

MONDAY = datetime(2026, 3, 9, 14, tzinfo=ZONE)
TEN = datetime(2026, 3, 10, 10, tzinfo=ZONE)
FAST, SLOW = 1000, 0.1
AT_ONCE = 13  # texts of one segment that a slow sender may be ahead, and the one it starts with


def clinic(store: Store, code: str, number: int, patients: int, a_second: float, minutes: int = 0) -> None:
    """A clinic with its own sender, and so many patients due at ten, or some minutes later."""
    text = CLINIC.replace('"harbor"', f'"{code}"').replace("0123", f"{number:04d}")
    text = text.replace("segments_per_second = 1000", f"segments_per_second = {a_second}")
    text = text.replace("[digest]", f'[hours]\ncheck_in_time = "10:{minutes:02d}"\n[digest]')
    with store.write() as session:
        set_clinic(session, text, MONDAY)
    lines = [
        f"{code}{n},Ann,Ex,+1{300 + number % 100}55501{n:02d},{code}{n},2026-03-09 12:00,8,bupivacaine,en"
        for n in range(patients)
    ]
    assert not import_roster(store, code, "\r\n".join([HEADER, *lines]).encode(), MONDAY).refused


def clinics_of(session: Session, ids: list[int]) -> list[str]:
    """The clinics of these rows, in their order."""
    codes = {row.id: row.code for row in session.exec(select(Clinic)).all()}
    return [codes[session.get_one(Outbound, row).clinic_id] for row in ids]


def claimed(store: Store, now: datetime, limit: int = 200, owner: str = "worker") -> list[int]:
    with store.write() as session:
        return [envelope.id for envelope in claim(session, owner, now, limit)]


def test_one_clinics_many_patients_do_not_delay_anothers_three(store: Store) -> None:
    """The small clinic's are due later and would wait behind all sixty if the oldest went first."""
    clinic(store, "large", 101, 60, FAST)
    clinic(store, "small", 102, 3, FAST, minutes=1)
    first = claimed(store, TEN + timedelta(minutes=2), limit=10)
    with store.read() as session:
        assert Counter(clinics_of(session, first))["small"] == 3


def test_within_a_clinic_the_oldest_goes_first(store: Store) -> None:
    clinic(store, "large", 101, 12, FAST)
    now = TEN + timedelta(minutes=2)
    assert claimed(store, now, limit=5) + claimed(store, now, limit=5) == list(range(1, 11))


def test_a_sender_runs_two_minutes_ahead_of_its_rate_and_no_further(store: Store) -> None:
    clinic(store, "slow", 101, 30, SLOW)
    left = [len(claimed(store, TEN + timedelta(seconds=s))) for s in range(0, 200, 2)]
    per_text = 1  # segments of the first text
    seconds = AHEAD.total_seconds()
    for upto in range(1, len(left) + 1):
        assert sum(left[:upto]) * per_text <= (2 * (upto - 1) + seconds) * SLOW + 1
    assert sum(left) == 30, "and all have left in time"


def test_workers_count_on_one_pace_together(store: Store) -> None:
    clinic(store, "slow", 101, 30, SLOW)
    took = [len(claimed(store, TEN, owner=f"worker {n}")) for n in range(4)]
    assert took == [AT_ONCE, 0, 0, 0]


def test_a_sender_out_of_breath_holds_up_nobody_else(store: Store) -> None:
    clinic(store, "slow", 101, 30, SLOW)
    clinic(store, "fast", 102, 20, FAST)
    claimed(store, TEN)
    with store.read() as session:
        rows = session.exec(select(Outbound).where(Outbound.state == "sending")).all()
        assert Counter(clinics_of(session, [row.id or 0 for row in rows])) == {"slow": AT_ONCE, "fast": 20}


def test_clinics_on_one_sender_share_its_pace(store: Store) -> None:
    clinic(store, "one", 101, 20, SLOW)
    clinic(store, "two", 101, 20, SLOW)
    # each asks once more before it sees the other's
    assert len(claimed(store, TEN)) in (AT_ONCE, AT_ONCE + 1)


def test_an_answer_to_a_patient_waits_for_no_pace(store: Store) -> None:
    clinic(store, "slow", 101, 20, SLOW)
    claimed(store, TEN)
    with store.write() as session:
        waiting = session.exec(select(Outbound).where(Outbound.state == "planned")).first()
        assert waiting is not None
        waiting.step, waiting.check_in_id = "safety", None
        urgent = waiting.id
    assert claimed(store, TEN) == [urgent]


def test_what_waits_for_its_sender_is_due_when_the_sender_has_caught_its_breath(store: Store) -> None:
    clinic(store, "slow", 101, 20, SLOW)
    claimed(store, TEN)
    with store.read() as session:
        again = next_due(session)
    assert again is not None
    assert TEN < again <= TEN + timedelta(seconds=1 / SLOW)


@on_postgres
def test_a_worker_passes_by_a_sender_that_another_is_counting_on(day: ClinicDay) -> None:
    clinic(day.store, "one", 101, 10, FAST)
    clinic(day.store, "two", 102, 10, FAST)
    with day.store.write() as session:
        session.add(Pace(sender="+12025550101", channel="text", free_at=TEN))
    with Session(day.store.engine) as other:
        other.exec(select(Pace).with_for_update()).one()
        with day.store.write() as session:
            got = [envelope.id for envelope in claim(session, "worker", TEN, 200)]
            assert set(clinics_of(session, got)) == {"two"}
