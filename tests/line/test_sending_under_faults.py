"""What may go wrong between us and the carrier, over real HTTP; the carrier's own log is the witness."""

from __future__ import annotations

from datetime import timedelta

import pytest

from followup.outreach.claim import claim
from followup.store.models import CheckIn, OptOut, Outbound, Patient, Proposal, Receipt, Task
from tests.clinic_day import ClinicDay


def test_a_refused_number_is_given_to_staff_and_never_tried_again(day: ClinicDay) -> None:
    """21211: Twilio's magic number for an invalid one."""
    day.roster("p1,Ann,Example,+15005550001,proc1,2026-03-09 12:00,8,bupivacaine,en")
    day.at("20:00")
    refusals = [f for f in day.carrier.log.of("refusal") if f["to"] == "+15005550001"]
    assert len(refusals) == 1
    row = day.rows(Outbound)[0]
    assert (row.state, row.error, row.reason) == ("refused", "21211", "The phone number is not valid.")
    assert day.rows(Patient)[0].phone_state == "bad"
    assert (day.rows(Proposal)[0].disposition, day.rows(Proposal)[0].reason) == (
        "unreachable_call",
        "undeliverable",
    )
    assert day.rows(Task)[0].reason == "The phone number is not valid. Please phone the patient."


def test_a_busy_carrier_is_asked_again_and_the_patient_is_texted_once(day: ClinicDay) -> None:
    phone = day.patient()
    day.carrier.fault_next("busy")
    day.at("11:00")
    assert len(day.creates(phone)) == 1
    assert [fact["name"] for fact in day.carrier.log.of("fault")] == ["busy"]
    assert day.rows(Outbound)[0].attempts == 1, "what cannot have left was no try"


@pytest.mark.parametrize("fault", ["timeout_after", "reset_after", "error_after", "garbled_after"])
def test_a_text_whose_fate_is_unknown_is_found_at_the_carrier_and_adopted(day: ClinicDay, fault: str) -> None:
    phone = day.patient()
    day.hang()
    day.carrier.faults.set(no_receipt=1.0, receipt_drop=1.0)
    day.carrier.fault_next(fault)
    day.at("10:01")
    assert day.rows(Outbound)[0].state == "unsure"
    day.at("10:30")
    made = [f for f in day.carrier.log.of("create") if f["to"] == phone]
    assert len(made) == 1
    row = day.rows(Outbound)[0]
    assert (row.state, row.sid) == ("sent", made[0]["sid"])


def test_a_receipt_that_names_our_row_settles_it_before_the_carrier_is_asked(day: ClinicDay) -> None:
    phone = day.patient()
    day.carrier.fault_next("error_after")
    day.at("10:01")
    row = day.rows(Outbound)[0]
    assert row.state == "sent"
    assert row.looks == 0
    assert len(day.creates(phone)) == 1


@pytest.mark.parametrize("fault", ["unavailable", "reset_before", "timeout_before"])
def test_a_text_the_carrier_never_had_is_sent_once_more_after_two_looks(day: ClinicDay, fault: str) -> None:
    phone = day.patient()
    day.hang()
    day.carrier.fault_next(fault)
    day.at("10:04")
    assert day.creates(phone) == [], "one look is not enough"
    day.at("10:30")
    assert len(day.creates(phone)) == 1
    assert day.rows(Outbound)[0].state == "sent"


def test_a_text_lost_twice_is_given_to_a_person(day: ClinicDay) -> None:
    phone = day.patient()
    for _ in range(2):
        day.carrier.fault_next("unavailable")
    day.at("12:00")
    assert day.creates(phone) == []
    assert day.rows(Task)[0].reason == "The carrier lost our text twice. Please phone the patient."
    assert day.rows(CheckIn)[0].outcome == "undeliverable"


def test_a_worker_that_died_after_its_claim_leaves_a_row_that_is_looked_up_and_sent(day: ClinicDay) -> None:
    phone = day.patient()
    with day.store.write() as session:
        assert len(claim(session, "dead worker", day.clock() + timedelta(days=1), 10)) == 1
    assert day.rows(Outbound)[0].state == "sending"
    day.at("15:00")
    assert len(day.creates(phone)) == 1
    assert day.rows(Outbound)[0].state == "sent"


def test_two_workers_never_claim_the_same_row(day: ClinicDay) -> None:
    day.patient()
    due = day.clock() + timedelta(days=1)
    with day.store.write() as session:
        first = claim(session, "one", due, 10)
    with day.store.write() as session:
        second = claim(session, "two", due, 10)
    assert (len(first), len(second)) == (1, 0)


def test_a_stop_between_claim_and_call_is_obeyed(day: ClinicDay) -> None:
    from followup.outreach.last_look import still_wanted

    phone = day.patient()
    day.clock.set(day.clock() + timedelta(days=1))
    with day.store.write() as session:
        envelope = claim(session, "worker", day.clock(), 10)[0]
    day.text(phone, "STOP")
    with day.store.write() as session:
        assert not still_wanted(session, [envelope], "worker", day.clock())
    assert day.rows(Outbound, Outbound.step == "first")[0].state == "withdrawn"
    assert day.creates(phone) == []


def test_a_landline_is_not_texted_again(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, [], line="landline")
    day.at("20:00")
    assert len(day.creates(phone)) == 1
    assert day.rows(Patient)[0].phone_state == "voice"
    assert day.rows(Outbound)[0].reason == "The number is a landline or cannot receive texts."


def test_an_opt_out_first_seen_in_a_refusal_stops_the_number(day: ClinicDay) -> None:
    day.roster("p1,Ann,Example,+15005550004,proc1,2026-03-09 12:00,8,bupivacaine,en")
    day.at("20:00")
    assert day.rows(OptOut)[0].how == "carrier"
    assert day.rows(CheckIn)[0].outcome == "opt_out"


def test_an_answer_that_the_carrier_lost_is_sent_once_by_rest(day: ClinicDay) -> None:
    """The webhook answered with the next question, but the carrier never saw the answer."""
    phone = day.patient()
    day.person(phone, ["7"])
    day.at("10:00")
    day.carrier.faults.set(answer_lost=1.0)
    day.at("10:02")
    day.carrier.faults.set(answer_lost=0.0)
    assert len(day.texts(phone)) == 1
    day.at("10:20")
    assert len(day.texts(phone)) == 2
    assert "Reply Y or N" in day.texts(phone)[1]
    day.at("10:40")
    assert len(day.texts(phone)) == 2


def test_receipts_in_any_order_and_twice_leave_delivered(day: ClinicDay) -> None:
    day.patient()
    day.carrier.faults.set(receipt_reorder=1.0, receipt_duplicate=1.0)
    day.at("11:00")
    assert day.rows(Outbound)[0].delivery == "delivered"
    kept = [(r.status, r.error) for r in day.rows(Receipt)]
    assert len(kept) == len(set(kept))


def test_a_failed_text_is_tried_once_more_when_the_network_gave_no_reason(day: ClinicDay) -> None:
    phone = day.patient()
    day.carrier.fault_next("unknown_error")
    day.at("12:30")
    assert len(day.creates(phone)) == 2
    firsts = day.rows(Outbound, Outbound.step == "first")
    assert [row.delivery for row in firsts] == ["undelivered", "delivered"]
    assert firsts[1].dedupe == firsts[0].dedupe + ":again"


def test_no_transaction_is_open_while_the_carrier_is_called(day: ClinicDay) -> None:
    with day.store.write(), pytest.raises(RuntimeError, match="transaction is open"):
        day.post.carrier.send_text(
            to="+12025550201", sender="+12025550123", body="x", status_callback="", validity_seconds=60
        )
