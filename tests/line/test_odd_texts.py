"""Whatever anybody can text us gets a sensible answer and a row, and never an error."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followup.store.models import Answer, CheckIn, Inbound, OptOut, Patient, Task
from tests.clinic_day import ClinicDay


def asked(day: ClinicDay) -> str:
    phone = day.patient()
    day.at("10:05")
    return phone


def test_a_text_from_an_unknown_number_is_answered_kept_and_given_to_staff(day: ClinicDay) -> None:
    day.text("+12125550199", "hello is this the clinic")
    day.at("10:00")
    assert "could not match this number" in day.texts("+12125550199")[0]
    assert "202-555-0100" in day.texts("+12125550199")[0]
    assert [task.kind for task in day.rows(Task)] == ["unmatched"]
    assert day.rows(Inbound)[0].patient_id is None


@pytest.mark.parametrize("body", ["", "   ", "\u200b"])
def test_a_blank_text_is_asked_for_in_words(day: ClinicDay, body: str) -> None:
    phone = asked(day)
    day.text(phone, body)
    day.at("10:10")
    assert len(day.texts(phone)) == 2
    assert day.rows(CheckIn)[0].state == "open"
    assert len(day.rows(Inbound)) == 1


def test_a_photo_without_words_is_seen_by_a_person(day: ClinicDay) -> None:
    phone = asked(day)
    day.text(phone, "", media=1)
    day.at("10:10")
    assert "we can only read words and numbers" in day.texts(phone)[1]
    assert day.rows(Inbound)[0].media == 1
    assert day.rows(Task)[0].kind == "no_words"


def test_the_longest_text_twilio_can_send_is_read_or_asked_again(day: ClinicDay) -> None:
    phone = asked(day)
    body = ("it was a long day and I went to the shops and " * 40)[:1600]
    day.text(phone, body)
    day.at("10:10")
    assert day.rows(Inbound)[0].body == body
    assert day.texts(phone)[1].startswith("Sorry, we need one number.")
    assert day.rows(Answer) == []


def test_help_gets_the_clinics_number_and_the_question_stays_open(day: ClinicDay) -> None:
    phone = asked(day)
    day.text(phone, "HELP")
    day.at("10:10")
    ours = [body for body in day.texts(phone)[1:] if "202-555-0100" in body]
    assert len(ours) == 1
    assert day.rows(CheckIn)[0].question == "pain_now"


def test_who_is_this_is_answered_and_nothing_is_closed(day: ClinicDay) -> None:
    phone = asked(day)
    day.text(phone, "who is this?")
    day.at("10:10")
    assert day.texts(phone)[1].startswith("This is Harbor Clinic")
    assert day.rows(CheckIn)[0].state == "open"


def test_a_wrong_number_stops_everything_for_that_number(day: ClinicDay) -> None:
    phone = asked(day)
    day.text(phone, "wrong number")
    day.at("20:00")
    assert len(day.creates(phone)) == 1
    assert day.rows(Patient)[0].phone_state == "stranger"
    assert (day.rows(CheckIn)[0].outcome, day.rows(Task)[0].kind) == ("wrong_person", "wrong_person")


def test_start_after_stop_restores_and_tells_staff(day: ClinicDay) -> None:
    phone = asked(day)
    day.text(phone, "STOP")
    assert day.rows(OptOut)[0].stopped
    day.text(phone, "START")
    assert not day.rows(OptOut)[0].stopped
    assert "opt_in" in [task.kind for task in day.rows(Task)]


def test_seven_stop_keeps_the_score_and_stops(day: ClinicDay) -> None:
    phone = asked(day)
    day.text(phone, "7 please stop texting me")
    day.at("20:00")
    assert [(row.question, row.number) for row in day.rows(Answer)] == [("pain_now", 7)]
    assert day.rows(CheckIn)[0].outcome == "opt_out"
    assert len(day.creates(phone)) == 1


def test_call_me_closes_as_a_task_for_a_person(day: ClinicDay) -> None:
    phone = asked(day)
    day.text(phone, "8, please call me")
    day.at("20:00")
    assert [(row.question, row.number) for row in day.rows(Answer)] == [("pain_now", 8)]
    assert [task.kind for task in day.rows(Task)] == ["callback"]
    assert "would like a call" in day.texts(phone)[1]
    assert len(day.texts(phone)) == 2, "somebody who wants a call is not sent another question"


def test_a_correction_replaces_the_previous_answer_and_both_are_kept(day: ClinicDay) -> None:
    phone = asked(day)
    day.text(phone, "7")
    day.text(phone, "sorry, 6")
    scores = [row.number for row in day.rows(Answer) if row.question == "pain_now"]
    assert scores == [7, 6]
    day.at("10:30")
    assert any("6 now" in text for text in day.texts(phone))


def test_thanks_after_the_end_is_not_answered_and_is_no_task(day: ClinicDay) -> None:
    phone = day.patient(baseline=7)
    day.person(phone, ["7", "N", "7"])
    day.at("11:00")
    before = len(day.texts(phone))
    day.text(phone, "Thank you!")
    day.at("11:30")
    assert len(day.texts(phone)) == before
    assert day.rows(Task) == []


def test_a_late_word_to_a_closed_check_in_goes_to_a_person(day: ClinicDay) -> None:
    phone = day.patient(baseline=7)
    day.person(phone, ["7", "N", "7"])
    day.at("11:00")
    day.text(phone, "can I drive tomorrow")
    day.at("11:30")
    assert "staff will read it" in day.texts(phone)[-1]
    assert [task.kind for task in day.rows(Task)] == ["late"]


def test_a_shared_phone_is_asked_for_one_person_after_the_other(day: ClinicDay) -> None:
    phone = "+12025550201"
    day.roster(
        f"p1,Ann,Example,{phone},proc1,2026-03-09 12:00,7,bupivacaine,en",
        f"p2,Bob,Example,{phone},proc2,2026-03-09 12:30,6,bupivacaine,en",
    )
    day.at("10:05")
    assert len(day.texts(phone)) == 1, "two open questions on one phone would mix up the answers"
    for reply in ("7", "N", "7"):
        day.text(phone, reply)
    day.at("10:40")
    assert "Hello Bob" in day.texts(phone)[-1]
    day.text(phone, "2")
    answers = {
        (row.check_in_id, row.question): row.number for row in day.rows(Answer) if row.number is not None
    }
    assert answers == {(1, "pain_now"): 7, (1, "pain_best"): 7, (2, "pain_now"): 2}


def test_a_reader_that_fails_leaves_the_text_for_staff_and_a_polite_answer(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the words: 7 and my legs feel numb")

    phone = asked(day)
    monkeypatch.setattr("followup.inbox.answer.read_message", broken)
    day.text(phone, "7 and I can't feel my legs")
    row = day.rows(Inbound)[0]
    assert (row.state, row.body) == ("unread", "7 and I can't feel my legs")
    assert [task.kind for task in day.rows(Task)] == ["unread"]
    day.at("10:10")
    assert "Call 911" in day.texts(phone)[1], "the scan for warnings needs neither reader nor database"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(max_size=200), media=st.integers(0, 2))
def test_no_text_of_any_script_is_a_server_error(day: ClinicDay, body: str, media: int) -> None:
    from twilio.request_validator import RequestValidator

    if not day.rows(Patient):
        asked(day)
    body = body.replace("\x00", " ").encode("utf-8", "ignore").decode()
    form = {"MessageSid": f"SM{len(day.rows(Inbound)):032d}", "From": "+12025550201", "To": "+12025550123",
            "Body": body, "NumMedia": str(media)}  # fmt: skip
    signature = RequestValidator("a-token-of-the-simulated-account").compute_signature(
        "https://followup.example/twilio/sms", form
    )
    answer = day.app.test_client().post("/twilio/sms", data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    assert day.rows(Inbound)[-1].state == "read"


def test_a_machine_that_answers_every_text_is_not_answered_for_ever(day: ClinicDay) -> None:
    for _ in range(9):
        day.text("+12125550199", "I am on holiday and will answer when I am back")
    day.at("10:00")
    assert len(day.texts("+12125550199")) == 5
    assert "loop" in [task.kind for task in day.rows(Task)]


def test_a_machine_in_an_open_check_in_is_given_up_on(day: ClinicDay) -> None:
    phone = asked(day)
    for _ in range(12):
        day.text(phone, "I am driving and will see your message later")
    day.at("10:30")
    assert len(day.texts(phone)) == 6
    assert "loop" in [task.kind for task in day.rows(Task)]
