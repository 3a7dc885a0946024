"""The whole line by text: a roster comes in, patients are asked, answers are kept, cases are judged."""

from __future__ import annotations

from decimal import Decimal

from followup.store.models import Alert, Answer, CheckIn, OptOut, Outbound, Procedure, Proposal, Task
from tests.clinic_day import ClinicDay


def answers(day: ClinicDay) -> dict[str, object]:
    rows = day.rows(Answer)
    return {row.question: row.number if row.number is not None else row.word for row in rows}


def test_a_patient_with_good_relief_becomes_a_candidate_for_repeat(day: ClinicDay) -> None:
    phone = day.patient(baseline=8)
    day.person(phone, ["7", "N", "1", "6", "N", "Y"])
    day.at("12:00")
    assert answers(day) == {
        "pain_now": Decimal(7),
        "warning_signs": "no",
        "pain_best": Decimal(1),
        "relief_hours": Decimal(6),
        "took_medicine": "no",
        "usual_activity": "yes",
    }
    check_in = day.rows(CheckIn)[0]
    assert (check_in.state, check_in.outcome) == ("closed", "answered")
    proposal = day.rows(Proposal)[0]
    assert (proposal.disposition, proposal.reason) == ("candidate_repeat", "relief_80_sustained")
    assert len(day.texts(phone)) == 7
    assert day.texts(phone)[0].startswith("Harbor Clinic: Hello Ann. ")
    assert "STOP" in day.texts(phone)[0]
    assert "call 202-555-0100" in day.texts(phone)[-1] or "202-555-0100" in day.texts(phone)[-1]


def test_no_relief_becomes_further_testing_with_fewer_questions(day: ClinicDay) -> None:
    phone = day.patient(baseline=7)
    day.person(phone, ["7", "N", "7"])
    day.at("12:00")
    proposal = day.rows(Proposal)[0]
    assert proposal.disposition == "candidate_further_testing"
    assert len(day.texts(phone)) == 4, "no question about hours, medicine or activity is asked"


def test_a_silent_patient_is_reminded_once_and_then_given_to_staff(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("20:00")
    assert len(day.texts(phone)) == 2
    assert day.texts(phone)[1].startswith("Harbor Clinic again: ")
    proposal = day.rows(Proposal)[0]
    assert (proposal.disposition, proposal.reason) == ("unreachable_call", "no_answer")
    assert day.rows(CheckIn)[0].outcome == "no_answer"


def test_who_answers_half_and_falls_silent_is_judged_on_what_was_said(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, ["2"])
    day.at("20:00")
    proposal = day.rows(Proposal)[0]
    assert (proposal.disposition, proposal.reason) == ("provider_review", "window_missing")
    assert "Reply Y or N" in day.texts(phone)[-1], "the reminder asks the question that is open"


def test_a_late_answer_still_moves_the_case(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("20:00")
    day.text(phone, "3")
    assert answers(day) == {"pain_now": Decimal(3)}
    assert day.rows(CheckIn)[0].state == "open"
    day.at("22:00")
    assert day.rows(Proposal)[-1].reason == "window_missing"


def test_a_range_is_asked_back_once_and_then_keeps_its_upper_end(day: ClinicDay) -> None:
    phone = day.patient(baseline=8)
    day.person(phone, ["7", "N", "1-2", "1-2", "5", "N", "Y"])
    day.at("12:00")
    assert answers(day)["pain_best"] == Decimal(2)
    proposal = day.rows(Proposal)[0]
    assert (proposal.disposition, proposal.reason) == ("provider_review", "partial_relief")
    assert "range" in proposal.flags.split(",")


def test_two_unreadable_replies_hand_the_question_to_a_person_and_go_on(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, ["it varies", "so so", "N", "2"])
    day.at("11:00")
    assert [task.kind for task in day.rows(Task)] == ["unclear"]
    assert "warning_signs" in answers(day)


def test_an_emergency_is_answered_at_once_and_stands_first(day: ClinicDay) -> None:
    phone = day.patient(language="es")
    day.person(phone, ["no puedo orinar desde anoche"])
    day.at("10:30")
    assert "Llame al 911" in day.texts(phone)[1]
    alert = day.rows(Alert)[0]
    assert (alert.tier, alert.kind) == ("E", "bladder_bowel")
    assert day.rows(Proposal)[0].disposition == "urgent_call"
    day.at("20:00")
    assert len(day.texts(phone)) == 2, "after an emergency nothing routine is sent"


def test_stop_ends_everything_without_a_second_confirmation(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, ["STOP"])
    day.at("20:00")
    assert len(day.creates(phone)) == 1, "the carrier confirms STOP by itself"
    assert day.rows(OptOut)[0].stopped
    assert day.rows(CheckIn)[0].outcome == "opt_out"
    assert day.rows(Proposal)[0].reason == "opt_out"


def test_a_refusal_in_other_words_is_confirmed_once(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, ["stop texting me", "stop texting me"])
    day.at("20:00")
    assert len(day.texts(phone)) == 2
    assert "no more of these messages" in day.texts(phone)[1]


def test_two_procedures_of_one_day_share_one_conversation(day: ClinicDay) -> None:
    phone = day.patient(1)
    day.roster("p1,Ann,Example,+12025550201,proc2,2026-03-09 13:00,6,bupivacaine,en")
    day.person(phone, ["5", "N", "1", "6", "N", "Y"])
    day.at("12:00")
    assert len(day.rows(CheckIn)) == 1
    assert [(p.disposition) for p in day.rows(Proposal)] == ["candidate_repeat", "candidate_repeat"]
    assert {p.check_in_id for p in day.rows(Procedure)} == {day.rows(CheckIn)[0].id}


def test_nothing_leaves_outside_the_patients_hours(day: ClinicDay) -> None:
    """A patient in Hawaii of a New York clinic: ten o'clock there is five in the morning here."""
    day.roster(
        "p1,Ann,Example,+12025550201,proc1,2026-03-09 12:00,8,Pacific/Honolulu",
        header="patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,timezone",
    )
    day.at("14:59")
    assert day.texts("+12025550201") == []
    day.at("15:01")
    assert len(day.texts("+12025550201")) == 1


def test_every_outbound_row_ends_in_a_known_place(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, ["7", "N", "1", "6", "N", "Y"])
    day.at("20:00")
    texts = [row for row in day.rows(Outbound) if row.channel in ("text", "answer")]
    assert {row.state for row in texts} <= {"sent", "withdrawn"}
    assert {row.delivery for row in texts if row.state == "sent"} == {"delivered"}
    carried = {f["sid"] for f in day.carrier.log.of("create")}
    assert {row.sid for row in texts if row.state == "sent"} == carried
