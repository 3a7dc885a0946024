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
from followup.tongue import N_, _

SUGGESTS = {
    "urgent_call": N_("Call now"),
    "unreachable_call": N_("Call: not reached"),
    "provider_review": N_("Provider to review"),
    "candidate_repeat": N_("Candidate for confirmatory block"),
    "candidate_further_testing": N_("Candidate for further testing"),
}

_WHY = {
    "red_flag": N_("a warning sign was reported ({kind})"),
    "no_answer": N_("no answer"),
    "unclear": N_("the answers could not be read"),
    "opt_out": N_("asked for no more messages before giving a score"),
    "callback": N_("asked to be called before giving a score"),
    "wrong_person": N_("the number belongs to somebody else"),
    "undeliverable": N_("messages do not arrive"),
    "no_consent": N_("no consent to be contacted"),
    "no_phone": N_("no phone number"),
    "pain_worse": N_("pain is worse than before; ask the warning signs again today"),
    "therapeutic": N_("meant as treatment: judged later, not by the first hours"),
    "baseline_missing": N_("no score from before the injection"),
    "baseline_low": N_("the score before was under {min_baseline}: too low to judge relief by"),
    "not_index_pain": N_("the scores were about another pain"),
    "window_missing": N_("the lowest pain in the first {window} h is not known"),
    "delayed_relief": N_("little relief in the first {window} h but relief now"),
    "relief_below_50": N_("relief under {below} %"),
    "partial_relief": N_("relief under the bar of {bar} % but not under {below} %"),
    "confounded": N_("something else may explain the relief: {confounder}"),
    "duration": N_("relief too short or its length not known (at least {min_hours} h for this drug)"),
    "two_positive": N_("an earlier block was positive too: discuss the next step, not a third test"),
    "session_cap": N_("{sessions} sessions in 12 months, the cap is {cap}"),
    "relief_80_sustained": N_("earliest {days} days after the procedure"),
}

CAUTIONS = {
    "some_relief": N_("some relief (30 % or more)"),
    "analgesic_in_window": N_("pain medicine in the window"),
    "discordant_with_prior": N_("discordant: an earlier block was positive"),
    "window_not_recorded": N_("judged by the score now, none from the window"),
    "med_after_window": N_("pain medicine after the window"),
    "sedation": N_("sedation was given"),
    "range": N_("a score was given as a range"),
    "stated_percent_differs": N_("the patient's own percentage differs by more than 20 points"),
    "late_reply": N_("answered late, from memory"),
    "opted_out": N_("asked for no more messages"),
    "callback": N_("asked to be called"),
    "intent_assumed": N_("intent not in the roster, clinic's default taken"),
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
        f"{_(SUGGESTS[proposal.disposition])}: {why(proposal, inputs, bars)}.",
        *_numbers(inputs, bars),
    ]
    if proposal.flags:
        sentences.append(
            _("Caution: {flags}.", flags="; ".join(_(CAUTIONS[flag]) for flag in proposal.flags))
        )
    bar = _plain(bars.repeat_percent)
    sentences.append(
        _("Rule {row} of {version}, this clinic's bar {bar} %.", row=row, version=version, bar=bar)
    )
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
    code, _colon, kind = proposal.reason.partition(":")
    return _(
        _WHY[code],
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
        found.append(_("pain medicine in the window"))
    elif inputs.medicine in ("unsure", None):
        found.append(_("pain medicine not known"))
    if inputs.activity is False:
        found.append(_("no usual activity"))
    return _(" and ").join(found)


def _numbers(inputs: Inputs, bars: Thresholds) -> list[str]:
    sentences = []
    if inputs.baseline is not None:
        sentences.append(_("Before {score}.", score=_plain(inputs.baseline)))
    if inputs.best is not None:
        lasted = "" if inputs.hours is None else _(" for {hours} h", hours=_plain(inputs.hours))
        more = _relief(inputs.baseline, inputs.best) + lasted
        sentences.append(_("Lowest {score}{more}.", score=_plain(inputs.best), more=more))
    if inputs.now is not None:
        more = _relief(inputs.baseline, inputs.now)
        sentences.append(_("Now {score}{more}.", score=_plain(inputs.now), more=more))
    return sentences


def _relief(baseline: Decimal | None, score: Decimal) -> str:
    percent = relief(baseline, score)
    if percent is None:
        return ""
    # Down, never up: 79.96 shown as 80 would say a bar was met that was not.
    return _(", relief {percent} %", percent=_plain(percent.quantize(Decimal("0.1"), ROUND_FLOOR)))


def _plain(number: Decimal) -> str:
    """7 not 7.0, 50 not 5E+1."""
    return f"{number.normalize():f}"
