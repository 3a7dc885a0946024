"""Whole conversations, as scripts: what is asked after what, and what is recorded."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.assessment import reaches
from followup.protocol import (
    Answered,
    Course,
    Facts,
    advance,
    conclusions,
    contact,
    listening,
    next_question,
    record_only,
)
from followup.reading.model import Reading

from .said import a_range, answer, correction, facts, message, sign, talk, unclear, values

NO, YES = answer(False), answer(True)


def test_a_full_conversation_asks_everything_once_and_closes() -> None:
    heard, last = talk(answer(7), NO, answer(2), answer(6), YES, answer("after"), YES, about=(facts(10),))
    assert heard == [
        "asked pain_now",
        "asked warning_signs",
        "asked pain_best",
        "asked relief_hours",
        "asked took_medicine",
        "asked medicine_when",
        "asked usual_activity",
        "closed",
    ]
    assert conclusions(last.course.answers) == {
        "best": Decimal(2),
        "hours": Decimal(6),
        "now": Decimal(7),
        "medicine": "after",
        "activity": True,
        "index_pain": None,
        "range": False,
    }


def test_no_medicine_is_not_asked_when() -> None:
    heard, last = talk(answer(7), NO, answer(1), answer(6), NO, YES)
    assert "asked medicine_when" not in heard
    assert heard[-1] == "closed"
    assert conclusions(last.course.answers)["medicine"] == "none"


ASKED = [
    ("no relief at all", facts(7), [answer(7), NO, answer(7)], ""),
    ("worse at best", facts(5), [answer(7), NO, answer(6)], ""),
    ("some relief", facts(8), [answer(7), NO, answer(5)], "relief_hours took_medicine"),
    ("relief below the bar", facts(8), [answer(7), NO, answer(2)], "relief_hours took_medicine"),
    ("relief at the bar", facts(10), [answer(7), NO, answer(2)], "relief_hours took_medicine usual_activity"),
    ("lower bar", facts(8, bar=75), [answer(7), NO, answer(2)], "relief_hours took_medicine usual_activity"),
    ("good now, no best", facts(10), [answer(2), NO, unclear(), unclear()], "took_medicine usual_activity"),
    ("poor now, no best", facts(10), [answer(3), NO, unclear(), unclear()], ""),
    ("good now, none at best", facts(10), [answer(2), NO, answer(10)], "took_medicine"),
    ("baseline unknown", facts(None), [answer(7), NO, answer(2)], "relief_hours usual_activity"),
    ("treatment", facts(8, "therapeutic"), [answer(7), NO, answer(1)], "relief_hours"),
    ("treatment, none before", facts(None, "therapeutic"), [answer(7), NO, answer(1)], "relief_hours"),
]


@pytest.mark.parametrize(("about", "said", "more"), [a[1:] for a in ASKED], ids=[a[0] for a in ASKED])
def test_no_more_is_asked_than_the_table_can_use(about, said, more) -> None:
    _, last = talk(*said, about=(about,))
    asked, course = [], last.course
    while course.question:
        asked.append(course.question)
        value = Decimal(4) if course.question == "relief_hours" else False
        course = advance(course, answer(value), (about,)).course
    assert " ".join(asked) == more


halves = st.integers(0, 20).map(lambda n: Decimal(n) / 2)


@given(st.none() | halves, st.none() | halves, st.sampled_from([50, 75, 80]))
def test_the_conversation_and_the_table_mean_the_same_bar(before, score, bar: int) -> None:
    assert Facts(before, "diagnostic", Decimal(bar)).reached_by(score) == reaches(before, score, Decimal(bar))


def test_two_procedures_are_asked_what_either_needs() -> None:
    treated, tested = facts(8, "therapeutic"), facts(8)
    heard, last = talk(answer(7), NO, answer(1), answer(5), about=(treated, tested))
    assert heard[-1] == "asked took_medicine"
    assert next_question(last.course, (treated,)) == ""


def test_other_answers_in_the_same_message_are_kept_and_not_asked_again() -> None:
    beside = {
        "pain_best": Reading("answer", 2.0),
        "relief_hours": Reading("answer", 6.0, approx=True, low=5.0, high=7.0),
        "took_medicine": Reading("answer", False),
    }
    heard, last = talk(answer(7, slots=beside), NO, about=(facts(10),))
    assert heard[1:] == ["asked warning_signs", "asked usual_activity"]
    assert values(last.course)["pain_best"] == Decimal(2)
    assert values(last.course)["relief_hours"] == Decimal(6)
    assert last.course.answers["relief_hours"].flags == ("range",)


def test_a_range_in_passing_is_still_asked_about() -> None:
    heard, _ = talk(answer(7, slots={"pain_best": Reading("answer", 2.5, approx=True, low=2, high=3)}), NO)
    assert heard[-1] == "asked pain_best"


def test_a_denial_in_passing_does_not_replace_the_warning_question() -> None:
    heard, _ = talk(answer(2, slots={"warning_signs": Reading("answer", False)}, signs=(sign(denied=True),)))
    assert heard[-1] == "asked warning_signs"


# Ranges.


def test_a_range_is_asked_back_once_and_the_upper_value_kept() -> None:
    heard, last = talk(a_range(1, 2), a_range(1, 2))
    assert heard == ["asked pain_now", "asked_back pain_now", "asked warning_signs"]
    assert last.record == (Answered("pain_now", Decimal(2), True, ("range",), Decimal("1"), Decimal("2")),)
    assert conclusions(last.course.answers)["range"] is True


def test_a_range_asked_back_and_settled_is_an_ordinary_score() -> None:
    heard, last = talk(a_range(3, 4), answer(3))
    assert heard[-1] == "asked warning_signs"
    assert last.record == (Answered("pain_now", Decimal(3)),)


def test_a_range_wider_than_one_point_said_twice_counts_as_unclear() -> None:
    heard, last = talk(a_range(3, 5), a_range(3, 5), a_range(3, 5))
    assert heard[1:] == ["asked_back pain_now", "asked_again pain_now", "asked warning_signs"]
    assert last.hand_over
    assert last.course.unusable == {"pain_now"}


def test_two_to_eight_twice_gives_the_question_up() -> None:
    heard, last = talk(a_range(2, 8), a_range(2, 8))
    assert heard[1:] == ["asked_back pain_now", "asked warning_signs"]
    assert last.hand_over
    assert "pain_now" not in last.course.answers


def test_the_range_asked_back_is_named() -> None:
    _, last = talk(a_range(1, 2))
    assert (last.low, last.high) == (Decimal(1), Decimal(2))


def test_a_range_of_hours_keeps_the_midpoint() -> None:
    heard, last = talk(answer(7), NO, answer(2), a_range(4, 6))
    assert heard[-1] == "asked took_medicine"
    assert last.record[0].value == Decimal(5)
    assert last.record[0].flags == ("range",)


# Unclear.


def test_unclear_twice_goes_on_with_what_is_known_and_hands_over() -> None:
    heard, last = talk(answer(7), NO, unclear(), unclear(), about=(facts(8),))
    assert heard[3:] == ["asked_again pain_best", "handed_over"]
    assert last.hand_over
    assert conclusions(last.course.answers)["best"] is None


def test_a_clear_reply_between_questions_starts_the_count_anew() -> None:
    heard, last = talk(unclear(), answer(7), unclear())
    assert heard[1:] == ["asked_again pain_now", "asked warning_signs", "asked_again warning_signs"]
    assert not last.course.unusable


@pytest.mark.parametrize("about", ["other_body_part", "soreness"])
def test_only_another_pain_twice_is_recorded_as_not_the_usual_pain(about: str) -> None:
    heard, last = talk(unclear("soreness"), unclear(about))
    assert heard[-1] == "asked warning_signs"
    assert last.record == (Answered("index_pain", False),)
    assert conclusions(last.course.answers)["index_pain"] is False


def test_another_pain_once_and_gibberish_once_says_nothing_of_the_usual_pain() -> None:
    _, last = talk(unclear("soreness"), unclear())
    assert last.record == ()
    assert conclusions(last.course.answers)["index_pain"] is None


def test_medicine_taken_at_a_time_nobody_told_is_unsure() -> None:
    _, last = talk(answer(7), NO, answer(2), answer(6), YES, unclear(), unclear())
    assert last.outcome == "handed_over"
    assert conclusions(last.course.answers)["medicine"] == "unsure"


def test_asking_to_hear_it_again_is_not_an_unclear_reply() -> None:
    heard, last = talk(message(repeat=True), message(repeat=True), message(repeat=True))
    assert heard[-1] == "asked pain_now"
    assert last.course.tries == 0


# Warning signs.


def test_a_bare_yes_to_warning_signs_asks_which_and_takes_any_words() -> None:
    heard, last = talk(answer(7), YES, unclear())
    assert heard[2:] == ["asked warning_signs_which", "asked pain_best"]
    assert values(last.course)["warning_signs_which"] == "told"
    assert not last.hand_over


def test_a_named_sign_is_not_asked_which() -> None:
    heard, last = talk(answer(7), answer(True, flags=("neuro",), signs=(sign(),)))
    assert heard[-1] == "asked pain_best"
    assert last.course.answers["warning_signs"].flags == ("neuro",)


def test_a_sign_told_with_a_score_is_kept_and_the_list_not_asked() -> None:
    heard, last = talk(answer(7, signs=(sign("seizure", ""),)))
    assert heard[-1] == "asked pain_best"
    assert last.course.answers["warning_signs"] == Answered("warning_signs", True, flags=("seizure",))


def test_a_sign_instead_of_a_score_is_not_an_unclear_reply() -> None:
    heard, last = talk(unclear(signs=(sign(),)))
    assert heard[-1] == "unchanged pain_now"
    assert last.course.tries == 0
    assert last.course.value("warning_signs") is True


def test_a_sign_told_after_a_no_replaces_the_no() -> None:
    _, last = talk(answer(7), NO, answer(2, signs=(sign(),)))
    assert last.course.value("warning_signs") is True


def test_which_one_can_be_asked_to_be_said_again() -> None:
    heard, _ = talk(answer(7), YES, message(repeat=True))
    assert heard[-1] == "asked warning_signs_which"


# Corrections.


def test_sorry_six_corrects_the_previous_answer_and_asks_the_open_question_again() -> None:
    heard, last = talk(answer(7), correction(6))
    assert heard[1:] == ["asked warning_signs", "asked warning_signs"]
    assert last.record == (Answered("pain_now", Decimal(6)),)
    assert values(last.course) == {"pain_now": Decimal(6)}


def test_a_number_taken_back_behind_a_no_corrects_the_pain_now_and_asks_for_the_lowest_again() -> None:
    taken_back = replace(answer(6), amends=Reading("answer", 6), amended="pain_now")
    heard, last = talk(answer(7), NO, taken_back)
    assert heard[-2:] == ["asked pain_best", "asked pain_best"]
    assert last.record == (Answered("pain_now", Decimal(6)),)
    assert "pain_best" not in last.course.answers


def test_a_correction_keeps_the_count_of_unclear_replies() -> None:
    _, last = talk(answer(7), unclear(), correction(6))
    assert last.course.tries == 1


def test_a_correction_can_make_the_open_question_needless() -> None:
    heard, last = talk(answer(7), NO, answer(2), correction(8), about=(facts(8),))
    assert heard[-2:] == ["asked relief_hours", "closed"]
    assert values(last.course)["pain_best"] == Decimal(8)


def test_a_correction_after_the_last_question_can_ask_more() -> None:
    heard, _ = talk(answer(7), NO, answer(8), correction(1), about=(facts(8),))
    assert heard[-2:] == ["closed", "asked relief_hours"]


def test_a_correction_that_is_a_range_is_asked_back() -> None:
    heard, last = talk(answer(7), correction(3.5, approx=True, low=3, high=4), answer(4))
    assert heard[-2:] == ["asked_back pain_now", "asked warning_signs"]
    assert values(last.course)["pain_now"] == Decimal(4)


def test_a_correction_before_any_answer_changes_nothing() -> None:
    heard, _ = talk(correction(6))
    assert heard[-1] == "unchanged pain_now"


def test_the_reader_is_told_the_open_question_and_the_one_before() -> None:
    _, after_signs = talk(answer(7), NO)
    assert listening(after_signs.course) == ("pain_best", "warning_signs")
    _, which = talk(answer(7), YES)
    assert listening(which.course) == ("", "warning_signs")
    assert listening(Course("pain_now")) == ("pain_now", "")


# STOP, a call wanted, and what is not an answer.


def test_a_score_beside_stop_is_recorded_and_nothing_more_asked() -> None:
    heard, last = talk(answer(8, intent="opt_out"))
    assert heard[-1] == "closed"
    assert last.record == (Answered("pain_now", Decimal(8)),)
    assert not last.hand_over


def test_a_score_beside_call_me_is_recorded_and_a_person_takes_over() -> None:
    heard, last = talk(answer(8, intent="callback"))
    assert heard[-1] == "handed_over"
    assert last.hand_over
    assert values(last.course) == {"pain_now": Decimal(8)}


def test_call_me_with_a_narrow_range_keeps_its_upper_value() -> None:
    step = record_only(Course("pain_now"), answer(3.5, intent="callback", approx=True, low=3, high=4))
    assert step.record[0].value == Decimal(4)


def test_after_a_call_was_wanted_nothing_is_asked_whatever_comes() -> None:
    heard, last = talk(answer(8, intent="callback"), unclear(slots={"pain_best": Reading("answer", 2.0)}))
    assert heard[-1] == "unchanged"
    assert values(last.course)["pain_best"] == Decimal(2)


@pytest.mark.parametrize("intent", ["wrong_person", "help", "opt_in"])
def test_help_and_wrong_numbers_leave_the_conversation_where_it_was(intent: str) -> None:
    heard, last = talk(message(Reading(intent)))
    assert heard[-1] == "unchanged pain_now"
    assert last.course.tries == 0


def test_the_same_message_at_the_same_standing_makes_the_same_step() -> None:
    course = Course("pain_now")
    assert advance(course, answer(7), (facts(),)) == advance(course, answer(7), (facts(),))
    assert course == Course("pain_now")


def test_a_correction_after_a_call_was_wanted_is_kept_but_reopens_nothing() -> None:
    heard, _ = talk(answer(7), message(Reading("callback")), correction(6))
    assert heard[-2:] == ["handed_over", "unchanged"]


def test_an_answer_once_given_is_only_changed_by_a_correction() -> None:
    _, last = talk(answer(7), NO, answer(2, slots={"pain_now": Reading("answer", 3.0)}))
    assert values(last.course)["pain_now"] == Decimal(7)


# How it ended.


@pytest.mark.parametrize(
    ("said", "ended", "expected"),
    [
        ([], "no_answer", "no_answer"),
        ([answer(7)], "no_answer", "answered"),
        ([answer(7)], "undeliverable", "answered"),
        ([unclear(), unclear()], "no_answer", "unclear"),
        ([unclear(), unclear(), NO, answer(2)], "no_answer", "answered"),
        ([a_range(2, 8), a_range(2, 8)], "no_answer", "unclear"),
        ([unclear("soreness"), unclear("soreness")], "no_answer", "answered"),
        ([unclear()], "no_answer", "unclear"),
        ([answer(7)], "opt_out", "opt_out"),
        ([answer(7)], "callback", "callback"),
        ([answer(7)], "wrong_person", "wrong_person"),
    ],
)
def test_the_contact_is_what_was_said_or_how_it_ended(said, ended: str, expected: str) -> None:
    _, last = talk(*said)
    assert contact(last.course, ended) == expected
