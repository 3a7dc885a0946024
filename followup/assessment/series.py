"""The block series: what one block after another says about one place, and what is still missing.

Medicare's facet LCDs (L38773 and its sisters) pay for ablation after two diagnostic blocks of the same
place that each brought enough relief for long enough, two weeks apart, and for at most four diagnostic
sessions in twelve months. A single case cannot show that, so the blocks of a patient are laid side by
side here. Each is judged by the decision table itself, as if it were the first: a second set of rules
would some day disagree with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from followup.assessment.explain import why
from followup.assessment.inputs import Inputs
from followup.assessment.table import decide
from followup.assessment.thresholds import Thresholds
from followup.tongue import N_, _

POSITIVE, NEGATIVE, UNCLEAR = N_("positive"), N_("negative"), N_("not clear")
MET, NOT_MET, MISSING = N_("met"), N_("not met"), N_("missing")
NEEDED = 2  # positive blocks before the next step
_BELOW = ("relief_below_50", "partial_relief")
_SIDES = {"left": ("left",), "right": ("right",), "both": ("left", "right")}

Place = tuple[str, str]  # a side (left | right) and a level (L4-L5)


@dataclass(frozen=True, slots=True)
class Block:
    """One performed procedure. `on` is the clinic's local day; `inputs` None while nothing was proposed.

    `inputs.intent` must be filled in: an assumed intent is the caller's to know.
    """

    reference: str
    on: date
    levels: tuple[str, ...]
    side: str
    inputs: Inputs

    @property
    def places(self) -> frozenset[Place]:
        """Every side and level it was given at; empty when the roster did not say."""
        return frozenset((side, level) for side in _SIDES.get(self.side, ()) for level in self.levels)


@dataclass(frozen=True, slots=True)
class Judged:
    """A block and what it shows: positive | negative | not clear, and why in a few words."""

    block: Block
    shows: str
    why: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of what payers ask for: met | not met | missing, with what was found."""

    asks: str
    state: str
    found: str


@dataclass(frozen=True, slots=True)
class Series:
    """The blocks of one patient at the same places, oldest first, held against the clinic's bars."""

    places: tuple[Place, ...]
    blocks: tuple[Judged, ...]
    interval: int | None  # days between the two blocks the criteria speak of
    sessions_12m: int  # diagnostic sessions in the twelve months that end with the newest block
    criteria: tuple[Criterion, ...]

    @property
    def verdict(self) -> str:
        """`not met` as soon as one line fails, else `missing` as soon as one is open, else `met`."""
        states = {criterion.state for criterion in self.criteria}
        return next((state for state in (NOT_MET, MISSING) if state in states), MET)


def judge(block: Block, bars: Thresholds) -> Judged:
    """What one block shows by itself.

    Pain that is worse the next day does not undo the relief of the first hours, and a warning sign is about
    safety: neither is counted here. Confounded or too short relief is not clear, and never negative.
    """
    given = block.inputs
    alone = replace(
        given,
        now=given.now if given.best is None else None,
        prior_positive=0,
        sessions_12m=1,
        red_flag=None,
    )
    made = decide(alone, bars)
    if made.disposition == "candidate_repeat":
        return Judged(block, POSITIVE, _("relief reaches {bar} % and lasts", bar=_plain(bars.repeat_percent)))
    return Judged(block, NEGATIVE if made.reason in _BELOW else UNCLEAR, why(made, alone, bars))


def prior_positive(block: Block, others: Iterable[Block], bars: Thresholds) -> int:
    """How many earlier diagnostic blocks at a place of this one were positive.

    A block whose places are not known counts for every place: the case then goes to a provider, where a
    third test would otherwise be proposed.
    """
    earlier = (b for b in others if b.on < block.on and b.inputs.intent == "diagnostic")
    return sum(judge(b, bars).shows == POSITIVE for b in earlier if _meet(b, block))


def sessions_12m(block: Block, others: Iterable[Block]) -> int:
    """Sessions of the same intent in the twelve months that end with this one, itself included.

    Two procedures of one day are one session. Blocks of the same calendar day a year ago no longer count.
    """
    since = _a_year_before(block.on)
    days = {b.on for b in others if since < b.on <= block.on and b.inputs.intent == block.inputs.intent}
    return len(days | {block.on})


def series_of(blocks: Sequence[Block], bars: Thresholds) -> tuple[Series, ...]:
    """One series for each set of places with the same diagnostic blocks, the longest first.

    Blocks of both sides and three levels would be six equal tables; places with the same blocks are one.
    """
    diagnostic = sorted((b for b in blocks if b.inputs.intent == "diagnostic"), key=lambda b: b.on)
    everywhere = sorted({place for b in diagnostic for place in b.places})
    same: dict[tuple[str, ...], list[Place]] = {}
    for place in everywhere:
        at_place = tuple(b.reference for b in diagnostic if place in b.places or not b.places)
        same.setdefault(at_place, []).append(place)
    if not everywhere and diagnostic:
        same[tuple(b.reference for b in diagnostic)] = []
    by_reference = {b.reference: b for b in diagnostic}
    made = [
        _series(tuple(places), [by_reference[r] for r in references], diagnostic, bars)
        for references, places in same.items()
    ]
    return tuple(sorted(made, key=lambda s: (-len(s.blocks), s.places)))


def _series(
    places: tuple[Place, ...], blocks: Sequence[Block], all_blocks: Sequence[Block], bars: Thresholds
) -> Series:
    judged = tuple(judge(block, bars) for block in blocks)
    pair = _pair(judged)
    interval = (pair[1].block.on - pair[0].block.on).days if len(pair) == NEEDED else None
    sessions = sessions_12m(blocks[-1], all_blocks)
    criteria = (
        _places_known(places, [j.block for j in pair]),
        _scored(pair, bars),
        _relieved(_("First block"), pair[0], bars),
        _relieved(_("Second block"), pair[1] if len(pair) == NEEDED else None, bars),
        _apart(interval, bars),
        _capped(sessions, bars),
    )
    return Series(places, judged, interval, sessions, criteria)


def _pair(judged: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """The first and second block the criteria speak of: one block alone where there is no second.

    Two positive ones in a row, whatever came before; else from the first that may still become positive.
    """
    shows = [j.shows for j in judged]
    rows = (i for i in range(len(shows) - 1) if shows[i] == shows[i + 1] == POSITIVE)
    hopeful = (i for i, shown in enumerate(shows) if shown != NEGATIVE)
    start = next(rows, next(hopeful, 0))
    return judged[start : start + NEEDED]


def _places_known(places: tuple[Place, ...], blocks: Sequence[Block]) -> Criterion:
    asks = _("Same side and level, named for each block")
    unnamed = [b.reference for b in blocks if not b.places]
    if unnamed or not places:
        return Criterion(asks, MISSING, _("side or level missing for {which}", which=", ".join(unnamed)))
    return Criterion(asks, MET, _("named for each"))


def _scored(pair: Sequence[Judged], bars: Thresholds) -> Criterion:
    """The same scale before and after is what the LCDs' articles ask for (Noridian's Q&A on L38803)."""
    asks = _(
        "Pain 0-10 before (at least {least}) and in the first hours, same scale",
        least=_plain(bars.min_baseline),
    )
    low = [j.block.reference for j in pair if _is_low(j.block, bars)]
    if low:
        return Criterion(asks, NOT_MET, _("score before too low for {which}", which=", ".join(low)))
    without = [
        j.block.reference
        for j in pair
        if j.block.inputs.baseline is None
        or (j.block.inputs.best is None and j.block.inputs.now is None)
    ]  # fmt: skip
    if without:
        return Criterion(asks, MISSING, _("scores missing for {which}", which=", ".join(without)))
    return Criterion(asks, MET, _("recorded"))


def _relieved(which: str, judged: Judged | None, bars: Thresholds) -> Criterion:
    bar = f"{_plain(bars.repeat_percent)} %"
    asks = _(
        "{which}: at least {bar} relief of the usual pain, for as long as fits the drug",
        which=which,
        bar=bar,
    )
    if judged is None:
        return Criterion(asks, MISSING, _("not done"))
    state = {POSITIVE: MET, NEGATIVE: NOT_MET, UNCLEAR: MISSING}[judged.shows]
    return Criterion(asks, state, judged.why)


def _apart(interval: int | None, bars: Thresholds) -> Criterion:
    asks = _("At least {days} days between the two", days=bars.repeat_after_days)
    if interval is None:
        return Criterion(asks, MISSING, _("one block so far"))
    return Criterion(
        asks, MET if interval >= bars.repeat_after_days else NOT_MET, _("{days} days", days=interval)
    )


def _capped(sessions: int, bars: Thresholds) -> Criterion:
    asks = _("At most {cap} diagnostic sessions in 12 months", cap=bars.session_cap)
    return Criterion(
        asks, MET if sessions <= bars.session_cap else NOT_MET, _("{count} so far", count=sessions)
    )


def _is_low(block: Block, bars: Thresholds) -> bool:
    baseline = block.inputs.baseline
    return baseline is not None and (not baseline or baseline < bars.min_baseline)


def _meet(one: Block, other: Block) -> bool:
    return not one.places or not other.places or bool(one.places & other.places)


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)  # 29 February


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
