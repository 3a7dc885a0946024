"""What would have made another proposal: true to the table, and the weightiest answer first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings

from followup.assessment import Inputs, Thresholds, decide, turns

from .test_table import GOOD, cases, thresholds

D = Decimal


def first(bars: Thresholds | None = None, **changes: object) -> tuple[str, str]:
    turn = turns(replace(GOOD, **changes), bars)[0]  # type: ignore[arg-type]
    return turn.words, turn.proposal.disposition


REPEAT, REVIEW, TESTING = "candidate_repeat", "provider_review", "candidate_further_testing"


@pytest.mark.parametrize(
    ("changes", "words", "then"),
    [
        ({}, "a lowest of 2", REVIEW),
        ({"best": D(3)}, "a lowest of 1.5", REPEAT),
        ({"best": D(5)}, "a lowest of 4", REVIEW),
        ({"baseline": D(9), "best": D(2)}, "a lowest of 1.5", REPEAT),
        ({"medicine": "window"}, "no pain medicine in the window", REPEAT),
        ({"medicine": None}, "no pain medicine in the window", REPEAT),
        ({"activity": False}, "usual activity done", REPEAT),
        ({"hours": D(1)}, "relief for 3 h or more", REPEAT),
        ({"hours": D(1), "agent": "lidocaine"}, "relief for 2 h or more", REPEAT),
        ({"prior_positive": 1}, "no earlier positive block", REPEAT),
        ({"sessions_12m": 4}, "fewer than 4 sessions in 12 months", REPEAT),
        ({"baseline": None}, "a score before of 5.5", REPEAT),
        ({"index_pain": False}, "scores about the usual pain", REPEAT),
        ({"intent": "therapeutic"}, "an injection meant as a test", REPEAT),
        ({"now": D(10)}, "a score now of 9.5", REPEAT),
        ({"best": None, "hours": None}, "a lowest of 1.5 for 3 h", REPEAT),
    ],
    ids=str,
)
def test_the_answer_the_proposal_hangs_on_comes_first(
    changes: dict[str, object], words: str, then: str
) -> None:
    assert first(**changes) == (words, then)


def test_the_distance_is_measured_to_the_clinics_own_bar() -> None:
    assert first(Thresholds(repeat_percent=D(50))) == ("a lowest of 4.5", TESTING)


def test_without_a_lowest_score_both_ways_are_named() -> None:
    found = [(t.words, t.proposal.disposition) for t in turns(replace(GOOD, best=None, hours=None))]
    assert found[:2] == [("a lowest of 1.5 for 3 h", REPEAT), ("a lowest of 4.5", TESTING)]


def test_two_doubts_at_once_are_not_made_one() -> None:
    """Taking either away leaves the other, so neither alone would change it."""
    both = turns(replace(GOOD, medicine="window", activity=False))
    assert {"no pain medicine in the window", "usual activity done"}.isdisjoint(t.words for t in both)


def test_a_warning_sign_and_silence_hang_on_no_score() -> None:
    assert turns(replace(GOOD, red_flag="neuro")) == ()
    assert turns(Inputs(contact="no_answer")) == ()


@settings(max_examples=200)
@given(cases, thresholds)
def test_every_turn_is_another_proposal_and_no_nonsense(inputs: Inputs, bars: Thresholds) -> None:
    made = decide(inputs, bars)
    for turn in turns(inputs, bars):
        assert turn.proposal.disposition != made.disposition
        assert "None" not in turn.words
        assert "E+" not in turn.words


@settings(max_examples=100)
@given(cases, thresholds)
def test_a_named_lowest_score_does_what_it_says(inputs: Inputs, bars: Thresholds) -> None:
    for turn in turns(inputs, bars):
        words = turn.words.split()
        if words[:3] == ["a", "lowest", "of"] and "for" not in words:
            assert decide(replace(inputs, best=D(words[3])), bars) == turn.proposal
