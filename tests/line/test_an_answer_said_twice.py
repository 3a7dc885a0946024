"""Both copies of a question arrive and both are answered: the second answer is nobody's next answer."""

from __future__ import annotations

import pytest

from followup.store.models import Answer, Inbound, Outbound
from tests.clinic_day import ClinicDay


def asked_twice_for_the_lowest(day: ClinicDay) -> str:
    """A patient whose question about the lowest pain was in doubt, and left once more."""
    phone = day.patient()
    day.at("10:01")
    day.text(phone, "7")
    day.carrier.fault_next("answer_lost")
    day.text(phone, "N")
    day.at("10:20")
    (row,) = day.rows(Outbound, Outbound.question == "pain_best")
    assert (row.channel, row.attempts, row.delivery) == ("text", 2, "delivered")
    return phone


def answers(day: ClinicDay) -> list[tuple[str, float | str]]:
    given = day.rows(Answer)
    return [(a.question, a.word if a.number is None else float(a.number)) for a in given]


def test_the_second_copy_of_an_answer_is_not_taken_for_hours(day: ClinicDay) -> None:
    phone = asked_twice_for_the_lowest(day)
    day.text(phone, "1")
    hours = day.texts(phone)[-1]
    day.text(phone, "1")
    assert answers(day)[2:] == [("pain_best", 1.0)]
    assert day.texts(phone)[-1] in hours, "the open question, without the thanks"
    assert day.rows(Inbound)[-1].intent == "unclear"
    day.text(phone, "6")
    assert answers(day)[3:] == [("relief_hours", 6.0)]


def test_said_a_third_time_it_is_the_answer(day: ClinicDay) -> None:
    phone = asked_twice_for_the_lowest(day)
    for _ in range(3):
        day.text(phone, "1")
    assert answers(day)[2:] == [("pain_best", 1.0), ("relief_hours", 1.0)]


@pytest.mark.parametrize("second", ["1 hour", "2"])
def test_other_words_answer_the_open_question_at_once(day: ClinicDay, second: str) -> None:
    phone = asked_twice_for_the_lowest(day)
    day.text(phone, "1")
    day.text(phone, second)
    assert answers(day)[3:] == [("relief_hours", float(second[0]))]


def test_the_same_words_a_good_while_later_are_the_answer(day: ClinicDay) -> None:
    phone = asked_twice_for_the_lowest(day)
    day.text(phone, "1")
    day.at("10:40")
    day.text(phone, "1")
    assert answers(day)[3:] == [("relief_hours", 1.0)]


def test_after_a_question_that_left_once_the_same_words_are_the_answer(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:01")
    for body in ("7", "N", "1", "1"):
        day.text(phone, body)
    assert answers(day)[2:] == [("pain_best", 1.0), ("relief_hours", 1.0)]
