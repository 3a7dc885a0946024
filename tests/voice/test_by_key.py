"""A check-in by keypad: every question, every kind of key, every place to hang up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from followup.simulator.scripts import Ring
from followup.store.models import Alert, Answer, Inbound, OptOut, Outbound, Proposal, Task
from tests.clinic_day import ClinicDay
from tests.voice.caller import (
    ABOUT_HEALTH,
    ANSWERS,
    GOOD_RELIEF,
    IN_TEXTS,
    Caller,
    answers,
    check_in_of,
    unread,
)


def test_good_relief_told_by_keys_becomes_a_candidate_for_repeat(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller()
    day.carrier.add_person(phone, caller)
    day.at("10:10")
    assert answers(day, phone) == GOOD_RELIEF
    assert check_in_of(day, phone).outcome == "answered"
    assert day.rows(Proposal)[0].disposition == "candidate_repeat"
    assert {row.why for row in day.rows(Answer, Answer.question == "pain_now")} == {'[["keypad", "7", 0, 1]]'}
    turns = day.rows(Inbound)
    assert len({row.sid for row in turns}) == 1
    assert [row.turn for row in turns] == list(range(len(turns)))
    assert caller.heard[0].startswith("Hello. This is Harbor Clinic. Am I speaking with Ann?")
    assert caller.heard[-1].endswith("In an emergency, call 9 1 1. Goodbye.")
    call = day.rows(Outbound, Outbound.channel == "call")[0]
    assert (call.delivery, call.reason) == ("completed", "")
    assert call.seconds > 60
    day.at("20:00")
    assert len(day.calls(phone)) == 1
    assert day.texts(phone) == []


# What is keyed first at each question, and what is kept of it where the key is an answer there.
KEPT = {
    "0": {"now": Decimal(0), "best": Decimal(0), "hours": Decimal(0)},
    "10": {"now": Decimal(10), "best": Decimal(10), "hours": Decimal(10)},
    "10#": {"now": Decimal(10), "best": Decimal(10), "hours": Decimal(10)},
    "*": {},
    "*9": {},
    "": {},
    "#": {},
}
NAMES = dict(zip(ANSWERS, GOOD_RELIEF, strict=True))


@pytest.mark.parametrize("keys", KEPT)
def test_any_key_at_any_question_is_kept_or_asked_again(day: ClinicDay, keys: str) -> None:
    """One patient for each question: the first time it is asked they key `keys`, else the usual answer."""
    phones = {}
    for number, question in enumerate(("identity", *ANSWERS), start=1):
        phones[question] = day.patient(number, channel="call", baseline=10)
        day.carrier.add_person(phones[question], Caller({question: [keys or None]}))
    day.at("11:00")
    assert unread(day) == []
    for question, phone in phones.items():
        kept = KEPT[keys].get(question)
        said = answers(day, phone)
        assert check_in_of(day, phone).outcome == "answered", question
        if question != "identity":
            assert said[NAMES[question]] == (kept if kept is not None else GOOD_RELIEF[NAMES[question]]), (
                question
            )
        others = {name: value for name, value in said.items() if name != NAMES.get(question)}
        assert others.items() <= GOOD_RELIEF.items(), question
    assert len(day.rows(Alert)) == (len(phones) if keys == "*9" else 0)
    assert day.rows(OptOut) == []


def test_a_pound_key_after_ten_is_not_taken_for_silence(day: ClinicDay) -> None:
    phone = day.patient(channel="call", baseline=10)
    caller = Caller({"now": ["10#"]})
    day.carrier.add_person(phone, caller)
    day.at("10:10")
    assert answers(day, phone)["pain_now"] == 10
    assert "We did not hear a key." not in caller.heard


def test_who_hangs_up_at_any_prompt_goes_on_by_the_next_call_and_by_text(day: ClinicDay) -> None:
    """The first call ends at one question, the second at the next, and the rest is texted."""
    questions = list(ANSWERS)
    phones = {}
    for number, question in enumerate(questions, start=1):
        phones[question] = day.patient(number, channel="call")
        following = questions[number] if number < len(questions) else ""
        acts = {question: ["hang up"]} | ({following: ["hang up"]} if following else {})
        day.carrier.add_person(phones[question], Caller(acts))
    day.at("11:00")
    for question, phone in phones.items():
        assert len(answers(day, phone)) == questions.index(question), question
        assert check_in_of(day, phone).question == NAMES[question]
    call = day.rows(Outbound, Outbound.step == "first")[-1]
    assert call.reason == "Hung up before the last question."
    day.at("17:00")
    for question, phone in phones.items():
        assert len(day.calls(phone)) == 2
        asked_so_far = questions.index(question) + 1
        assert len(answers(day, phone)) == asked_so_far, question
        for rest in questions[asked_so_far:]:
            day.text(phone, IN_TEXTS[rest])
    for phone in phones.values():
        assert answers(day, phone) == GOOD_RELIEF
        assert check_in_of(day, phone).outcome == "answered"
    day.at("20:00")
    assert [len(day.calls(phone)) for phone in phones.values()] == [2] * len(phones)


def test_who_hangs_up_before_saying_who_they_are_is_called_again(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller({"identity": ["hang up"]}))
    day.at("10:10")
    call = day.rows(Outbound, Outbound.step == "first")[0]
    assert call.reason == "Somebody picked up but did not say who they are."
    day.at("16:10")
    assert answers(day, phone) == GOOD_RELIEF


def test_three_silences_end_the_call_with_the_number_to_call(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller({"identity": [None] * 3})
    day.carrier.add_person(phone, caller)
    day.at("10:10")
    assert caller.heard.count("We did not hear a key.") == 2
    assert caller.heard[-1] == (
        "We could not hear an answer. Please call Harbor Clinic at 2 0 2, 5 5 5, 0 1 0 0. Goodbye."
    )
    assert not any(ABOUT_HEALTH.search(words) for words in caller.heard)
    assert check_in_of(day, phone).state == "open"


def test_nothing_about_health_is_said_to_somebody_else(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller({"identity": ["2"]})
    day.carrier.add_person(phone, caller)
    day.at("10:10")
    assert not any(ABOUT_HEALTH.search(words) for words in caller.heard)
    assert caller.heard[-1].startswith("Thank you. Please ask Ann to call Harbor Clinic at")
    assert [task.kind for task in day.rows(Task)] == ["not_you"]
    day.at("16:10")
    assert answers(day, phone) == GOOD_RELIEF, "the number is still the patient's, and the ladder goes on"


def test_three_stops_the_calls_and_the_texts(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller({"identity": ["3"]})
    day.carrier.add_person(phone, caller)
    day.at("20:00")
    assert caller.heard[-1].startswith("You will get no more of these calls.")
    assert [(row.how, row.stopped) for row in day.rows(OptOut)] == [("call", True)]
    assert check_in_of(day, phone).outcome == "opt_out"
    assert len(day.calls(phone)) == 1
    assert day.texts(phone) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_is_said_about_health_before_the_first_key_and_never_a_procedure_or_family_name(
    day: ClinicDay, language: str
) -> None:
    phone = day.patient(channel="call", language=language)
    day.carrier.add_person(phone, Caller())
    day.at("10:10")
    assert check_in_of(day, phone).outcome == "answered"
    spoken, keyed = [], False
    for fact in day.carrier.log.of("said", "key"):
        if fact.kind == "key":
            keyed = True
            continue
        spoken.append(fact["words"])
        assert fact["language"] == {"en": "en-US", "es": "es-US"}[language]
        if not keyed:
            assert not ABOUT_HEALTH.search(fact["words"])
    everything = " ".join(spoken)
    for never in ("Example", "facet", "inject", "block", "spine", "lidoc", "bupiv", "inyec", "bloqueo"):
        assert never.lower() not in everything.lower()


def test_star_zero_connects_to_the_front_desk_in_office_hours(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_desk("+12025550101")
    caller = Caller({"now": ["*0"]})
    day.carrier.add_person(phone, caller)
    day.at("10:10")
    assert caller.heard[-1] == "One moment. We are connecting you with Harbor Clinic."
    legs = [fact for fact in day.carrier.log.of("call") if fact["direction"] == "outbound-dial"]
    assert [fact["to"] for fact in legs] == ["+12025550101"]
    assert [task.kind for task in day.rows(Task)] == ["callback"]
    assert check_in_of(day, phone).state == "closed"
    assert day.rows(Proposal)[0].disposition == "unreachable_call"
    day.at("20:00")
    assert len(day.calls(phone)) == 1


def test_star_zero_reads_the_number_twice_when_nobody_picks_up_or_the_office_is_closed(
    day: ClinicDay,
) -> None:
    early, late = day.patient(1, channel="call"), day.patient(2, channel="call")
    people = {
        early: Caller({"now": ["*0"]}),
        late: Caller({"identity": ["*0"]}, calls=[Ring("ring"), Ring("ring"), Ring()]),
    }
    for phone, caller in people.items():
        day.carrier.add_person(phone, caller)
    day.at("18:10")
    for caller in people.values():
        assert caller.heard[-1].startswith("Nobody can take the call right now.")
        assert caller.heard[-1].count("2 0 2, 5 5 5, 0 1 0 2") == 2
    assert len([f for f in day.carrier.log.of("call") if f["direction"] == "outbound-dial"]) == 1
    assert not any(ABOUT_HEALTH.search(words) for words in people[late].heard)


def test_star_nine_is_an_alert_and_the_safety_text_is_spoken(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller({"best": ["*9"]})
    day.carrier.add_person(phone, caller)
    day.at("10:10")
    alert = day.rows(Alert)[0]
    assert (alert.tier, alert.kind, alert.said) == ("S", "something_wrong", "*9")
    at = next(n for n, words in enumerate(caller.heard) if "call 9 1 1 or go to the nearest" in words)
    assert "2 0 2, 5 5 5, 0 1 0 2" in caller.heard[at], "nobody is on duty, so no call is promised"
    assert "lowest" in caller.heard[at + 1], "the open question is put again"
    assert answers(day, phone) == GOOD_RELIEF
    assert day.rows(Proposal)[0].disposition == "urgent_call"


def test_a_yes_to_the_warning_signs_is_an_alert_and_a_person_is_offered(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller({"warning": ["1"]})
    day.carrier.add_person(phone, caller)
    day.at("10:10")
    assert [(row.tier, row.kind) for row in day.rows(Alert)] == [("S", "warning_signs")]
    assert any(
        "To talk to a person about this now, press star, then zero." in words for words in caller.heard
    )
    assert "watch for fever" not in caller.heard[-1].lower(), "nothing that sounds like all is well"
    assert day.rows(Proposal)[0].disposition == "urgent_call"
