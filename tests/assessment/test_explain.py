"""The words beside a proposal: true to the numbers, and never more sure than the table."""

import re
from dataclasses import replace
from decimal import Decimal

from hypothesis import given

from followup.assessment import Inputs, Thresholds, decide, explain, what_if

from .test_table import GOOD, cases, thresholds

D = Decimal


def words(bars: Thresholds | None = None, **changes: object) -> str:
    inputs = replace(GOOD, **changes)  # type: ignore[arg-type]
    return explain(decide(inputs, bars), inputs, bars)


def test_a_repeat_is_explained_with_its_numbers_and_its_bar() -> None:
    assert words() == (
        "Candidate for confirmatory block: earliest 14 days after the procedure. Before 8. "
        "Lowest 1, relief 87.5 % for 6 h. Now 7, relief 12.5 %. Rule 15 of facet-v1, this clinic's bar 80 %."
    )


def test_a_doubtful_relief_says_what_else_may_explain_it() -> None:
    text = words(medicine="window", activity=False)
    assert "something else may explain the relief: pain medicine in the window and no usual activity." in text
    assert "pain medicine not known" in words(medicine="unsure")


def test_cautions_are_spelled_out() -> None:
    text = words(best=D(5), prior_positive=1)
    assert "Caution: some relief (30 % or more); discordant: an earlier block was positive." in text


def test_a_relief_just_under_the_bar_is_not_rounded_up_to_it() -> None:
    assert "relief 77.7 %" in words(baseline=D(9), best=D(2))
    assert "relief 79.9 %" in words(baseline=D(10), best=D("2.001"))
    assert "relief -50 %" in words(baseline=D(6), now=D(9))


def test_a_warning_sign_and_a_missing_answer_read_as_sentences() -> None:
    assert words(red_flag="bladder_bowel").startswith(
        "Call now: a warning sign was reported (bladder bowel)."
    )
    assert explain(decide(none := Inputs(contact="no_answer")), none).startswith(
        "Call: not reached: no answer."
    )


@given(cases, thresholds)
def test_every_proposal_can_be_explained_and_claims_nothing(inputs: Inputs, bars: Thresholds) -> None:
    text = explain(decide(inputs, bars), inputs, bars)
    assert text.endswith(" %.")
    assert not re.search(r"[{}]|None|confirmed|worked|E\+|facet pain", text)


def test_other_bars_are_named_only_where_they_change_the_proposal() -> None:
    others = what_if(replace(GOOD, baseline=D(9), best=D(2)))
    assert [(int(o.repeat_percent), o.proposal.disposition) for o in others] == [
        (50, "candidate_repeat"),
        (75, "candidate_repeat"),
    ]
    assert what_if(GOOD) == ()
    assert what_if(replace(GOOD, best=D(4)), Thresholds(repeat_percent=D(50)))[0].repeat_percent == 75
