"""Many texts on their way together: what becomes of one of them is not the others' affair."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from followup.outreach import send
from followup.outreach.claim import Envelope, claim
from followup.outreach.last_look import give_back, still_wanted
from followup.outreach.outcome import Accepted, Outcome
from followup.outreach.send import deliver, send_due
from followup.outreach.settle import settle_taken
from followup.store.models import CheckIn, Clinic, Outbound, Pace, Task
from tests.clinic_day import ClinicDay
from tests.line.test_turns_and_pace import TEN, clinic
from tests.processes.house import on_postgres

WORKER = "worker"


class SlowCarrier:
    """Takes every text, and none before it is allowed to go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go_on = threading.Event()

    def send_text(self, *, to: str, **_: object) -> Outcome:
        self.begun.append(to)
        assert self.go_on.wait(10)
        return Accepted(f"SM{to[1:]:0>32}")


def due(day: ClinicDay, patients: int) -> list[str]:
    phones = [day.patient(number) for number in range(1, patients + 1)]
    day.clock.set(day.clock() + timedelta(days=1))
    return phones


def claimed(day: ClinicDay) -> list[Envelope]:
    with day.store.write() as session:
        return claim(session, WORKER, day.clock(), 100)


def looked_at(day: ClinicDay, envelopes: list[Envelope]) -> list[Envelope]:
    with day.store.write() as session:
        return still_wanted(session, envelopes, WORKER, day.clock())


def firsts(day: ClinicDay) -> list[Outbound]:
    return day.rows(Outbound, Outbound.step == "first")


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_stop_between_claim_and_call_takes_out_one_of_many(day: ClinicDay) -> None:
    phones = due(day, 4)
    envelopes = claimed(day)
    day.text(phones[1], "STOP")
    assert [one.to for one in looked_at(day, envelopes)] == [phones[0], phones[2], phones[3]]
    assert [row.state for row in firsts(day)] == ["sending", "withdrawn", "sending", "sending"]
    assert [row.deadline is None for row in firsts(day)] == [False, True, False, False]  # nothing looks again


def test_an_answer_between_claim_and_call_takes_out_one_of_many(day: ClinicDay) -> None:
    phones = due(day, 3)
    envelopes = claimed(day)
    day.text(phones[2], "7")
    assert [one.to for one in looked_at(day, envelopes)] == phones[:2]


def test_a_stop_of_somebody_else_takes_out_nobody(day: ClinicDay) -> None:
    phones = due(day, 2)
    envelopes = claimed(day)
    day.text("+12025550299", "STOP")
    assert [one.to for one in looked_at(day, envelopes)] == phones


def test_who_is_looked_at_twice_has_tried_once(day: ClinicDay) -> None:
    due(day, 2)
    envelopes = claimed(day)
    assert looked_at(day, looked_at(day, envelopes)) == envelopes
    assert [row.attempts for row in firsts(day)] == [1, 1]


def test_what_is_given_back_after_the_last_look_was_no_try(day: ClinicDay) -> None:
    due(day, 2)
    envelopes = looked_at(day, claimed(day))
    with day.store.write() as session:
        give_back(session, envelopes, WORKER, day.clock())
    assert [(r.state, r.attempts, r.started_at, r.owner) for r in firsts(day)] == [
        ("planned", 0, None, "")
    ] * 2


def test_a_claim_whose_lease_is_over_is_not_sent_and_not_lost(day: ClinicDay) -> None:
    """The worker stood still for longer than its lease: the row is the sweep's, which plans it again."""
    phones = due(day, 1)
    envelopes = claimed(day)
    day.clock.set(day.clock() + timedelta(minutes=6))
    assert looked_at(day, envelopes) == []
    day.at("14:10")
    assert len(day.creates(phones[0])) == 1


def test_dead_between_the_carriers_answers_and_their_settlement_nobody_is_texted_twice(
    day: ClinicDay,
) -> None:
    phones = due(day, 3)
    day.carrier.faults.set(receipt_drop=1.0)
    for envelope in looked_at(day, claimed(day)):
        deliver(day.post, envelope, day.clock())
    day.at("14:40")
    assert [len(day.creates(phone)) for phone in phones] == [1, 1, 1]
    assert [(row.state, row.sid[:2]) for row in firsts(day)] == [("sent", "SM")] * 3
    assert len(day.rows(Outbound, Outbound.step == "reminder")) == 3


def test_a_row_that_cannot_be_opened_holds_up_nobody_and_is_shown(day: ClinicDay) -> None:
    due(day, 7)
    spoil(day, "outbound", "body", 4)
    assert [one.id for one in claimed(day)] == [1, 2, 3, 5, 6, 7]
    assert [task.kind for task in day.rows(Task)] == ["stuck"]
    states = dict(raw(day, "SELECT id, state FROM outbound"))
    assert states[4] == "planned"
    assert raw(day, "SELECT id FROM check_in WHERE state <> 'open'") == [(4,)], "nobody waits for an answer"
    day.clock.set(day.clock() + timedelta(minutes=5))
    assert claimed(day) == [], "and it is not tried again at once"


def test_a_patient_who_cannot_be_opened_holds_up_nobody_and_is_shown(day: ClinicDay) -> None:
    due(day, 5)
    spoil(day, "patient", "given_name", 3)
    assert [one.id for one in claimed(day)] == [1, 2, 4, 5]
    assert [task.kind for task in day.rows(Task)] == ["stuck"]


def test_a_row_that_cannot_be_prepared_counts_nobody_twice_on_the_pace(day: ClinicDay) -> None:
    due(day, 5)
    spoil(day, "patient", "given_name", 3)
    claimed(day)
    [(ahead,)] = [(row.free_at - day.clock(),) for row in day.rows(Pace)]
    texts = sum(1 for row in raw(day, "SELECT id FROM outbound WHERE state = 'sending'"))
    assert timedelta(0) < ahead <= timedelta(milliseconds=2 * texts), "one or two segments each"


def test_what_cannot_be_settled_is_the_sweeps_and_the_others_are_settled(day: ClinicDay) -> None:
    phones = due(day, 5)
    slow = SlowCarrier()
    slow.go_on.set()
    spoiled = threading.Event()

    def spoiling(*args: object, **more: object) -> Outcome:
        if not spoiled.is_set():
            spoiled.set()
            spoil(day, "outbound", "body", 3)
        return SlowCarrier.send_text(slow, **more)  # type: ignore[arg-type]

    post = replace(day.post, threads=3, carrier=type("", (), {"send_text": spoiling})())
    send_due(day.store, post, WORKER, day.clock)
    states = [state for (state,) in raw(day, "SELECT state FROM outbound WHERE step = 'first' ORDER BY id")]
    assert states == ["sent", "sent", "sending", "sent", "sent"]
    assert sorted(slow.begun) == phones


def test_a_settlement_of_many_plans_each_ones_next_rung_once(day: ClinicDay) -> None:
    due(day, 4)
    envelopes = looked_at(day, claimed(day))
    taken = [(one.id, Accepted(f"SM{one.id:032d}")) for one in envelopes]
    with day.store.write() as session:
        assert settle_taken(session, taken, WORKER, day.clock()) == 4
    with day.store.write() as session:
        assert settle_taken(session, taken, WORKER, day.clock()) == 0
    reminders = day.rows(Outbound, Outbound.step == "reminder")
    assert Counter(row.patient_id for row in reminders) == {1: 1, 2: 1, 3: 1, 4: 1}
    assert {(row.segments > 0, row.deadline is not None) for row in firsts(day)} == {(True, True)}
    for check_in in day.rows(CheckIn):
        assert check_in.first_asked_at == day.clock()
        assert check_in.give_up_at > day.clock() + timedelta(hours=1)


def test_asked_to_end_with_a_full_queue_what_was_not_begun_is_given_back(day: ClinicDay) -> None:
    due(day, 30)
    slow = SlowCarrier()
    post = replace(day.post, threads=4, carrier=slow, halt=threading.Event())
    sending = threading.Thread(target=send_due, args=(day.store, post, WORKER, day.clock))
    sending.start()
    wait_for(lambda: len(slow.begun) == 4)
    post.halt.set()
    wait_for(lambda: Counter(row.state for row in firsts(day)) == {"sending": 4, "planned": 26})
    slow.go_on.set()
    sending.join(10)
    assert not sending.is_alive()
    assert len(slow.begun) == 4
    rows = firsts(day)
    assert {row.to for row in rows if row.state == "sent"} == set(slow.begun)
    assert {(row.attempts, row.owner) for row in rows if row.state == "planned"} == {(0, "")}


def test_a_call_that_does_not_begin_at_once_is_looked_at_again(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All threads hang at the carrier; who stops meanwhile is not texted when it answers again."""
    now = [0.0]
    monkeypatch.setattr(send, "monotonic", lambda: now[0])
    phones = due(day, 4)
    slow = SlowCarrier()
    post = replace(day.post, threads=2, carrier=slow)
    sending = threading.Thread(target=send_due, args=(day.store, post, WORKER, day.clock))
    sending.start()
    wait_for(lambda: len(slow.begun) == 2 and all(row.started_at for row in firsts(day)))
    (stops, waits) = (phone for phone in phones if phone not in slow.begun)
    day.text(stops, "STOP")
    now[0] += send._FRESH + 0.1
    slow.go_on.set()
    sending.join(10)
    assert waits in slow.begun
    assert stops not in slow.begun
    states = {row.to: (row.state, row.attempts) for row in firsts(day)}
    assert states[waits] == ("sent", 1)
    assert states[stops][0] == "withdrawn"


@on_postgres
def test_one_worker_leaves_senders_to_the_others(day: ClinicDay) -> None:
    for number in range(20):
        clinic(day.store, f"c{number}", 101 + number, 6, 1000)
    with day.store.write() as session:
        for row in session.exec(select(Clinic)).all():
            session.add(Pace(sender=row.sender, channel="text", free_at=TEN))
    with Session(day.store.engine) as one, Session(day.store.engine) as two:
        first, second = claim(one, "one", TEN, 40), claim(two, "two", TEN, 40)
    assert [len(first), len(second)] == [40, 40]
    assert not {one.sender for one in first} & {other.sender for other in second}


def spoil(day: ClinicDay, table: str, column: str, row: int) -> None:
    """What a key that was lost, or a page of the disk, leaves behind."""
    with day.store.write() as session:
        session.execute(text(f"UPDATE {table} SET {column} = :x WHERE id = :row"), {"x": b"?", "row": row})


def raw(day: ClinicDay, query: str) -> list[tuple[object, ...]]:
    with day.store.read() as session:
        return [tuple(row) for row in session.execute(text(query))]
