"""What would have made another proposal: the one answer that, had it been otherwise, moves the case.

A provider trusts a number more who sees how near it lies to the next row of the table. The table itself is
asked again with one answer changed; a second set of rules here would some day say something else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from followup.assessment.inputs import Inputs
from followup.assessment.relief import reaches
from followup.assessment.table import Proposal, decide
from followup.assessment.thresholds import Thresholds
from followup.tongue import _

_HALF = Decimal("0.5")
_HIGHEST = Decimal(10)

# The answer a reason hangs on. It is said first; a page that is short of room says only that.
_HANGS_ON = {
    "pain_worse": "now",
    "therapeutic": "intent",
    "baseline_missing": "baseline",
    "baseline_low": "baseline",
    "not_index_pain": "index_pain",
    "duration": "hours",
    "two_positive": "prior_positive",
    "session_cap": "sessions_12m",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer otherwise, in words ("a lowest of 2"), and what would be proposed then."""

    words: str
    proposal: Proposal


def turns(
    inputs: Inputs, thresholds: Thresholds | None = None, default_intent: str = "diagnostic"
) -> tuple[Turn, ...]:
    """Each single answer that would move the case elsewhere, at its nearest value; the weightiest first.

    () where no score decided: a warning sign, or nobody reached.
    """
    bars = thresholds or Thresholds()
    made = decide(inputs, bars, default_intent)
    if made.disposition in ("urgent_call", "unreachable_call"):
        return ()

    def moved(changed: Inputs, words: str) -> Turn | None:
        other = decide(changed, bars, default_intent)
        return Turn(words, other) if other.disposition != made.disposition else None

    found = {name: tuple(filter(None, ask(inputs, bars, moved))) for name, ask in _ASKED.items()}
    first = _HANGS_ON.get(made.reason, "best")
    if made.reason == "confounded":
        first = "medicine" if inputs.medicine != "none" else "activity"
    order = sorted(found, key=lambda name: name != first)  # stable: the others keep the table's order
    return tuple(turn for name in order for turn in found[name])


Moved = Callable[[Inputs, str], Turn | None]


def _best(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    before = inputs.baseline
    if before is None:
        return ()
    if inputs.best is not None:
        return [
            _nearest(
                _("a lowest of {score}"), inputs.best, before, bars, lambda s: replace(inputs, best=s), moved
            )
        ]
    if reaches(before, inputs.now, bars.repeat_percent):
        return ()  # the score now stands in for it: nobody would ask for a lowest that is higher
    hours = bars.min_hours.of(inputs.agent) if inputs.hours is None else inputs.hours
    high, low = _at_bar(before, bars.repeat_percent), _at_bar(before, bars.further_testing_below) + _HALF
    return [
        moved(
            replace(inputs, best=high, hours=hours),
            _("a lowest of {score} for {hours} h", score=_plain(high), hours=_plain(hours)),
        ),
        moved(replace(inputs, best=low), _("a lowest of {score}", score=_plain(low))),
    ]


def _now(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    before = inputs.baseline
    if inputs.now is None or before is None:
        return ()
    return [
        _nearest(
            _("a score now of {score}"), inputs.now, before, bars, lambda s: replace(inputs, now=s), moved
        )
    ]


def _baseline(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    """Upwards only: a score before is asked about where it is missing or too low to judge by."""
    if inputs.baseline is not None and inputs.baseline >= bars.min_baseline:
        return ()
    halves = (_HALF * n for n in range(21))
    tried = (
        moved(replace(inputs, baseline=score), _("a score before of {score}", score=_plain(score)))
        for score in halves
        if score >= bars.min_baseline
    )
    return [next((turn for turn in tried if turn), None)]


def _hours(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    if inputs.best is None:
        return ()
    least = bars.min_hours.of(inputs.agent)
    if inputs.hours is not None and inputs.hours >= least:
        return [
            moved(replace(inputs, hours=least / 2), _("relief for less than {hours} h", hours=_plain(least)))
        ]
    return [moved(replace(inputs, hours=least), _("relief for {hours} h or more", hours=_plain(least)))]


def _medicine(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    if inputs.medicine in ("none", "after"):
        return [moved(replace(inputs, medicine="window"), _("pain medicine in the window"))]
    return [moved(replace(inputs, medicine="none"), _("no pain medicine in the window"))]


def _activity(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    if inputs.activity is False:
        return [moved(replace(inputs, activity=True), _("usual activity done"))]
    return [moved(replace(inputs, activity=False), _("no usual activity"))]


def _index_pain(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    if inputs.index_pain is not False:
        return ()
    return [moved(replace(inputs, index_pain=True), _("scores about the usual pain"))]


def _intent(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    return [moved(replace(inputs, intent="diagnostic"), _("an injection meant as a test"))]


def _prior_positive(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    if not inputs.prior_positive:
        return [moved(replace(inputs, prior_positive=1), _("an earlier positive block"))]
    return [moved(replace(inputs, prior_positive=0), _("no earlier positive block"))]


def _sessions(inputs: Inputs, bars: Thresholds, moved: Moved) -> Iterable[Turn | None]:
    if inputs.sessions_12m < bars.session_cap:
        return ()
    return [
        moved(
            replace(inputs, sessions_12m=1), _("fewer than {cap} sessions in 12 months", cap=bars.session_cap)
        )
    ]


_ASKED = {
    "best": _best,
    "hours": _hours,
    "medicine": _medicine,
    "activity": _activity,
    "now": _now,
    "baseline": _baseline,
    "index_pain": _index_pain,
    "intent": _intent,
    "prior_positive": _prior_positive,
    "sessions_12m": _sessions,
}


def _nearest(
    what: str,
    score: Decimal,
    before: Decimal,
    bars: Thresholds,
    changed: Callable[[Decimal], Inputs],
    moved: Moved,
) -> Turn | None:
    """The score nearest to this one, in half points, at which the case stands elsewhere.

    Only scores on either side of a bar are tried: between two bars nothing changes.
    """
    for tried in sorted(_around_the_bars(before, bars), key=lambda s: (abs(s - score), s)):
        if turn := moved(changed(tried), what.format(score=_plain(tried))):
            return turn
    return None


def _around_the_bars(before: Decimal, bars: Thresholds) -> set[Decimal]:
    percents = {bars.repeat_percent, bars.partial_percent, bars.further_testing_below}
    met = {_at_bar(before, percent) for percent in percents}
    worse = {before + bars.worse_points, _HIGHEST}
    return {s for edge in met | worse for s in (edge - _HALF, edge, edge + _HALF) if 0 <= s <= _HIGHEST}


def _at_bar(before: Decimal, percent: Decimal) -> Decimal:
    """The highest score, in half points, that still reaches the bar."""
    return (before * (100 - percent) / 100) // _HALF * _HALF


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
