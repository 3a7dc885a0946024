"""Answers that are lost, fail or are heard late: nobody is asked what is settled, nobody is woken by it."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from followup.outreach.claim import claim
from followup.outreach.last_look import still_wanted
from followup.store.models import CheckIn, Outbound, Task
from tests.clinic_day import SENDER, ClinicDay

WARNING_SIGNS = "Reply Y or N"


def closed_door(day: ClinicDay, phone: str, *bodies: str) -> None:
    """The patient writes, and no webhook reaches us."""
    day.carrier.webhooks.deliver_to, open_again = "http://127.0.0.1:9", day.carrier.webhooks.deliver_to
    for body in bodies:
        day.text(phone, body)
    day.carrier.webhooks.deliver_to = open_again


def test_a_question_that_was_answered_meanwhile_is_not_sent_again(day: ClinicDay) -> None:
    """Its text was lost, but she remembers what is asked after the score."""
    phone = day.patient()
    day.at("10:01")
    day.carrier.fault_next("answer_lost")
    day.text(phone, "7")
    day.at("10:03")
    day.text(phone, "no")
    day.at("11:00")
    assert [words for words in day.texts(phone) if WARNING_SIGNS in words] == []
    lost = day.rows(Outbound, Outbound.question == "warning_signs")[0]
    assert (lost.state, lost.reason) == ("withdrawn", "not found at the carrier, no longer needed")


def test_a_second_try_is_taken_back_when_the_answer_comes_first(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:01")
    day.carrier.fault_next("unknown_error")
    day.text(phone, "7")
    day.at("10:05")
    day.text(phone, "no")
    day.at("12:00")
    assert day.creates(phone)[1:] == []
    again = day.rows(Outbound, Outbound.dedupe.like("%:again"))[0]
    assert (again.state, again.reason) == ("withdrawn", "the patient has answered since")


def test_an_answer_the_network_lost_goes_once_more_in_the_same_words(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:01")
    day.carrier.fault_next("unknown_error")
    day.text(phone, "7")
    day.at("12:00")
    first, again = day.rows(Outbound, Outbound.question == "warning_signs")
    assert (first.delivery, again.delivery, again.channel) == ("undelivered", "delivered", "text")
    assert first.body == again.body == day.texts(phone)[-1]
    assert day.rows(CheckIn)[0].state == "open"


def test_words_in_passing_that_fail_close_nothing(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:01")
    day.carrier.fault_next("filtered")
    day.text(phone, "help")
    day.at("10:30")
    assert day.rows(Outbound, Outbound.step == "notice")[0].error == "30007"
    check_in = day.rows(CheckIn)[0]
    assert (check_in.state, check_in.question) == ("open", "pain_now")
    assert day.rows(Task) == []


def test_a_safety_text_that_fails_goes_again_although_its_check_in_is_closed(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:01")
    day.carrier.fault_next("unknown_error")
    day.text(phone, "I cannot feel my legs and I wet myself")
    day.at("12:00")
    assert day.rows(CheckIn)[0].state == "closed"
    said = [(row.delivery, row.body) for row in day.rows(Outbound, Outbound.step == "safety")]
    assert [delivery for delivery, _ in said] == ["undelivered", "delivered"]
    assert said[0][1] == said[1][1]


def test_a_text_lost_twice_by_the_network_is_followed_by_a_person(day: ClinicDay) -> None:
    """This clinic does not call."""
    phone = day.patient()
    day.carrier.faults.set(unknown_error=1.0)
    day.at("12:30")
    assert len(day.creates(phone)) == 2
    assert day.rows(CheckIn)[0].outcome == "undeliverable"


def test_a_check_in_whose_only_text_was_let_go_is_given_up_in_time(day: ClinicDay) -> None:
    """Half an answer came between claim and call: nothing left that could plan the next rung."""
    phone = day.patient()
    day.at("09:59")
    day.clock.set(day.clock() + timedelta(minutes=1))
    with day.store.write() as session:
        envelope = next(e for e in claim(session, "worker", day.clock(), 10) if e.step == "first")
    day.text(phone, "7")
    with day.store.write() as session:
        assert not still_wanted(session, [envelope], "worker", day.clock())
    day.at("18:29")
    assert day.rows(CheckIn)[0].state == "open"
    day.at("18:31")
    assert (day.rows(CheckIn)[0].state, day.rows(CheckIn)[0].outcome) == ("closed", "answered")


def test_a_first_text_that_came_back_unsent_waits_for_nobodys_answer(day: ClinicDay) -> None:
    phone = day.patient()
    day.carrier.fault_next("unavailable")
    day.at("10:10")
    assert len(day.creates(phone)) == 1, "not half an hour later, as after a question that was heard"
    sent = day.rows(Outbound, Outbound.step == "first")[0].sent_at
    assert day.rows(CheckIn)[0].first_asked_at is not None
    reminder = day.rows(Outbound, Outbound.step == "reminder")[0]
    assert timedelta(minutes=175) < reminder.due_at - sent <= timedelta(minutes=180)


def test_a_receipt_that_comes_before_the_second_try_takes_its_place(day: ClinicDay) -> None:
    """Not in the carrier's list at either look, planned again, and then proved to have left."""
    phone = day.patient()
    day.carrier.faults.set(receipt_drop=1.0)
    day.at("10:01")
    row = day.rows(Outbound, Outbound.step == "first")[0]
    with day.store.write() as session:
        mine = session.get_one(Outbound, row.id)
        mine.state, mine.sid, mine.due_at = "planned", "", day.clock() + timedelta(minutes=5)
    day.carrier.webhooks.post(
        f"https://followup.example/twilio/sms/status?o={row.id}",
        [("MessageSid", row.sid), ("MessageStatus", "delivered")],
    )
    day.at("10:30")
    assert len(day.creates(phone)) == 1
    assert (day.rows(Outbound)[0].state, day.rows(Outbound)[0].sid) == ("sent", row.sid)


def test_a_failure_told_in_the_night_is_made_good_in_the_morning(day: ClinicDay) -> None:
    """The receipt of an answer comes seven hours late: the second try would wake her."""
    phone = day.patient()
    day.at("14:50")
    day.text(phone, "7")
    day.at("15:00")
    answer = day.rows(Outbound, Outbound.question == "warning_signs")[0]
    with day.store.write() as session:
        mine = session.get_one(Outbound, answer.id)
        mine.delivery = ""
        session.get_one(CheckIn, mine.check_in_id).give_up_at = day.clock() + timedelta(days=2)
    day.at("21:55")
    before = len(day.creates(phone))
    day.carrier.webhooks.post(
        f"https://followup.example/twilio/sms/status?o={answer.id}",
        [("MessageSid", answer.sid), ("MessageStatus", "undelivered"), ("ErrorCode", "30008")],
    )
    day.at("08:59", day=11)
    assert len(day.creates(phone)) == before
    day.at("09:01", day=11)
    assert day.creates(phone)[before:] == [answer.body]


def test_an_answer_at_night_to_who_has_just_written_still_leaves_at_once(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("18:00")
    with day.store.write() as session:
        session.exec(select(CheckIn)).one().give_up_at = day.clock() + timedelta(days=2)
    day.at("22:00")
    day.carrier.fault_next("answer_lost")
    day.text(phone, "7")
    day.at("22:10")
    assert WARNING_SIGNS in day.creates(phone)[-1]


def test_two_warnings_heard_late_together_are_answered_once_at_any_hour(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("16:00")
    closed_door(day, phone, "I have a fever and chills", "the fever is getting worse")
    for evening in ("21:01", "21:10", "21:20"):  # heard when the day is compared with the carrier, 01:00 UTC
        day.at(evening)
    said = [words for words in day.creates(phone) if "If it gets worse" in words]
    assert len(said) == 1
    withdrawn = day.rows(Outbound, Outbound.step == "safety", Outbound.state == "withdrawn")
    assert len(withdrawn) == 1


def test_a_warning_after_the_safety_text_is_answered_again(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:05")
    for _ in range(2):
        day.text(phone, "I have a fever and chills")
        day.at("10:06")
    day.at("10:30")
    assert len([words for words in day.texts(phone) if "If it gets worse" in words]) == 2


def test_a_texts_own_number_is_where_late_answers_go(day: ClinicDay) -> None:
    """A reply that never reached us by its webhook is answered to the phone that wrote it."""
    phone = day.patient()
    day.at("15:00")
    closed_door(day, phone, "help")
    day.at("09:30", day=11)
    answers = day.rows(Outbound, Outbound.step == "notice")
    assert [row.to for row in answers] == [phone]
    assert SENDER not in [row.to for row in answers]
