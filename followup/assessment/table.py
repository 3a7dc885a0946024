"""The decision table: the first row that matches makes the proposal.

Rows are data, in order, each with its condition in words and in code side by side, so that a
clinician can read the table here and in docs/clinical.md and find the same thing. Nested ifs would
decide the same and could not be checked against the page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from followup.assessment.inputs import Inputs
from followup.assessment.relief import reaches, relief
from followup.assessment.thresholds import Thresholds

RULES_VERSION = "facet-v1"

# In the order of the digest.
URGENT, UNREACHABLE, REVIEW = "urgent_call", "unreachable_call", "provider_review"
REPEAT, TESTING = "candidate_repeat", "candidate_further_testing"
DISPOSITIONS = (URGENT, UNREACHABLE, REVIEW, REPEAT, TESTING)

# IMMPACT's "moderate" improvement (doi 10.1016/j.jpain.2007.09.005): worth a flag, proves nothing.
SOME_RELIEF_PERCENT = Decimal(30)
# Beyond this the patient's own percentage tells another story than the scores (PMID 25715989).
STATED_DIFFERS_POINTS = Decimal(20)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the table suggests, and why. `pw`, `pn`: percent relief at best and now, None when undefined.

    `rule` is the row and the table's version ("15/facet-v1"); with the inputs and thresholds
    stored beside it the proposal can be made again.
    """

    disposition: str
    reason: str
    flags: tuple[str, ...]
    pw: float | None
    pn: float | None
    rule: str


@dataclass(frozen=True, slots=True)
class Case:
    """The inputs as the rows see them: missing intent filled in, contact settled, window score chosen."""

    given: Inputs
    bars: Thresholds
    intent: str
    contact: str
    window: Decimal | None  # the best score, or now when it alone reaches the bar (row 7b)
    window_recorded: bool

    def relief_reaches(self, percent: Decimal) -> bool:
        return reaches(self.given.baseline, self.window, percent)

    def now_reaches(self, percent: Decimal) -> bool:
        return reaches(self.given.baseline, self.given.now, percent)

    def worse(self) -> bool:
        before, now = self.given.baseline, self.given.now
        if before is None or now is None:
            return False
        return now >= before + self.bars.worse_points or now == 10 > before

    def too_short(self) -> bool:
        if not self.window_recorded:
            return False  # relief that reaches the bar the next day has lasted (row 7b)
        hours = self.given.hours
        return hours is None or hours < self.bars.min_hours.of(self.given.agent)


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    words: str  # the condition as docs/clinical.md has it
    when: Callable[[Case], bool]
    disposition: str
    reason: str  # a code, the same under every threshold: others count and filter by it


RULES: tuple[Row, ...] = (
    Row("1", "any warning sign, with or without a score",
        lambda c: c.given.red_flag is not None, URGENT, "red_flag:{red_flag}"),
    Row("2", "no usable answer",
        lambda c: c.contact != "answered", UNREACHABLE, "{contact}"),
    Row("3", "pain now worse than before by worse_points, or 10 from less",
        lambda c: c.worse(), REVIEW, "pain_worse"),
    Row("4", "the injection was meant as treatment",
        lambda c: c.intent == "therapeutic", REVIEW, "therapeutic"),
    Row("5", "no score from before the injection",
        lambda c: c.given.baseline is None, REVIEW, "baseline_missing"),
    Row("5", "score before the injection below min_baseline, or 0",
        lambda c: not c.given.baseline or c.given.baseline < c.bars.min_baseline, REVIEW, "baseline_low"),
    Row("6", "the scores are about another pain",
        lambda c: c.given.index_pain is False, REVIEW, "not_index_pain"),
    Row("7a", "no score from the window, and relief now below repeat_percent",
        lambda c: c.window is None, REVIEW, "window_missing"),
    Row("8", "relief at best below partial_percent, relief now at or above it",
        lambda c: not c.relief_reaches(c.bars.partial_percent) and c.now_reaches(c.bars.partial_percent),
        REVIEW, "delayed_relief"),
    Row("9", "relief at best below further_testing_below",
        lambda c: not c.relief_reaches(c.bars.further_testing_below), TESTING, "relief_below_50"),
    Row("10", "relief at best below repeat_percent",
        lambda c: not c.relief_reaches(c.bars.repeat_percent), REVIEW, "partial_relief"),
    Row("11", "pain medicine in the window or not known, or no usual activity",
        lambda c: c.given.medicine in ("window", "unsure", None) or c.given.activity is False,
        REVIEW, "confounded"),
    Row("12", "hours of relief not known, or fewer than min_hours for the drug",
        lambda c: c.too_short(), REVIEW, "duration"),
    Row("13", "an earlier block was positive too",
        lambda c: c.given.prior_positive >= 1, REVIEW, "two_positive"),
    Row("14", "session_cap reached in 12 months",
        lambda c: c.given.sessions_12m >= c.bars.session_cap, REVIEW, "session_cap"),
    Row("15", "otherwise: a candidate for a confirmatory block, after repeat_after_days",
        lambda c: True, REPEAT, "relief_80_sustained"),
)  # fmt: skip


def decide(
    inputs: Inputs, thresholds: Thresholds | None = None, default_intent: str = "diagnostic"
) -> Proposal:
    """The proposal for one procedure. Never raises for inputs and thresholds that were accepted."""
    case = _case(inputs, thresholds or Thresholds(), default_intent)
    row = next(row for row in RULES if row.when(case))
    pw, pn = relief(inputs.baseline, inputs.best), relief(inputs.baseline, inputs.now)
    return Proposal(
        disposition=row.disposition,
        reason=row.reason.format(red_flag=inputs.red_flag, contact=case.contact),
        flags=_flags(case, row),
        pw=None if pw is None else float(pw),
        pn=None if pn is None else float(pn),
        rule=f"{row.number}/{RULES_VERSION}",
    )


def _case(inputs: Inputs, bars: Thresholds, default_intent: str) -> Case:
    # STOP or "call me" in the same breath as a score does not undo the score.
    contact = inputs.contact
    if contact in ("opt_out", "callback") and (inputs.best is not None or inputs.now is not None):
        contact = "answered"
    recorded = inputs.best is not None
    stands_in = not recorded and reaches(inputs.baseline, inputs.now, bars.repeat_percent)
    return Case(
        given=inputs,
        bars=bars,
        intent=inputs.intent or default_intent,
        contact=contact,
        window=inputs.now if stands_in else inputs.best,
        window_recorded=recorded,
    )


def _flags(case: Case, row: Row) -> tuple[str, ...]:
    """Cautions beside the proposal, in the order staff should read them; none changes it."""
    given, bars = case.given, case.bars
    answered = case.contact == "answered"
    tests = row.disposition == TESTING
    stated = given.stated_percent
    computed = relief(given.baseline, case.window)
    raised = {
        "some_relief": tests and case.relief_reaches(SOME_RELIEF_PERCENT),
        "analgesic_in_window": tests and given.medicine == "window",
        "discordant_with_prior": tests and given.prior_positive >= 1,
        "window_not_recorded": not case.window_recorded and case.window is not None,
        "med_after_window": given.medicine == "after",
        "sedation": given.sedation,
        "range": given.range,
        "stated_percent_differs": stated is not None
        and computed is not None
        and abs(stated - computed) > STATED_DIFFERS_POINTS,
        "late_reply": given.reply_after_hours is not None and given.reply_after_hours > bars.late_hours,
        "opted_out": given.opted_out or (answered and given.contact == "opt_out"),
        "callback": given.callback or (answered and given.contact == "callback"),
        "intent_assumed": given.intent is None,
    }
    return tuple(flag for flag, is_raised in raised.items() if is_raised)
