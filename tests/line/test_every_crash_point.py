"""A process that dies between any two steps: each step is taken by hand, and then somebody else goes on.

The steps are those of docs/design.md: claim, look again, call the carrier, settle; insert, read, answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from followup.inbox.receive import receive_text
from followup.outreach.claim import Envelope, claim
from followup.outreach.last_look import still_wanted
from followup.outreach.send import deliver
from followup.outreach.settle import settle
from followup.store.models import Answer, CheckIn, Inbound, Outbound
from tests.clinic_day import SENDER, ClinicDay

DEAD = "a worker that is gone"


def due(day: ClinicDay) -> str:
    """A patient whose text is due, half a minute ago; nobody has ticked since."""
    phone = day.patient()
    day.at("09:59")
    day.clock.set(day.clock() + timedelta(seconds=90))
    return phone


def claimed(day: ClinicDay) -> Envelope:
    with day.store.write() as session:
        return next(e for e in claim(session, DEAD, day.clock(), 10) if e.step == "first")


def looked_at(day: ClinicDay) -> Envelope:
    envelope = claimed(day)
    with day.store.write() as session:
        assert still_wanted(session, [envelope], DEAD, day.clock())
    return envelope


def first(day: ClinicDay) -> Outbound:
    row: Outbound = day.rows(Outbound, Outbound.step == "first")[0]
    return row


def test_dead_before_the_claim_the_next_round_sends(day: ClinicDay) -> None:
    phone = due(day)
    with Session(day.store.engine) as session:
        assert claim(session, DEAD, day.clock(), 10)
        session.rollback()  # killed before the commit
    assert first(day).state == "planned"
    assert day.rows(CheckIn)[0].state == "planned"
    day.at("10:02")
    assert len(day.creates(phone)) == 1


def test_dead_after_the_claim_the_row_is_sent_when_its_lease_is_over(day: ClinicDay) -> None:
    phone = due(day)
    claimed(day)
    day.at("10:05")
    assert (day.creates(phone), first(day).state) == ([], "sending"), "it may still be at it"
    day.at("10:10")
    assert len(day.creates(phone)) == 1
    assert (first(day).state, first(day).attempts) == ("sent", 1)


def test_dead_before_the_request_the_carrier_is_asked_twice_and_the_text_sent_once(day: ClinicDay) -> None:
    phone = due(day)
    looked_at(day)
    day.at("10:08")
    assert (day.creates(phone), first(day).state) == ([], "unsure")
    day.at("10:20")
    assert len(day.creates(phone)) == 1
    assert first(day).attempts == 2


@pytest.mark.parametrize("receipts", [True, False])
def test_dead_after_the_request_the_text_is_found_and_not_sent_again(day: ClinicDay, receipts: bool) -> None:
    """Between the carrier's answer and our own commit: the answer died with the process."""
    phone = due(day)
    day.carrier.faults.set(receipt_drop=0.0 if receipts else 1.0)
    deliver(day.post, looked_at(day), day.clock())
    day.at("10:30")
    assert len(day.creates(phone)) == 1
    assert (first(day).state, first(day).sid[:2]) == ("sent", "SM")
    assert len(day.rows(Outbound, Outbound.step == "reminder")) == 1


def test_dead_before_the_settlement_is_committed_it_is_as_if_it_never_was(day: ClinicDay) -> None:
    phone = due(day)
    envelope = looked_at(day)
    outcome = deliver(day.post, envelope, day.clock())
    with Session(day.store.engine) as session:
        assert settle(session, envelope.id, DEAD, outcome, day.clock())
        session.rollback()  # killed before the commit
    assert first(day).state == "sending"
    day.at("10:30")
    assert len(day.creates(phone)) == 1
    assert len(day.rows(Outbound, Outbound.step == "reminder")) == 1


def test_a_worker_thought_dead_that_comes_back_settles_nothing(day: ClinicDay) -> None:
    phone = due(day)
    envelope = looked_at(day)
    outcome = deliver(day.post, envelope, day.clock())
    day.at("10:30")
    with day.store.write() as session:
        assert not settle(session, envelope.id, DEAD, outcome, day.clock())
    assert len(day.creates(phone)) == 1
    assert len(day.rows(Outbound, Outbound.step == "reminder")) == 1


def test_dead_between_the_insert_of_a_reply_and_its_commit_the_carriers_retry_is_heard(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = day.patient()
    day.at("10:05")
    form = {"MessageSid": "SM" + "7" * 32, "From": phone, "To": SENDER, "Body": "7", "NumMedia": "0"}
    real = day.store.write

    @contextmanager
    def killed_at_the_commit() -> Iterator[Session]:
        with real() as session:
            yield session
            raise RuntimeError("killed")

    monkeypatch.setattr(day.store, "write", killed_at_the_commit)
    with pytest.raises(RuntimeError):
        receive_text(day.store, form, day.settings.public_url, day.clock())
    monkeypatch.undo()
    assert day.rows(Inbound) == []
    assert "Reply Y or N" in receive_text(day.store, form, day.settings.public_url, day.clock())
    assert [row.question for row in day.rows(Answer)] == ["pain_now"]


def test_dead_between_the_insert_of_a_reply_and_its_answer_the_retry_gets_the_same_answer(
    day: ClinicDay,
) -> None:
    phone = day.patient()
    day.at("10:05")
    form = {"MessageSid": "SM" + "7" * 32, "From": phone, "To": SENDER, "Body": "7", "NumMedia": "0"}
    lost = receive_text(day.store, form, day.settings.public_url, day.clock())
    again = receive_text(day.store, form, day.settings.public_url, day.clock())
    assert again == lost
    assert len(day.rows(Inbound)) == 1
    assert [row.question for row in day.rows(Answer)] == ["pain_now"]


def test_and_where_the_carrier_does_not_retry_the_question_goes_by_rest_once(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:05")
    form = {"MessageSid": "SM" + "7" * 32, "From": phone, "To": SENDER, "Body": "7", "NumMedia": "0"}
    receive_text(day.store, form, day.settings.public_url, day.clock())
    day.at("11:00")
    assert len([text for text in day.texts(phone) if "Reply Y or N" in text]) == 1


def test_a_database_that_goes_away_before_the_settlement_leaves_the_text_to_be_found(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = due(day)
    envelope = looked_at(day)
    outcome = deliver(day.post, envelope, day.clock())

    def gone() -> None:
        raise OperationalError("connect", {}, Exception("away"))

    monkeypatch.setattr(day.store, "write", gone)
    with pytest.raises(OperationalError), day.store.write() as session:
        settle(session, envelope.id, DEAD, outcome, day.clock())
    monkeypatch.undo()
    day.at("10:30")
    assert (len(day.creates(phone)), first(day).state) == (1, "sent")


def test_order_within_a_patient_is_kept_when_the_sender_is_held(day: ClinicDay) -> None:
    """21611 for the first of two patients: what was owed first leaves first, and nobody's rungs cross."""
    phones = [day.patient(1), day.patient(2, name="Bob")]
    day.carrier.fault_next("busy")
    day.carrier.fault_next("busy")
    day.at("19:30")
    for phone in phones:
        words = [text[:20] for text in day.creates(phone)]
        assert words == ["Harbor Clinic: Hello", "Harbor Clinic again:"]


def test_a_full_queue_holds_the_sender_and_lets_texts_go_in_their_order(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("09:59")
    day.carrier.senders[SENDER].free_at = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)  # eleven hours of queue
    day.at("10:01")
    assert first(day).state == "planned"
    assert first(day).reason == "The carrier's queue for our sender is full."
    assert first(day).due_at >= day.clock() + timedelta(minutes=28)
    day.carrier.senders[SENDER].free_at = day.clock()
    day.at("19:30")
    words = [text[:20] for text in day.creates(phone)]
    assert words == ["Harbor Clinic: Hello", "Harbor Clinic again:"]
