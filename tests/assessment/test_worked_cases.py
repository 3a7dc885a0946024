"""The acceptance table: worked by hand, then asked of the program.

Unless a case says otherwise: bupivacaine, no pain medicine, usual activity done, no earlier positive
block, first session in 12 months, diagnostic.
"""

from typing import Any

import pytest

from followup.assessment import assess_line

USUAL: dict[str, Any] = {
    "agent": "bupivacaine",
    "medicine": "none",
    "activity": True,
    "index_pain": True,
    "intent": "diagnostic",
    "prior_positive": 0,
    "sessions_12m": 1,
    "red_flag": None,
    "contact": "answered",
}


def case(baseline: float | None, best: float | None, hours: float | None, now: float | None, **more: Any):
    return {**USUAL, "baseline": baseline, "best": best, "hours": hours, "now": now, **more}


REPEAT, TESTING, REVIEW = "candidate_repeat", "candidate_further_testing", "provider_review"
URGENT, UNREACHABLE = "urgent_call", "unreachable_call"
SUSTAINED, BELOW = "relief_80_sustained", "relief_below_50"

WORKED = [
    ("1 high relief, back the next day", case(8, 1, 6, 7), 87.5, 12.5, REPEAT, SUSTAINED, [], "15"),
    ("2 exactly at the bar", case(10, 2, 4, 8), 80.0, 20.0, REPEAT, SUSTAINED, [], "15"),
    ("3 no rounding up", case(9, 2, 4, 7), 77.78, 22.22, REVIEW, "partial_relief", [], "10"),
    ("4 exactly half", case(6, 3, 4, 6), 50.0, 0.0, REVIEW, "partial_relief", [], "10"),
    ("5 some relief", case(8, 5, 3, 7), 37.5, 12.5, TESTING, BELOW, ["some_relief"], "9"),
    ("6 none at all", case(7, 7, 0, 7), 0.0, 0.0, TESTING, BELOW, [], "9"),
    ("7 delayed", case(7, 6, 0, 2), 14.29, 71.43, REVIEW, "delayed_relief", [], "8"),
    ("8 low before", case(3, 0, 6, 2), 100.0, 33.33, REVIEW, "baseline_low", [], "5"),
    ("9 not known before", case(None, 1, 6, 2), None, None, REVIEW, "baseline_missing", [], "5"),
    ("10 oxycodone in it", case(8, 1, 5, 6, medicine="window"), 87.5, 25.0, REVIEW, "confounded", [], "11"),
    (
        "11 acetaminophen at bedtime",
        case(8, 1, 5, 6, medicine="after"),
        87.5, 25.0, REPEAT, SUSTAINED, ["med_after_window"], "15",
    ),
    (
        "12 ibuprofen, little relief",
        case(8, 6, 2, 7, medicine="window"),
        25.0, 12.5, TESTING, BELOW, ["analgesic_in_window"], "9",
    ),
    ("13 half an hour", case(5, 1, 0.5, 5, agent="lidocaine"), 80.0, 0.0, REVIEW, "duration", [], "12"),
    (
        "14 second positive",
        case(8, 1, 6, 7, prior_positive=1, sessions_12m=2),
        87.5, 12.5, REVIEW, "two_positive", [], "13",
    ),
    (
        "15 positive, then not",
        case(8, 6, 1, 8, prior_positive=1, sessions_12m=2),
        25.0, 0.0, TESTING, BELOW, ["discordant_with_prior"], "9",
    ),
    ("16 worse now", case(6, 1, 5, 9), 83.33, -50.0, REVIEW, "pain_worse", [], "3"),
    ("17 only now", case(8, None, None, 7), None, 12.5, REVIEW, "window_missing", [], "7a"),
    (
        "18 only now, still gone",
        case(8, None, None, 1),
        None, 87.5, REPEAT, SUSTAINED, ["window_not_recorded"], "15",
    ),
    (
        "19 cannot urinate",
        case(7, 0, 6, 3, red_flag="bladder_bowel"),
        100.0, 57.14, URGENT, "red_flag:bladder_bowel", [], "1",
    ),
    (
        "20 no reply",
        case(8, None, None, None, contact="no_answer"),
        None, None, UNREACHABLE, "no_answer", [], "2",
    ),
    ("half a point", case(8, 1.5, 5, 6), 81.25, 25.0, REPEAT, SUSTAINED, [], "15"),
    ("a range kept", case(8, 2, 5, 6, range=True), 75.0, 25.0, REVIEW, "partial_relief", ["range"], "10"),
    ("from 4 to 1", case(4, 1, 5, 4), 75.0, 0.0, REVIEW, "partial_relief", [], "10"),
    ("in bed", case(7, 0, 6, 4, activity=False), 100.0, 42.86, REVIEW, "confounded", [], "11"),
    ("fourth session", case(9, 1, 4, 6, sessions_12m=4), 88.89, 33.33, REVIEW, "session_cap", [], "14"),
    (
        "fever, no score",
        case(8, None, None, None, red_flag="infection"),
        None, None, URGENT, "red_flag:infection", [], "1",
    ),
    (
        "unclear twice",
        case(8, None, None, None, contact="unclear"),
        None, None, UNREACHABLE, "unclear", [], "2",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "pw", "pn", "disposition", "reason", "flags", "row"),
    [worked[1:] for worked in WORKED],
    ids=[worked[0] for worked in WORKED],
)
def test_a_worked_case_comes_out_as_worked(line, pw, pn, disposition, reason, flags, row) -> None:
    assert assess_line({"id": "c", **line}) == {
        "id": "c",
        "disposition": disposition,
        "reason": reason,
        "flags": flags,
        "pw": None if pw is None else pytest.approx(pw, abs=0.005),
        "pn": None if pn is None else pytest.approx(pn, abs=0.005),
        "rule": f"{row}/facet-v1",
    }
