"""`followup assess`: one line in, one out, and a sentence when it cannot be read."""

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from followup.assessment import Inputs, Thresholds, assess_line, in_sentences

LINE = {
    "id": "p1",
    "baseline": 8,
    "best": 1,
    "hours": 6,
    "now": 7,
    "medicine": "none",
    "intent": "diagnostic",
}


def error(**changes: Any) -> str:
    answer = assess_line({**LINE, **changes})
    assert answer.keys() == {"id", "error"}
    assert answer["id"] == "p1"
    return str(answer["error"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"baseline": 11}, "baseline is 11: write a number from 0 to 10, or null when not known."),
        ({"now": -1}, "now is -1: write a number from 0 to 10, or null when not known."),
        ({"best": "2"}, 'best is "2": write a number from 0 to 10, or null when not known.'),
        ({"best": True}, "best is true: write a number from 0 to 10, or null when not known."),
        ({"best": float("nan")}, "best is NaN: write a number from 0 to 10, or null when not known."),
        ({"hours": float("inf")}, "hours is Infinity: write a number from 0 to 168, or null when not known."),
        ({"medicine": "yes"}, 'medicine is "yes": write one of none, window, after, unsure.'),
        ({"agent": "water"}, 'agent is "water": write one of lidocaine, bupivacaine, ropivacaine, other.'),
        ({"intent": ["x"]}, 'intent is ["x"]: write one of diagnostic, therapeutic.'),
        ({"activity": "yes"}, 'activity is "yes": write true, false or null.'),
        ({"index_pain": 1}, "index_pain is 1: write true, false or null."),
        (
            {"sessions_12m": 1.5},
            "sessions_12m is 1.5: write a whole number from 0 to 999, or null when not known.",
        ),
        ({"red_flag": True}, "red_flag is true: write the name of a flag, such as neuro, or null."),
        ({"red_flag": ""}, 'red_flag is "": write the name of a flag, such as neuro, or null.'),
        ({"basline": 8}, "'basline' is not a key: did you mean 'baseline'?"),
        (
            {"thresholds": {"repeat_percent": 20}},
            "repeat_percent is 20: write a number of percent from 50 to 100.",
        ),
        (
            {"thresholds": {"session_cap": 2.5}},
            "session_cap is 2.5: write a whole number of sessions from 1 to 50.",
        ),
        (
            {"thresholds": {"partial_percent": 90}},
            "partial_percent (90) is above repeat_percent (80): lower it to 80 or less.",
        ),
        (
            {"thresholds": {"further_testing_below": 60}},
            "further_testing_below (60) is above partial_percent (50): lower it to 50 or less.",
        ),
        (
            {"thresholds": {"min_hours": {"lidocaine": -1}}},
            "lidocaine is -1: write a number of hours from 0 to 48.",
        ),
        ({"thresholds": 80}, "thresholds is 80: write a table of names and numbers."),
    ],
)
def test_a_bad_line_is_answered_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert error(**changes) == sentence


def test_a_misspelt_bar_is_named_with_the_right_ones() -> None:
    assert error(thresholds={"repeat": 80}).startswith(
        "thresholds has no 'repeat': the names are repeat_percent,"
    )
    assert error(thresholds={"min_hours": {"lido": 1}}).startswith(
        "min_hours has no 'lido': the names are lidocaine,"
    )


def test_contact_is_one_of_its_words() -> None:
    assert error(contact="maybe").startswith('contact is "maybe": write one of answered, no_answer, unclear,')


@pytest.mark.parametrize("line", [None, 7, "x", [1]])
def test_a_line_that_is_no_object_is_said_so(line: Any) -> None:
    assert assess_line(line) == {
        "id": None,
        "error": "The line is not an object: write one {…} of names and values a line.",
    }


def test_other_keys_of_the_line_are_left_alone() -> None:
    assert assess_line({**LINE, "post_score": 2, "note": "x"}) == assess_line(LINE)


def test_an_answer_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(assess_line(LINE)))["pw"] == 87.5


def test_the_line_s_bars_change_only_what_they_name() -> None:
    own = Thresholds(min_hours={"default": 7})
    assert assess_line(LINE, own)["reason"] == "duration"
    assert assess_line({**LINE, "thresholds": {"repeat_percent": 75}}, own)["reason"] == "duration"
    assert (
        assess_line({**LINE, "thresholds": {"min_hours": {"default": 5}}}, own)["reason"]
        == "relief_80_sustained"
    )


def test_numbers_are_taken_as_written() -> None:
    assert Inputs.parse({"best": 1.5, "prior_positive": True}) == Inputs(
        best=Decimal("1.5"), prior_positive=1
    )


def test_thresholds_come_back_from_storage_as_they_went() -> None:
    bars = Thresholds(repeat_percent=75, min_hours={"ropivacaine": 4.5})
    assert Thresholds.model_validate(json.loads(bars.model_dump_json())) == bars


def test_several_faults_of_a_clinic_file_are_all_told() -> None:
    with pytest.raises(ValidationError) as caught:
        Thresholds(repeat_percent="high", session_cap=0)
    assert in_sentences(caught.value) == (
        "repeat_percent is 'high': write a number of percent from 50 to 100. "
        "session_cap is 0: write a whole number of sessions from 1 to 50."
    )
