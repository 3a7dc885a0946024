"""The number that clinics give their patients to call the next day: who calls is asked, at any hour."""

from __future__ import annotations

from decimal import Decimal

import pytest

from followup.simulator.scripts import Ring
from followup.store.models import Answer, Call, Task
from tests.clinic_day import HEADER, SENDER, ClinicDay
from tests.voice.caller import ABOUT_HEALTH, GOOD_RELIEF, IN_TEXTS, Caller, answers, check_in_of

PHONE = "+12025550201"
YEAR = "Hello. This is Harbor Clinic. First, please press the year you were born, four numbers."


def born_in_1955(day: ClinicDay, language: str = "en") -> str:
    day.roster(
        f"p1,Ann,Example,{PHONE},proc1,2026-03-09 12:00,8,bupivacaine,{language},1955",
        header=f"{HEADER},birth_year",
    )
    return PHONE


def calls(day: ClinicDay, caller: Caller, at: str, until: str, on: int = 10) -> None:
    day.carrier.add_person(PHONE, caller)
    day.at(at, day=on)
    day.carrier.call_in(PHONE, SENDER)
    day.at(until, day=on)


def test_who_calls_before_we_ask_is_asked_and_not_texted_afterwards(day: ClinicDay) -> None:
    phone = born_in_1955(day)
    caller = Caller()
    calls(day, caller, "07:10", "07:15")
    assert caller.heard[0] == YEAR
    assert not ABOUT_HEALTH.search(caller.heard[0])
    assert answers(day, phone) == GOOD_RELIEF
    check_in = check_in_of(day, phone)
    assert (check_in.outcome, check_in.first_asked_at is not None) == ("answered", True)
    day.at("20:00")
    assert (day.texts(phone), day.calls(phone)) == ([], [])


def test_a_wrong_year_three_times_hears_the_number_and_nothing_about_health(day: ClinicDay) -> None:
    born_in_1955(day)
    caller = Caller({"born": ["1956", "1", "5519"]})
    calls(day, caller, "11:00", "11:05")
    assert day.rows(Answer) == []
    assert not day.rows(Call)[0].confirmed
    assert "2 0 2, 5 5 5, 0 1 0 0" in caller.heard[-1]
    assert not any(ABOUT_HEALTH.search(words) or "Ann" in words for words in caller.heard)


def test_a_slip_may_be_put_right(day: ClinicDay) -> None:
    born_in_1955(day)
    calls(day, Caller({"born": ["1956"]}), "11:00", "11:05")
    assert answers(day, PHONE) == GOOD_RELIEF


def test_without_a_year_the_given_name_is_asked_for(day: ClinicDay) -> None:
    phone = day.patient()
    caller = Caller()
    calls(day, caller, "07:10", "07:15")
    assert "Am I speaking with Ann?" in caller.heard[0]
    assert answers(day, phone) == GOOD_RELIEF


def test_a_call_of_ours_asks_for_the_name_whatever_the_roster_has(day: ClinicDay) -> None:
    born_in_1955(day)
    caller = Caller()
    day.carrier.add_person(PHONE, caller)
    day.at("16:10")
    assert "Am I speaking with Ann?" in caller.heard[0]


def test_in_spanish_too(day: ClinicDay) -> None:
    born_in_1955(day, "es")
    caller = Caller()
    calls(day, caller, "07:10", "07:15")
    assert "oprima el año en que nació" in caller.heard[0]
    assert answers(day, PHONE) == GOOD_RELIEF


def test_half_a_call_is_kept_and_the_planned_text_asks_the_rest(day: ClinicDay) -> None:
    phone = born_in_1955(day)
    calls(day, Caller({"warning": ["hang up"]}), "07:10", "07:15")
    assert answers(day, phone) == {"pain_now": Decimal(7)}
    day.at("10:05")
    assert day.texts(phone)[0].startswith("Harbor Clinic: Hello Ann. Any fever")
    for question in ("warning", "best", "hours", "medicine", "activity"):
        day.text(phone, IN_TEXTS[question])
    assert answers(day, phone) == GOOD_RELIEF


def test_calling_again_goes_on_where_it_stopped(day: ClinicDay) -> None:
    phone = born_in_1955(day)
    calls(day, Caller({"best": ["hang up"]}), "07:10", "07:15")
    caller = Caller()
    calls(day, caller, "08:00", "08:05")
    assert caller.heard[0] == YEAR
    assert [words for words in caller.heard if "right now" in words] == [], "that was answered"
    assert answers(day, phone) == GOOD_RELIEF


@pytest.mark.parametrize("keys", ["*0", "*9"])
def test_the_star_keys_work_before_anybody_is_known(day: ClinicDay, keys: str) -> None:
    born_in_1955(day)
    caller = Caller({"born": [keys]}, calls=[Ring()])
    calls(day, caller, "07:10", "07:15")
    kinds = {task.kind for task in day.rows(Task)}
    assert "callback" in kinds if keys == "*0" else caller.heard[1].startswith("Thank you for telling us.")
    assert not day.rows(Call)[0].confirmed or keys == "*9"


def test_the_day_before_nobody_is_asked_yet(day: ClinicDay) -> None:
    phone = born_in_1955(day)
    calls(day, Caller(), "22:00", "22:05", on=9)
    assert check_in_of(day, phone).state == "planned"
