"""Row by row: which input moves a case, and exactly where."""

import json
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.assessment import (
    CONTACTS,
    DISPOSITIONS,
    RULES,
    RULES_VERSION,
    Inputs,
    MinHours,
    Thresholds,
    decide,
    reaches,
    relief,
)
from followup.assessment.inputs import AGENTS, INTENTS, MEDICINES

D = Decimal
# High relief for long enough, nothing against it: row 15 unless a test spoils it.
GOOD = Inputs(
    baseline=D(8),
    best=D(1),
    hours=D(6),
    now=D(7),
    medicine="none",
    activity=True,
    index_pain=True,
    agent="bupivacaine",
    intent="diagnostic",
)


def outcome(inputs: Inputs, bars: Thresholds | None = None) -> tuple[str, str]:
    proposal = decide(inputs, bars)
    return proposal.disposition, proposal.reason


def reason(**changes: object) -> str:
    return decide(replace(GOOD, **changes)).reason  # type: ignore[arg-type]


def flags(**changes: object) -> tuple[str, ...]:
    return decide(replace(GOOD, **changes)).flags  # type: ignore[arg-type]


# Boundaries.


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"baseline": D(10), "best": D(2)}, "relief_80_sustained"),
        ({"baseline": D(10), "best": D("2.5")}, "partial_relief"),
        ({"baseline": D(10), "best": D(5)}, "partial_relief"),
        ({"baseline": D(10), "best": D("5.5")}, "relief_below_50"),
        ({"baseline": D(9), "best": D("1.5")}, "relief_80_sustained"),
        ({"baseline": D(9), "best": D(2)}, "partial_relief"),
        ({"baseline": D(4), "best": D("0.5"), "now": D(4)}, "relief_80_sustained"),
        ({"baseline": D("3.5"), "best": D(0), "now": D(3)}, "baseline_low"),
        ({"baseline": D(0), "best": D(0), "now": D(0)}, "baseline_low"),
        ({"baseline": D(7), "best": D(6), "now": D("3.5")}, "delayed_relief"),
        ({"baseline": D(7), "best": D(6), "now": D(4)}, "relief_below_50"),
        ({"now": D(10)}, "pain_worse"),
        ({"now": D("9.5")}, "relief_80_sustained"),
        ({"baseline": D(9), "now": D(10)}, "pain_worse"),
        ({"baseline": D(10), "now": D(10)}, "relief_80_sustained"),
        ({"hours": D(3)}, "relief_80_sustained"),
        ({"hours": D("2.5")}, "duration"),
        ({"hours": D(2), "agent": "lidocaine"}, "relief_80_sustained"),
        ({"hours": D("1.5"), "agent": "lidocaine"}, "duration"),
        ({"hours": D(2), "agent": None}, "duration"),
        ({"hours": None}, "duration"),
        ({"hours": D(0)}, "duration"),
        ({"sessions_12m": 3}, "relief_80_sustained"),
        ({"sessions_12m": 4}, "session_cap"),
        ({"prior_positive": 1, "sessions_12m": 4}, "two_positive"),
    ],
)
def test_a_bar_holds_exactly_where_it_is_set(changes: dict[str, object], expected: str) -> None:
    assert reason(**changes) == expected


# What is missing, and what cannot be.


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"best": None, "hours": None}, "window_missing"),
        ({"best": None, "hours": None, "now": D("1.5")}, "relief_80_sustained"),
        ({"best": None, "hours": None, "now": D(2)}, "window_missing"),
        ({"best": None, "hours": D(1), "now": D(1)}, "relief_80_sustained"),
        ({"now": None}, "relief_80_sustained"),
        ({"now": None, "best": D(6)}, "relief_below_50"),
        ({"best": None, "now": None, "hours": None}, "window_missing"),
        ({"best": D(9), "now": D(9)}, "relief_below_50"),
        ({"best": D(6), "now": D(2)}, "delayed_relief"),
        ({"baseline": None}, "baseline_missing"),
        ({"baseline": None, "now": D(10)}, "baseline_missing"),
        ({"index_pain": None}, "relief_80_sustained"),
        ({"index_pain": False}, "not_index_pain"),
        ({"activity": None}, "relief_80_sustained"),
        ({"activity": False}, "confounded"),
        ({"medicine": None}, "confounded"),
        ({"medicine": "unsure"}, "confounded"),
        ({"medicine": "after"}, "relief_80_sustained"),
        ({"medicine": "unsure", "best": D(6)}, "relief_below_50"),
        ({"activity": False, "best": D(3)}, "partial_relief"),
    ],
)
def test_what_is_not_known_goes_the_safe_way(changes: dict[str, object], expected: str) -> None:
    assert reason(**changes) == expected


def test_nothing_known_of_an_answered_contact_is_for_the_provider() -> None:
    assert outcome(Inputs()) == ("provider_review", "baseline_missing")


# Order: the first row wins.


def test_rows_win_in_the_order_of_the_page() -> None:
    spoiled = [
        ("red_flag:neuro", {"red_flag": "neuro"}),
        ("no_answer", {"contact": "no_answer"}),
        ("pain_worse", {"now": D(10)}),
        ("therapeutic", {"intent": "therapeutic"}),
        ("baseline_low", {"baseline": D(3), "now": D(2)}),
        ("not_index_pain", {"index_pain": False}),
    ]
    for place, (expected, _) in enumerate(spoiled):
        later: dict[str, object] = {}
        for _, changes in reversed(spoiled[place:]):
            later.update(changes)
        assert reason(**later) == expected


def test_worse_pain_of_a_treated_patient_is_still_worse_pain() -> None:
    assert reason(intent="therapeutic", now=D(10)) == "pain_worse"


def test_a_warning_sign_without_any_contact_is_still_urgent() -> None:
    assert outcome(Inputs(red_flag="infection", contact="no_answer")) == ("urgent_call", "red_flag:infection")


# Contact.


@pytest.mark.parametrize("contact", [c for c in CONTACTS if c != "answered"])
def test_without_a_score_the_contact_is_the_reason(contact: str) -> None:
    nothing = replace(GOOD, best=None, now=None, hours=None, contact=contact)
    assert outcome(nothing) == ("unreachable_call", contact)


@pytest.mark.parametrize(("contact", "flag"), [("opt_out", "opted_out"), ("callback", "callback")])
def test_stop_or_call_me_beside_a_score_is_an_answer_with_a_flag(contact: str, flag: str) -> None:
    proposal = decide(replace(GOOD, contact=contact))
    assert (proposal.disposition, proposal.flags) == ("candidate_repeat", (flag,))
    only_now = decide(replace(GOOD, contact=contact, best=None, hours=None))
    assert (only_now.reason, only_now.flags) == ("window_missing", (flag,))


@pytest.mark.parametrize("contact", ["wrong_person", "unclear", "no_answer"])
def test_other_contacts_do_not_become_answers_by_a_score(contact: str) -> None:
    assert decide(replace(GOOD, contact=contact)).disposition == "unreachable_call"


# Flags.


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"best": D(5)}, ("some_relief",)),
        ({"best": D("5.5")}, ("some_relief",)),
        ({"best": D(6)}, ()),
        ({"baseline": D(10), "best": D(7)}, ("some_relief",)),
        ({"best": D(6), "medicine": "window"}, ("analgesic_in_window",)),
        ({"best": D(6), "prior_positive": 1}, ("discordant_with_prior",)),
        ({"medicine": "window"}, ()),
        ({"medicine": "after"}, ("med_after_window",)),
        ({"sedation": True}, ("sedation",)),
        ({"range": True}, ("range",)),
        ({"opted_out": True}, ("opted_out",)),
        ({"callback": True}, ("callback",)),
        ({"intent": None}, ("intent_assumed",)),
        ({"reply_after_hours": D(72)}, ()),
        ({"reply_after_hours": D("72.5")}, ("late_reply",)),
        ({"stated_percent": D("67.5")}, ()),
        ({"stated_percent": D(67)}, ("stated_percent_differs",)),
        ({"stated_percent": D(10), "best": None, "hours": None}, ()),
        ({"best": None, "hours": None, "now": D(1)}, ("window_not_recorded",)),
    ],
)
def test_a_flag_is_raised_exactly_when_its_caution_applies(changes, expected) -> None:
    assert flags(**changes) == expected


def test_a_missing_intent_takes_the_clinics_default() -> None:
    proposal = decide(replace(GOOD, intent=None), default_intent="therapeutic")
    assert (proposal.reason, proposal.flags) == ("therapeutic", ("intent_assumed",))


def test_the_roster_s_intent_wins_over_the_default() -> None:
    assert decide(GOOD, default_intent="therapeutic").reason == "relief_80_sustained"


# Other bars.


@pytest.mark.parametrize(
    ("bars", "changes", "expected"),
    [
        ({"repeat_percent": 75}, {"best": D(2)}, "relief_80_sustained"),
        ({"repeat_percent": 75}, {"best": D("2.5")}, "partial_relief"),
        ({"repeat_percent": 50}, {"best": D(4)}, "relief_80_sustained"),
        ({"repeat_percent": 50}, {"best": D("4.5")}, "relief_below_50"),
        ({"repeat_percent": 50}, {"best": None, "hours": None, "now": D(4)}, "relief_80_sustained"),
        ({"further_testing_below": 30}, {"best": D(5)}, "partial_relief"),
        ({"further_testing_below": 30}, {"baseline": D(10), "best": D(7)}, "partial_relief"),
        ({"further_testing_below": 30}, {"best": D(6)}, "relief_below_50"),
        ({"further_testing_below": 30}, {"best": D(6), "now": D(2)}, "delayed_relief"),
        ({"min_baseline": 3}, {"baseline": D(3), "best": D(0), "now": D(2)}, "relief_80_sustained"),
        ({"min_baseline": 0}, {"baseline": D(0), "best": D(0), "now": D(0)}, "baseline_low"),
        ({"min_hours": {"default": 7}}, {}, "duration"),
        ({"min_hours": {"bupivacaine": 7}}, {}, "duration"),
        ({"min_hours": {"bupivacaine": 7}}, {"agent": "ropivacaine"}, "relief_80_sustained"),
        ({"worse_points": 1}, {"now": D(9)}, "pain_worse"),
        ({"session_cap": 2}, {"sessions_12m": 2}, "session_cap"),
    ],
)
def test_a_clinic_s_own_bars_move_the_case(bars, changes, expected) -> None:
    assert decide(replace(GOOD, **changes), Thresholds(**bars)).reason == expected


# Percent relief.


def test_relief_is_a_share_of_the_score_before() -> None:
    assert relief(D(8), D(1)) == D("87.5")
    assert relief(D(6), D(9)) == D(-50)
    assert relief(D(0), D(0)) is None
    assert relief(None, D(3)) is None
    assert relief(D(8), None) is None


def test_a_repeating_decimal_does_not_reach_a_bar_by_rounding() -> None:
    assert not reaches(D(9), D(2), D("77.78"))
    assert reaches(D(9), D(2), D("77.77"))


# Always.

scores = st.none() | st.integers(0, 20).map(lambda n: D(n) / 2)
cases = st.builds(
    Inputs,
    baseline=scores,
    best=scores,
    hours=st.none() | st.integers(0, 96).map(lambda n: D(n) / 2),
    now=scores,
    medicine=st.sampled_from((*MEDICINES, None)),
    activity=st.sampled_from((True, False, None)),
    index_pain=st.sampled_from((True, False, None)),
    agent=st.sampled_from((*AGENTS, None)),
    intent=st.sampled_from((*INTENTS, None)),
    prior_positive=st.integers(0, 3),
    sessions_12m=st.integers(0, 6),
    red_flag=st.sampled_from((None, None, "neuro", "seizure")),
    contact=st.sampled_from(CONTACTS) | st.just("answered"),
    stated_percent=st.none() | st.integers(-50, 150).map(D),
    reply_after_hours=st.none() | st.integers(0, 200).map(D),
)
thresholds = st.sampled_from(
    [
        Thresholds(),
        Thresholds(repeat_percent=D(75)),
        Thresholds(repeat_percent=D(50)),
        Thresholds(further_testing_below=D(30)),
        Thresholds(min_hours=MinHours(default=D(6)), min_baseline=D(0)),
    ]
)


@given(cases, thresholds)
def test_every_case_gets_one_proposal_of_the_table(inputs: Inputs, bars: Thresholds) -> None:
    proposal = decide(inputs, bars)
    assert proposal.disposition in DISPOSITIONS
    assert proposal.rule.split("/") == [proposal.rule.split("/")[0], RULES_VERSION]
    assert proposal == decide(inputs, bars)


@given(cases, thresholds)
def test_a_warning_sign_is_always_urgent(inputs: Inputs, bars: Thresholds) -> None:
    assert decide(replace(inputs, red_flag="neuro"), bars).disposition == "urgent_call"


@given(cases, thresholds, scores)
def test_more_relief_at_best_never_moves_a_case_toward_further_testing(inputs, bars, lower) -> None:
    if inputs.best is None or lower is None or lower > inputs.best:
        return
    if decide(inputs, bars).disposition != "candidate_further_testing":
        assert decide(replace(inputs, best=lower), bars).disposition != "candidate_further_testing"


@given(cases, thresholds)
def test_a_score_from_the_next_day_alone_never_sends_anyone_to_further_testing(inputs, bars) -> None:
    assert decide(replace(inputs, best=None), bars).disposition != "candidate_further_testing"


@given(cases, thresholds)
def test_a_repeat_is_only_proposed_on_relief_that_reaches_the_bar(inputs, bars) -> None:
    if decide(inputs, bars).disposition == "candidate_repeat":
        window = inputs.now if inputs.best is None else inputs.best
        assert reaches(inputs.baseline, window, bars.repeat_percent)
        assert inputs.medicine in ("none", "after")
        assert inputs.activity is not False


@given(cases)
def test_inputs_come_back_from_storage_as_they_went(inputs: Inputs) -> None:
    stored = json.dumps(asdict(inputs), default=float)
    assert Inputs.parse(json.loads(stored)) == inputs


def test_the_page_and_the_program_hold_the_same_rows() -> None:
    page = (Path(__file__).parents[2] / "docs" / "clinical.md").read_text("utf-8")
    rows = [line.split("|")[1:5] for line in page.splitlines() if line.startswith("| ") and "`" in line]
    written = [(n.strip(), words.strip(), place.strip(), code.strip(" `")) for n, words, place, code in rows]
    assert written == [
        (row.number, row.words, row.disposition.replace("_", " "), row.reason) for row in RULES
    ]
