"""Putting right what was misread, asking more, and changing how a patient is reached."""

from __future__ import annotations

from decimal import Decimal

import pytest

from followup.checkin.cases import CaseError, decide
from followup.desk import asking, contact
from followup.desk.corrections import correct
from followup.desk.story import Span, spans
from followup.intake.fields import UnreadableError
from followup.store.models import (
    Alert,
    Answer,
    CheckIn,
    OptOut,
    Outbound,
    Patient,
    Procedure,
    Proposal,
    Staff,
    Task,
)
from tests.clinic_day import ClinicDay
from tests.desk.test_calls import groups, staff

PHONE = "+12025550201"


def answered(day: ClinicDay) -> Staff:
    """8 before, 4 at the lowest: half the relief, for a provider to look at."""
    day.person(day.patient(baseline=8), ["2", "N", "4", "6", "N"])
    day.at("12:00")
    assert day.rows(Proposal)[-1].disposition == "provider_review"
    return staff(day)


def test_a_corrected_answer_stands_beside_the_old_one_and_is_judged_anew(day: ClinicDay) -> None:
    ana = answered(day)
    with day.store.write() as session:
        correct(session, 1, "pain_best", Decimal(1), ana, day.clock())
    given = [(a.number, a.staff_id) for a in day.rows(Answer) if a.question == "pain_best"]
    assert given == [(Decimal(4), None), (Decimal(1), ana.id)]
    assert day.rows(Proposal)[-1].disposition == "candidate_repeat"
    assert day.rows(Proposal)[0].disposition == "provider_review", "what was proposed before is kept"


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("pain_best", Decimal(11)),
        ("pain_best", Decimal("1.3")),
        ("pain_best", Decimal("NaN")),
        ("pain_best", Decimal("1e999999")),
        ("pain_best", True),
        ("relief_hours", Decimal(49)),
        ("warning_signs", "maybe"),
        ("medicine_when", "yesterday"),
        ("index_pain", True),
    ],
)
def test_what_is_no_answer_is_refused(quick: ClinicDay, question: str, value: object) -> None:
    quick.patient()
    quick.at("10:01")
    ana = staff(quick)
    with pytest.raises(CaseError, match="no answer"), quick.store.write() as session:
        correct(session, 1, question, value, ana, quick.clock())  # type: ignore[arg-type]
    assert quick.rows(Answer) == []


def test_a_warning_sign_that_was_overheard_pages(quick: ClinicDay) -> None:
    ana = answered(quick)
    with quick.store.write() as session:
        correct(session, 1, "warning_signs", True, ana, quick.clock())
    assert [(a.tier, a.kind) for a in quick.rows(Alert)] == [("S", "warning_signs")]
    assert groups(quick) == {"c1": "urgent"}


def test_a_correction_after_the_decision_brings_the_case_back_to_somebody(quick: ClinicDay) -> None:
    answered(quick)
    with quick.store.write() as session:
        kim = session.get_one(Staff, 1)
        kim.role = "provider"
        decide(session, session.get_one(Procedure, 1), kim, "other", "", quick.clock())
    assert groups(quick) == {}
    with quick.store.write() as session:
        correct(session, 1, "pain_best", Decimal(7), kim, quick.clock())
    assert groups(quick) == {"c1": "review"}
    assert quick.rows(Task)[0].kind == "corrected"


def test_a_score_entered_by_hand_makes_a_silent_case_an_answered_one(quick: ClinicDay) -> None:
    quick.patient(baseline=8)
    quick.at("19:00")
    ana = staff(quick)
    with quick.store.write() as session:
        correct(session, 1, "pain_now", Decimal(7), ana, quick.clock())
    assert quick.rows(CheckIn)[0].outcome == "answered"


def test_a_question_asked_again_leaves_is_answered_and_changes_the_proposal(day: ClinicDay) -> None:
    answered(day)
    with day.store.write() as session:
        asking.ask_again(session, 1, "pain_best", day.clock())
    day.at("12:05")
    assert "LOWEST" in day.texts(PHONE)[-1]
    assert groups(day) == {}, "somebody who is being asked waits"
    day.text(PHONE, "1")
    day.text(PHONE, "Y")  # usual activity: worth asking only now that the relief reaches the bar
    assert day.rows(CheckIn)[0].state == "closed"
    assert day.rows(Proposal)[-1].disposition == "candidate_repeat"


def test_nobody_is_asked_again_at_night(quick: ClinicDay) -> None:
    answered(quick)
    quick.at("20:30")
    before = len(quick.texts(PHONE))
    with quick.store.write() as session:
        asking.ask_again(session, 1, "pain_best", quick.clock())
    quick.at("23:00")
    assert len(quick.texts(PHONE)) == before
    quick.at("09:05", 11)
    assert len(quick.texts(PHONE)) == before + 1


@pytest.mark.parametrize(
    ("before", "said"),
    [("stop", "asked us to stop"), ("pause", "paused"), ("closed", "closed"), ("open", "right now")],
)
def test_who_may_not_be_asked_again_is_not(quick: ClinicDay, before: str, said: str) -> None:
    ana = answered(quick)
    with quick.store.write() as session:
        match before:
            case "stop":
                contact.stop(session, session.get_one(Patient, 1), quick.clock())
            case "pause":
                contact.pause(session.get_one(Patient, 1), quick.clock())
            case "closed":
                session.get_one(Procedure, 1).ended = "reached"
            case "open":
                asking.ask_again(session, 1, "pain_now", quick.clock())
    with pytest.raises(CaseError, match=said), quick.store.write() as session:
        asking.ask_again(session, 1, "pain_best", quick.clock())
    assert ana.id


def test_asking_by_phone_is_a_task_for_the_desk(quick: ClinicDay) -> None:
    answered(quick)
    with quick.store.write() as session:
        asking.ask_by_phone(session, 1, "relief_hours", quick.clock())
    assert groups(quick) == {"c1": "call"}


def test_a_paused_patient_hears_nothing_until_resumed_and_is_still_heard(quick: ClinicDay) -> None:
    phone = quick.patient()
    with quick.store.write() as session:
        contact.pause(session.get_one(Patient, 1), quick.clock())
    quick.at("14:00")
    assert quick.texts(phone) == []
    assert quick.rows(Outbound)[0].reason == "contact with this patient is paused"
    quick.text(phone, "my legs feel numb since last night")
    quick.at("14:01")
    assert len(quick.texts(phone)) == 1, "a warning is answered, paused or not"
    with quick.store.write() as session:
        contact.resume(session.get_one(Patient, 1), quick.clock())
    quick.at("14:30")
    assert len(quick.texts(phone)) == 2


def test_a_new_number_is_asked_and_the_old_one_no_more(quick: ClinicDay) -> None:
    old = quick.patient()
    with quick.store.write() as session:
        patient = session.get_one(Patient, 1)
        changed = contact.change(
            session, patient, phone="(202) 555-0277", language="es", channel="text", now=quick.clock()
        )
    assert sorted(changed) == ["language", "phone"]
    quick.at("10:05")
    assert quick.texts(old) == []
    assert "Hola" in quick.texts("+12025550277")[0]


@pytest.mark.parametrize("wrong", ["12", "call me", "202-555-0123 x4"])
def test_a_number_nobody_could_reach_is_refused_in_words(quick: ClinicDay, wrong: str) -> None:
    quick.patient()
    with pytest.raises(UnreadableError, match=r"write it like \+1"), quick.store.write() as session:
        contact.change(
            session,
            session.get_one(Patient, 1),
            phone=wrong,
            language="en",
            channel="text",
            now=quick.clock(),
        )
    assert quick.rows(Patient)[0].phone == PHONE


def test_a_stop_told_to_staff_binds_like_a_text(quick: ClinicDay) -> None:
    quick.patient()
    quick.at("10:05")
    with quick.store.write() as session:
        contact.stop(session, session.get_one(Patient, 1), quick.clock())
    assert [(o.how, o.stopped) for o in quick.rows(OptOut)] == [("staff", True)]
    assert quick.rows(CheckIn)[0].outcome == "opt_out"
    quick.at("19:00")
    assert len(quick.creates()) == 1


def test_a_message_is_cut_at_what_was_read() -> None:
    assert spans("about 7 I think", [("score", "7", 6, 7)]) == [
        Span("about "),
        Span("7", "score"),
        Span(" I think"),
    ]
    assert spans("7", [("keys", "2", 0, 1)]) == [Span("7")], "a mark of another text is left out"
    assert spans("7", []) == [Span("7")]
