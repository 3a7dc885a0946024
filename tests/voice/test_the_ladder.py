"""Which contact comes when, on which channel, and what becomes of calls that nobody takes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from followup.outreach.claim import claim
from followup.simulator.scripts import Ring
from followup.store import Store
from followup.store.models import Alert, OptOut, Outbound, Patient, Proposal, Task
from tests.clinic_day import SENDER, ZONE, ClinicDay
from tests.voice.caller import GOOD_RELIEF, Caller, answers, check_in_of
from tests.voice.conftest import CALLING


def left(day: ClinicDay) -> list[tuple[str, str, str]]:
    """What left for patients: the rung, its channel, the time of day in New York."""
    rows = day.rows(Outbound, Outbound.state == "sent", Outbound.step != "voicemail")
    return [(r.step, r.channel, f"{r.started_at.astimezone(ZONE):%H:%M}") for r in rows]


def test_a_patient_who_prefers_texts_is_texted_twice_and_called_twice(day: ClinicDay) -> None:
    phone = day.patient()
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("20:00")
    assert left(day) == [
        ("first", "text", "10:00"),
        ("reminder", "text", "13:00"),
        ("call", "call", "16:00"),
        ("second_call", "call", "18:00"),
    ]
    check_in = check_in_of(day, phone)
    assert check_in.outcome == "no_answer"
    assert f"{check_in.closed_at.astimezone(ZONE):%H:%M}" == "18:30"
    assert day.rows(Proposal)[0].disposition == "unreachable_call"


def test_a_patient_who_prefers_calls_is_called_three_times_and_never_texted(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("20:00")
    assert left(day) == [
        ("first", "call", "10:00"),
        ("call", "call", "16:00"),
        ("second_call", "call", "18:00"),
    ]
    assert day.texts(phone) == []


def test_a_clinic_without_a_number_to_call_from_texts_everybody(day: ClinicDay) -> None:
    from followup.intake.clinics import set_clinic
    from tests.clinic_day import CLINIC

    phone = day.patient(channel="call")
    with day.store.write() as session:
        set_clinic(session, CLINIC, day.clock())
    day.at("20:00")
    assert left(day) == [("first", "text", "10:00"), ("reminder", "text", "13:00")]
    assert day.calls(phone) == []


def test_a_landline_is_called_at_once(day: ClinicDay) -> None:
    phone = day.patient()
    day.carrier.add_person(phone, Caller(line="landline"))
    day.at("10:10")
    assert len(day.creates(phone)) == 1
    assert [f"{at:%H:%M}" for at in day.calls(phone)] == ["10:00"]
    assert answers(day, phone) == GOOD_RELIEF
    assert day.rows(Patient)[0].phone_state == "voice"
    assert day.rows(Task) == []


def test_a_number_refused_as_not_textable_is_called_at_once(day: ClinicDay) -> None:
    """21614 at once, from Twilio's magic number."""
    day.roster("p1,Ann,Example,+15005550009,proc1,2026-03-09 12:00,8,bupivacaine,en")
    day.at("10:05")
    assert len(day.calls("+15005550009")) == 1


def test_a_text_that_the_network_loses_twice_is_followed_by_the_call_at_once(day: ClinicDay) -> None:
    """30008, no reason given: once more an hour later, and then by the other way, not by no way."""
    phone = day.patient()
    day.carrier.add_person(phone, Caller())
    day.carrier.faults.set(unknown_error=1.0)
    day.at("12:30")
    assert len(day.creates(phone)) == 2
    assert [at.hour for at in day.calls(phone)] == [11]
    assert answers(day, phone) == GOOD_RELIEF
    assert day.rows(Patient)[0].phone_state == "ok", "nothing was learnt of the phone"


def test_an_answer_by_text_withdraws_the_call(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("15:59")
    planned = day.rows(Outbound, Outbound.step == "call")[0]
    assert planned.state == "planned"
    for words in ("7", "N", "1", "6", "N", "Y"):
        day.text(phone, words)
    day.at("20:00")
    call = day.rows(Outbound, Outbound.step == "call")[0]
    assert (call.state, call.reason) == ("withdrawn", "the check-in was closed: answered")
    assert day.calls(phone) == []


def test_half_an_answer_by_text_leaves_the_rest_to_the_call(day: ClinicDay) -> None:
    phone = day.patient()
    caller = Caller()
    day.carrier.add_person(phone, caller)
    day.at("12:00")
    day.text(phone, "7")
    day.at("16:10")
    assert answers(day, phone) == GOOD_RELIEF
    assert not any("right now" in words for words in caller.heard), "what was texted is not asked again"


def test_a_text_during_a_call_is_not_overwritten_by_the_key_for_the_question_before(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller({"now": [None]})
    day.carrier.add_person(phone, caller)
    call_at = day.clock().astimezone(ZONE).replace(day=10, hour=10, minute=0, second=45)
    day.run_until(call_at)
    assert "right now" in caller.heard[-1]
    day.text(phone, "4")
    for call in day.carrier.calls.all.values():
        day.carrier.calls.act(call, "1")  # a score; to the question about warning signs it would be a yes
    day.at("10:10")
    assert answers(day, phone) == {**GOOD_RELIEF, "pain_now": Decimal(4)}
    assert day.rows(Alert) == []


@pytest.mark.parametrize(
    ("ring", "delivery", "words"),
    [
        (Ring("ring"), "no-answer", "Nobody picked up."),
        (Ring("busy"), "busy", "The line was busy."),
        (Ring("reject"), "busy", "The line was busy."),
    ],
)
def test_a_call_nobody_takes_is_a_row_with_words(
    day: ClinicDay, ring: Ring, delivery: str, words: str
) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[ring, Ring()]))
    day.at("10:10")
    row = day.rows(Outbound, Outbound.channel == "call")[0]
    assert (row.state, row.delivery, row.reason, row.seconds) == ("sent", delivery, words, 0)
    day.at("16:10")
    assert answers(day, phone) == GOOD_RELIEF


def test_a_call_that_never_rang_uses_up_no_rung(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(line="inactive"))
    day.at("20:00")
    firsts = day.rows(Outbound, Outbound.step == "first")
    assert [row.dedupe.rsplit(":", 1)[1] for row in firsts] == ["1", "again"]
    assert [f"{at:%H:%M}" for at in day.calls(phone)][:2] == ["10:00", "10:10"]
    assert firsts[0].reason == "The call could not be put through."
    assert check_in_of(day, phone).outcome == "no_answer"


def test_calls_stay_inside_the_patients_hours(day: ClinicDay) -> None:
    """A patient in Hawaii: ten o'clock there is four in the afternoon in New York, in March."""
    day.roster(
        "p1,Ann,Example,+12025550201,proc1,2026-03-09 12:00,8,Pacific/Honolulu,call",
        header="patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,timezone,channel",
    )
    day.carrier.add_person("+12025550201", Caller(calls=[Ring("ring")]))
    day.at("14:59")
    assert day.calls("+12025550201") == []
    day.at("23:00", day=11)
    local = [at.astimezone(ZONE).hour for at in day.calls("+12025550201")]
    assert local == [15, 21, 23], "nine, three and five o'clock in Hawaii"


@pytest.mark.parametrize("fault", ["timeout_after", "reset_after", "error_after", "garbled_after"])
def test_a_call_whose_fate_is_unknown_is_found_and_never_placed_again(day: ClinicDay, fault: str) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.hang()
    day.carrier.faults.set(call_receipt_drop=1.0)
    day.carrier.fault_next(fault)
    day.at("10:01")
    assert day.rows(Outbound)[0].state == "unsure"
    day.at("15:00")
    assert len(day.calls(phone)) == 1
    row = day.rows(Outbound)[0]
    assert (row.state, row.delivery, row.reason) == ("sent", "no-answer", "Nobody picked up.")


@pytest.mark.parametrize("fault", ["unavailable", "reset_before", "timeout_before"])
def test_a_call_the_carrier_never_had_is_given_to_a_person(day: ClinicDay, fault: str) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller())
    day.hang()
    day.carrier.fault_next(fault)
    day.at("20:00")
    assert day.calls(phone) == []
    assert [task.reason for task in day.rows(Task)] == [
        "We could not tell whether our call went out. Please phone the patient."
    ]
    assert check_in_of(day, phone).outcome == "undeliverable"


def test_a_lost_call_leaves_a_text_that_was_sent_open(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("15:59")
    day.carrier.fault_next("unavailable")
    day.at("17:00")
    assert day.calls(phone) == []
    assert len(day.rows(Task)) == 1
    day.text(phone, "7")
    assert answers(day, phone) == {"pain_now": Decimal(7)}


def test_a_worker_that_died_between_claim_and_call_has_called_nobody_and_the_call_is_placed(
    day: ClinicDay,
) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller())
    with day.store.write() as session:
        assert len(claim(session, "dead worker", day.clock() + timedelta(days=1), 10)) == 1
    day.at("15:00")
    assert len(day.calls(phone)) == 1
    assert answers(day, phone) == GOOD_RELIEF


def test_a_busy_carrier_is_asked_again_and_the_phone_rings_once(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller())
    day.carrier.fault_next("busy")
    day.at("11:00")
    assert len(day.calls(phone)) == 1
    assert answers(day, phone) == GOOD_RELIEF


def test_callbacks_of_a_call_in_any_order_and_twice_end_as_completed(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller())
    day.carrier.faults.set(call_receipt_reorder=0.5, call_receipt_duplicate=1.0)
    day.at("11:00")
    row = day.rows(Outbound, Outbound.channel == "call")[0]
    assert (row.delivery, row.reason) == ("completed", "")
    assert row.seconds > 60


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+15005550001", "The phone number is not valid."),
        ("+15005550002", "The number could not be called."),
        ("+15005550004", "The carrier does not let us call this number."),
    ],
)
def test_a_call_the_carrier_refuses_is_given_to_staff(day: ClinicDay, number: str, words: str) -> None:
    day.roster(
        f"p1,Ann,Example,{number},proc1,2026-03-09 12:00,8,call",
        header="patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,channel",
    )
    day.at("20:00")
    row = day.rows(Outbound)[0]
    assert (row.state, row.reason) == ("refused", words)
    assert f"{words} Please phone the patient." in [task.reason for task in day.rows(Task)]
    assert check_in_of(day, number).outcome == "undeliverable"


def test_who_has_answered_by_text_while_the_phone_rings_is_asked_nothing(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller()
    day.carrier.add_person(phone, caller)
    day.run_until(day.clock().astimezone(ZONE).replace(day=10, hour=10, minute=0, second=3))
    for words in ("7", "N", "1", "6", "N", "Y"):
        day.text(phone, words)
    day.at("10:10")
    assert caller.heard == [
        "Hello. This is Harbor Clinic. We have no more questions for you now. "
        "Our number is 2 0 2, 5 5 5, 0 1 0 0. Goodbye."
    ]


def test_a_clinic_that_texts_through_a_service_calls_from_its_own_number(store: Store) -> None:
    """STOP is kept for the service we text from; it must hold for calls from the other number too."""
    service = "MG" + "1" * 32
    text = CALLING.replace(
        '[texting]\nfrom = "+12025550123"', f'[texting]\nmessaging_service_sid = "{service}"'
    )
    day = ClinicDay(store, clinic=text)
    try:
        day.carrier.add_service(service, [SENDER])
        first, second = day.patient(1, channel="call"), day.patient(2, channel="call")
        caller = Caller({"identity": ["3"]})
        day.carrier.add_person(first, caller)
        day.carrier.add_person(second, Caller())
        day.at("20:00")
        assert {fact["sender"] for fact in day.carrier.log.of("call")} == {SENDER}
        assert [row.sender for row in day.rows(OptOut)] == [service]
        assert (len(day.calls(first)), answers(day, second)) == (1, GOOD_RELIEF)
        day.carrier.call_in(first, SENDER)
        day.at("20:05")
        assert caller.heard[-1].startswith("Nobody can take the call right now.")
    finally:
        day.close()
