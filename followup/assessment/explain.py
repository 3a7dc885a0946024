"""A proposal in words for the front desk and the provider.

Says what was computed and against which bar, and keeps to "candidate": one positive block justifies
a second one and proves nothing (false positives near 50 %, Pain Physician 2020), so no sentence
here may say that a block worked or that the facet joints are the cause.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from followup.assessment.inputs import Inputs
from followup.assessment.relief import relief
from followup.assessment.table import Proposal, decide
from followup.assessment.thresholds import Thresholds

SUGGESTS = {
    "urgent_call": "Call now",
    "unreachable_call": "Call: not reached",
    "provider_review": "Provider to review",
    "candidate_repeat": "Candidate for confirmatory block",
    "candidate_further_testing": "Candidate for further testing",
}

_WHY = {
    "red_flag": "a warning sign was reported ({kind})",
    "no_answer": "no answer",
    "unclear": "the answers could not be read",
    "opt_out": "asked for no more messages before giving a score",
    "callback": "asked to be called before giving a score",
    "wrong_person": "the number belongs to somebody else",
    "undeliverable": "messages do not arrive",
    "no_consent": "no consent to be contacted",
    "no_phone": "no phone number",
    "pain_worse": "pain is worse than before; ask the warning signs again today",
    "therapeutic": "meant as treatment: judged later, not by the first hours",
    "baseline_missing": "no score from before the injection",
    "baseline_low": "the score before was under {min_baseline}: too low to judge relief by",
    "not_index_pain": "the scores were about another pain",
    "window_missing": "the lowest pain in the first {window} h is not known",
    "delayed_relief": "little relief in the first {window} h but relief now",
    "relief_below_50": "relief under {below} %",
    "partial_relief": "relief under the bar of {bar} % but not under {below} %",
    "confounded": "something else may explain the relief: {confounder}",
    "duration": "relief too short or its length not known (at least {min_hours} h for this drug)",
    "two_positive": "an earlier block was positive too: discuss the next step, not a third test",
    "session_cap": "{sessions} sessions in 12 months, the cap is {cap}",
    "relief_80_sustained": "earliest {days} days after the procedure",
}

CAUTIONS = {
    "some_relief": "some relief (30 % or more)",
    "analgesic_in_window": "pain medicine in the window",
    "discordant_with_prior": "discordant: an earlier block was positive",
    "window_not_recorded": "judged by the score now, none from the window",
    "med_after_window": "pain medicine after the window",
    "sedation": "sedation was given",
    "range": "a score was given as a range",
    "stated_percent_differs": "the patient's own percentage differs by more than 20 points",
    "late_reply": "answered late, from memory",
    "opted_out": "asked for no more messages",
    "callback": "asked to be called",
    "intent_assumed": "intent not in the roster, clinic's default taken",
}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Another bar and what the table would propose under it."""

    repeat_percent: Decimal
    proposal: Proposal


def explain(proposal: Proposal, inputs: Inputs, thresholds: Thresholds | None = None) -> str:
    """One paragraph for staff: what is proposed, why, the numbers, the bar and the cautions."""
    bars = thresholds or Thresholds()
    row, version = proposal.rule.split("/")
    sentences = [
        f"{SUGGESTS[proposal.disposition]}: {why(proposal, inputs, bars)}.",
        *_numbers(inputs, bars),
    ]
    if proposal.flags:
        sentences.append("Caution: " + "; ".join(CAUTIONS[flag] for flag in proposal.flags) + ".")
    sentences.append(f"Rule {row} of {version}, this clinic's bar {_plain(bars.repeat_percent)} %.")
    return " ".join(sentences)


def what_if(
    inputs: Inputs,
    thresholds: Thresholds | None = None,
    default_intent: str = "diagnostic",
    bars: tuple[int, ...] = (50, 75, 80),
) -> tuple[WhatIf, ...]:
    """The bars in use elsewhere under which the proposal would be another one; often none."""
    own = thresholds or Thresholds()
    proposed = decide(inputs, own, default_intent)
    others = []
    for bar in bars:
        lower = {
            "repeat_percent": Decimal(bar),
            "partial_percent": min(own.partial_percent, Decimal(bar)),
            "further_testing_below": min(own.further_testing_below, Decimal(bar)),
        }
        proposal = decide(inputs, own.model_copy(update=lower), default_intent)
        if proposal.disposition != proposed.disposition:
            others.append(WhatIf(Decimal(bar), proposal))
    return tuple(others)


def why(proposal: Proposal, inputs: Inputs, bars: Thresholds) -> str:
    """The reason alone, in a few words, with the bar or figure it was judged by."""
    code, _, kind = proposal.reason.partition(":")
    return _WHY[code].format(
        kind=kind.replace("_", " "),
        min_baseline=_plain(bars.min_baseline),
        window=_plain(bars.window_hours),
        below=_plain(bars.further_testing_below),
        bar=_plain(bars.repeat_percent),
        confounder=_confounder(inputs),
        min_hours=_plain(bars.min_hours.of(inputs.agent)),
        sessions=inputs.sessions_12m,
        cap=bars.session_cap,
        days=bars.repeat_after_days,
    )


def _confounder(inputs: Inputs) -> str:
    found = []
    if inputs.medicine == "window":
        found.append("pain medicine in the window")
    elif inputs.medicine in ("unsure", None):
        found.append("pain medicine not known")
    if inputs.activity is False:
        found.append("no usual activity")
    return " and ".join(found)


def _numbers(inputs: Inputs, bars: Thresholds) -> list[str]:
    sentences = []
    if inputs.baseline is not None:
        sentences.append(f"Before {_plain(inputs.baseline)}.")
    if inputs.best is not None:
        lasted = "" if inputs.hours is None else f" for {_plain(inputs.hours)} h"
        sentences.append(f"Lowest {_plain(inputs.best)}{_relief(inputs.baseline, inputs.best)}{lasted}.")
    if inputs.now is not None:
        sentences.append(f"Now {_plain(inputs.now)}{_relief(inputs.baseline, inputs.now)}.")
    return sentences


def _relief(baseline: Decimal | None, score: Decimal) -> str:
    percent = relief(baseline, score)
    if percent is None:
        return ""
    # Down, never up: 79.96 shown as 80 would say a bar was met that was not.
    return f", relief {_plain(percent.quantize(Decimal('0.1'), ROUND_FLOOR))} %"


def _plain(number: Decimal) -> str:
    """7 not 7.0, 50 not 5E+1."""
    return f"{number.normalize():f}"
