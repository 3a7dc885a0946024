"""Patients who write on the day before we asked: an answer counts, and the question is put at once."""

from __future__ import annotations

from followup.store.models import Alert, Answer, CheckIn, Inbound, Outbound, Task
from tests.clinic_day import HEADER, ClinicDay


def test_a_score_before_the_question_is_an_answer(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("07:10")
    day.text(phone, "its a 7 today")
    assert [row.question for row in day.rows(Answer)] == ["pain_now"]
    day.at("07:12")
    assert "Reply Y or N" in day.texts(phone)[0]
    for words in ("N", "1", "6", "N", "Y"):
        day.text(phone, words)
    day.at("20:00")
    assert day.rows(CheckIn)[0].outcome == "answered"
    assert day.creates(phone) == [], "nothing is asked a second time"


def test_who_only_says_hello_is_asked_and_a_person_reads_it(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("08:10")
    day.text(phone, "Hi, I was told somebody would text me?")
    day.at("08:12")
    assert day.texts(phone)[0].startswith("Harbor Clinic: Hello Ann. How is your usual back pain right now?")
    assert [task.kind for task in day.rows(Task)] == ["early"]
    day.text(phone, "7")
    day.at("08:15")
    assert "Reply Y or N" in day.texts(phone)[1]


def test_a_word_in_the_night_does_not_end_the_day_before_it_began(day: ClinicDay) -> None:
    """Half past midnight, and the ladder is eight and a half hours long."""
    phone = day.patient()
    day.at("00:30")
    day.text(phone, "help")
    day.at("10:01")
    assert len(day.creates(phone)) == 1
    day.at("18:29")
    assert day.rows(CheckIn)[0].state == "open"
    day.at("18:31")
    assert day.rows(CheckIn)[0].outcome == "no_answer"


def test_thanks_for_the_text_of_yesterday_opens_nothing(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("08:10")
    day.text(phone, "ok thank you")
    assert (day.rows(CheckIn)[0].state, day.texts(phone)) == ("planned", [])


def test_the_day_before_a_text_is_read_by_a_person_and_nothing_is_asked(day: ClinicDay) -> None:
    phone = day.patient()
    day.text(phone, "7")
    assert (day.rows(CheckIn)[0].state, day.rows(Answer)) == ("planned", [])
    assert [task.kind for task in day.rows(Task)] == ["late"]


def test_an_emergency_before_the_question_ends_the_questions(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("07:10")
    day.text(phone, "I cannot feel my legs and I wet myself")
    assert day.rows(Alert)[0].tier == "E"
    day.at("20:00")
    assert len(day.texts(phone)) == 1, "the safety text, and no question about the back"
    assert day.creates(phone) == []


def test_a_stop_before_the_question_is_obeyed(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("07:10")
    day.text(phone, "please do not text me")
    day.at("20:00")
    assert day.rows(CheckIn)[0].outcome == "opt_out"
    assert day.rows(Outbound, Outbound.step == "first")[0].state == "withdrawn"


def test_an_old_check_in_does_not_take_the_answer_of_todays(day: ClinicDay) -> None:
    """Asked two days ago and never answered; today's is due and not asked yet."""
    phone = day.patient()
    day.at("20:00")
    day.roster(f"p1,Ann,Example,{phone},proc9,2026-03-11 12:00,8,bupivacaine,en")
    day.at("08:00", day=12)
    day.text(phone, "7")
    old, todays = day.rows(CheckIn)
    assert [row.check_in_id for row in day.rows(Answer)] == [todays.id] != [old.id]


def test_on_a_phone_of_two_nobody_guesses_whose_early_word_it_is(day: ClinicDay) -> None:
    """Ann has answered this morning; Bob, on the same phone, is not asked yet."""
    phone = day.patient()
    day.at("10:01")
    for words in ("7", "N", "1", "6", "N", "Y"):
        day.text(phone, words)
    day.roster(f"p2,Bob,Example,{phone},proc2,2026-03-09 12:00,8,bupivacaine,en", header=HEADER)
    day.text(phone, "now it is a 9")
    assert day.rows(Inbound)[-1].check_in_id is None
    assert [task.kind for task in day.rows(Task)] == ["shared_phone"]
