"""Blocks side by side: which count, what is met, what is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from followup.assessment import Inputs, Thresholds
from followup.assessment.series import (
    MET,
    MISSING,
    NOT_MET,
    Block,
    judge,
    prior_positive,
    series_of,
    sessions_12m,
)

BARS = Thresholds()
FIRST, SECOND = date(2026, 2, 2), date(2026, 3, 9)


def block(on: date, best: str | None = "1", **about: Any) -> Block:
    levels = about.pop("levels", ("L4-L5", "L5-S1"))
    side = about.pop("side", "both")
    inputs = {
        "baseline": Decimal(8),
        "best": None if best is None else Decimal(best),
        "hours": Decimal(6),
        "now": Decimal(7),
        "medicine": "none",
        "activity": True,
        "agent": "bupivacaine",
        "intent": "diagnostic",
    } | about
    return Block(f"P-{on:%m%d}", on, levels, side, Inputs(**inputs))


@pytest.mark.parametrize(
    ("about", "shows"),
    [
        ({}, "positive"),
        ({"best": "2", "baseline": Decimal(10)}, "positive"),  # the bar itself
        ({"best": "2", "baseline": Decimal(9)}, "negative"),  # 77.8 % is not rounded up
        ({"best": "6"}, "negative"),
        ({"medicine": "window"}, "not clear"),
        ({"hours": Decimal(1)}, "not clear"),
        ({"baseline": None}, "not clear"),
        ({"best": None, "now": None, "contact": "no_answer"}, "not clear"),
        ({"now": Decimal(10)}, "positive"),  # worse the next day: the first hours stand
        ({"red_flag": "neuro"}, "positive"),
        ({"best": None, "now": Decimal(1)}, "positive"),  # still relieved the next day
        ({"prior_positive": 2, "sessions_12m": 9}, "positive"),  # judged by itself
    ],
)
def test_a_block_is_judged_by_the_decision_table_as_if_it_were_the_first(
    about: dict[str, Any], shows: str
) -> None:
    assert judge(block(FIRST, **about), BARS).shows == shows


def test_an_earlier_positive_block_at_the_same_place_is_counted() -> None:
    assert prior_positive(block(SECOND), [block(FIRST), block(SECOND)], BARS) == 1


@pytest.mark.parametrize(
    "earlier",
    [
        block(FIRST, "6"),
        block(FIRST, intent="therapeutic"),
        block(FIRST, side="left", levels=("L2-L3",)),
        block(SECOND),
    ],
    ids=["negative", "treatment", "another level", "the same day"],
)
def test_what_is_no_earlier_positive_block_of_the_place_is_not_counted(earlier: Block) -> None:
    assert prior_positive(block(SECOND), [earlier], BARS) == 0


def test_one_side_meets_both_sides() -> None:
    assert prior_positive(block(SECOND, side="left"), [block(FIRST)], BARS) == 1
    assert prior_positive(block(SECOND, side="left"), [block(FIRST, side="right")], BARS) == 0


def test_a_block_without_a_place_counts_everywhere_so_that_a_provider_looks() -> None:
    assert prior_positive(block(SECOND), [block(FIRST, levels=(), side="")], BARS) == 1


def test_sessions_are_days_of_the_same_intent_within_twelve_months() -> None:
    others = [
        block(date(2025, 3, 9)),  # a year ago to the day: out
        block(date(2025, 3, 10)),
        block(FIRST),
        block(FIRST, levels=("L2-L3",)),  # the same day: one session
        block(date(2026, 2, 20), intent="therapeutic"),
        block(date(2026, 4, 1)),  # later than this one
    ]
    assert sessions_12m(block(SECOND), others) == 3


def test_a_leap_day_has_a_year_before_it() -> None:
    leap = date(2028, 2, 29)
    assert sessions_12m(block(leap), [block(date(2027, 2, 28)), block(date(2027, 3, 1))]) == 2


def test_two_positive_blocks_two_weeks_apart_meet_the_criteria() -> None:
    (series,) = series_of([block(SECOND), block(FIRST)], BARS)
    assert [j.block.on for j in series.blocks] == [FIRST, SECOND]
    assert (series.interval, series.sessions_12m, series.verdict) == (35, 2, MET)
    assert series.places == (("left", "L4-L5"), ("left", "L5-S1"), ("right", "L4-L5"), ("right", "L5-S1"))


def test_one_block_says_that_the_second_is_missing() -> None:
    (series,) = series_of([block(FIRST)], BARS)
    assert series.verdict == MISSING
    assert [(c.asks.split(":")[0].split(",")[0], c.state) for c in series.criteria if c.state != MET] == [
        ("Second block", MISSING),
        ("At least 14 days between the two", MISSING),
    ]


def test_a_second_block_too_soon_is_not_met_and_says_how_soon() -> None:
    (series,) = series_of([block(FIRST), block(date(2026, 2, 15))], BARS)
    assert series.verdict == NOT_MET
    assert [c.found for c in series.criteria if c.state == NOT_MET] == ["13 days"]


def test_a_negative_second_block_is_not_met() -> None:
    (series,) = series_of([block(FIRST), block(SECOND, "6")], BARS)
    assert [c.asks.split(":")[0] for c in series.criteria if c.state == NOT_MET] == ["Second block"]


def test_a_missing_baseline_is_missing_and_a_low_one_is_not_met() -> None:
    (unknown,) = series_of([block(FIRST, baseline=None), block(SECOND)], BARS)
    assert unknown.verdict == MISSING
    assert "scores missing for P-0202" in [c.found for c in unknown.criteria]
    (low,) = series_of([block(FIRST, baseline=Decimal(3)), block(SECOND)], BARS)
    assert low.verdict == NOT_MET


def test_five_sessions_are_over_the_cap() -> None:
    days = [date(2026, month, 2) for month in range(1, 6)]
    (series,) = series_of([block(on) for on in days], BARS)
    assert [c.found for c in series.criteria if c.state == NOT_MET] == ["5 so far"]


def test_places_with_other_blocks_are_series_of_their_own() -> None:
    left, both = block(FIRST, side="left"), block(SECOND)
    longer, shorter = series_of([left, both], BARS)
    assert longer.places == (("left", "L4-L5"), ("left", "L5-S1"))
    assert [j.block.reference for j in longer.blocks] == ["P-0202", "P-0309"]
    assert shorter.places == (("right", "L4-L5"), ("right", "L5-S1"))
    assert [j.block.reference for j in shorter.blocks] == ["P-0309"]


def test_treatment_is_no_part_of_a_series() -> None:
    assert series_of([block(FIRST, intent="therapeutic")], BARS) == ()


def test_an_early_negative_block_does_not_spoil_a_later_pair_and_one_in_between_does() -> None:
    early, first, second = block(date(2025, 11, 3), "6"), block(FIRST), block(SECOND)
    assert series_of([early, first, second], BARS)[0].verdict == MET
    between = block(date(2026, 2, 20), "6")
    assert series_of([first, between, second], BARS)[0].verdict == NOT_MET
