"""Several workers at the same rows in the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, select

from followup.checkin.tasks import open_task
from followup.intake.clinics import set_clinic
from followup.outreach.claim import claim
from followup.store.models import CheckIn, Clinic, Heartbeat, Outbound, Pace, Task
from tests.clinic_day import CLINIC, SENDER, ClinicDay

from .house import on_postgres

MONDAY = datetime(2026, 3, 9, 18, tzinfo=UTC)


def morning_after(day: ClinicDay, patients: int) -> datetime:
    """`patients` people of Monday, all due; the moment is Tuesday, half past ten."""
    lines = (
        f"p{n},Ann,Example,+1{212 + n // 100}55501{n % 100:02d},proc{n},2026-03-09 12:00,8,bupivacaine,en"
        for n in range(patients)
    )
    assert not day.roster(*lines).refused
    return day.clock() + timedelta(hours=20, minutes=30)


def test_four_workers_claim_two_hundred_rows_each_exactly_once(day: ClinicDay) -> None:
    now = morning_after(day, 200)
    with day.store.write() as session:  # of ten clinics: a sender is counted on by one worker at a time
        for row in session.exec(select(Outbound)).all():
            row.clinic_id, row.sender = another_clinic(session, (row.id or 0) % 10)
    claimed: list[tuple[int, str]] = []
    all_have_some = threading.Barrier(4)  # else three quick ones may leave the fourth nothing

    def work(owner: str) -> None:
        begun = False
        while True:
            with day.store.write() as session:
                got = claim(session, owner, now, 20)
            claimed.extend((envelope.id, owner) for envelope in got)
            if got and not begun:
                begun = True
                all_have_some.wait(timeout=30)
            with day.store.read() as session:
                if session.exec(select(Outbound.id).where(Outbound.state == "planned")).first() is None:
                    return

    threads = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 200
    assert max(Counter(row for row, _ in claimed).values()) == 1
    owners = {row.id: row.owner for row in day.rows(Outbound, Outbound.state == "sending")}
    assert owners == dict(claimed)
    assert len(set(owners.values())) == 4, "all four had a part in it"


def another_clinic(session: Session, number: int) -> tuple[int, str]:
    """(id, sender) of one of ten clinics with a sender each."""
    code = f"clinic-{number}"
    found = session.exec(select(Clinic).where(Clinic.code == code)).one_or_none()
    if found is None:
        text = CLINIC.replace('"harbor"', f'"{code}"').replace("0123", f"01{number + 30}")
        found, _ = set_clinic(session, text, MONDAY)
        session.flush()
    assert found.id is not None
    return found.id, found.sender


@on_postgres
def test_a_claim_passes_by_what_another_worker_is_looking_at(day: ClinicDay) -> None:
    now = morning_after(day, 3)
    with Session(day.store.engine) as one, Session(day.store.engine) as two:
        looked_at = one.exec(select(Outbound.id).limit(2).with_for_update()).all()
        second = claim(two, "two", now, 10)
        two.commit()
    assert [envelope.id in looked_at for envelope in second] == [False]


@on_postgres
def test_a_sender_is_counted_on_by_one_worker_at_a_time(day: ClinicDay) -> None:
    now = morning_after(day, 3)
    with day.store.write() as session:
        session.add(Pace(sender=SENDER, channel="text", free_at=day.clock()))
    with Session(day.store.engine) as one, Session(day.store.engine) as two:
        assert [len(claim(one, "one", now, 2)), len(claim(two, "two", now, 10))] == [2, 0]
        one.commit()
        two.commit()
    with day.store.write() as session:
        assert len(claim(session, "two", now, 10)) == 1, "the next tick finds it"


@on_postgres
def test_a_sender_that_another_worker_is_the_first_to_count_on_is_not_waited_for(day: ClinicDay) -> None:
    now = morning_after(day, 3)
    with Session(day.store.engine) as one, Session(day.store.engine) as two:
        two.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert [len(claim(one, "one", now, 2)), len(claim(two, "two", now, 10))] == [2, 0]
        one.commit()
        two.commit()
    with day.store.write() as session:
        assert len(claim(session, "two", now, 10)) == 1, "the next tick finds it"
    assert [row.sender for row in day.rows(Pace)] == [SENDER]


@on_postgres
def test_a_claim_never_waits_for_a_reply_that_is_being_taken_in(day: ClinicDay) -> None:
    """The reply holds the check-in and will withdraw the row the claim holds: waiting would be for ever."""
    now = morning_after(day, 1)
    with Session(day.store.engine) as reply, Session(day.store.engine) as worker:
        worker.execute(text("SET LOCAL lock_timeout = '2s'"))
        reply.exec(select(CheckIn).with_for_update()).one()
        assert claim(worker, "worker", now, 10) == []
        reply.rollback()
        worker.rollback()
    with day.store.write() as session:
        assert len(claim(session, "worker", now, 10)) == 1, "the next tick finds it"


@on_postgres
def test_two_workers_never_open_two_conversations_on_one_phone(day: ClinicDay) -> None:
    """Two patients, one phone: with both questions open, a "3" would be filed under the wrong person."""
    phone = "+12025550201"
    day.roster(*(f"p{n},Ann,Example,{phone},proc{n},2026-03-09 12:00,8,bupivacaine,en" for n in (1, 2)))
    now = day.clock() + timedelta(hours=20, minutes=30)
    with day.store.write() as session:
        session.add(Pace(sender=SENDER, channel="text", free_at=day.clock()))
    with Session(day.store.engine) as one, Session(day.store.engine) as two:
        first, second = claim(one, "one", now, 1), claim(two, "two", now, 1)
        assert [len(first), len(second)] == [1, 0]
        one.commit()
        two.commit()
    with day.store.write() as session:
        assert claim(session, "two", now, 10) == []
    assert sorted(row.state for row in day.rows(CheckIn)) == ["open", "planned"]


@on_postgres
def test_two_clocks_started_in_the_same_moment_both_begin(day: ClinicDay) -> None:
    """The first beat is an INSERT; the second clock's must not break its first round."""
    with Session(day.store.engine) as other, ThreadPoolExecutor(1) as threads:
        other.add(Heartbeat(name="clock", at=day.clock(), owner="another clock"))
        other.flush()
        ours = threads.submit(day.tick)
        with day.store.engine.connect() as watch:
            while not watch.execute(text("SELECT 1 FROM pg_locks WHERE NOT granted")).first():
                watch.rollback()
                assert not ours.done()
        other.commit()
        ours.result(timeout=10)
    with day.store.read() as session:
        assert session.get_one(Heartbeat, "clock").owner in ("another clock", "worker")


def test_two_ticks_at_once_text_everybody_once(day: ClinicDay) -> None:
    day.clock.set(morning_after(day, 40))
    threads = [threading.Thread(target=day.tick, args=(f"worker {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texted = Counter(fact["to"] for fact in day.carrier.log.of("create"))
    assert (len(texted), set(texted.values())) == (40, {1})


def test_two_who_hand_over_one_thing_at_once_hand_it_over_once(day: ClinicDay) -> None:
    """Two workers in two transactions, neither of which sees the other's row before it is committed."""
    failed: list[BaseException] = []

    def hand_over() -> None:
        try:
            with day.store.write() as session:
                open_task(session, dedupe="sender:1", kind="sender", reason="Once.", now=day.clock())
        except BaseException as problem:
            failed.append(problem)

    other = threading.Thread(target=hand_over)
    with day.store.write() as session:
        open_task(session, dedupe="sender:1", kind="sender", reason="Once.", now=day.clock())
        other.start()
        while not day.store.is_sqlite:  # until the other waits for our row
            if session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
                break
    other.join()
    assert failed == []
    assert len(day.rows(Task)) == 1
