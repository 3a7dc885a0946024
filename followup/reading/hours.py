"""How long the relief lasted, in hours: 0 to 48.

Lengths are put together from amounts and units ("an hour and a half", "1h30", "un par de horas") rather
than looked up, because people write them in more ways than any list holds.
"""

from __future__ import annotations

from .candidates import candidates
from .clock import clock_span
from .lengths import Length, lengths
from .model import Found
from .page import Page
from .phrases import Hit

_LONGEST = 48.0


def read_hours(page: Page, *, bare: bool = True) -> Found:
    """The hours of relief; a number without a unit counts only when `bare` is set."""
    clock = clock_span(page)
    if clock is not None:
        return clock
    named = lengths(page)
    struck = page.covered("onset", "strike_age")
    kept = [x for x in named if x.unit is not None and x.first not in struck]
    lasting = [x for x in kept if _lasted(page, x)]
    chosen: list[Length] | None = lasting if lasting and len({x.hours for x in kept}) > 1 else kept
    if not chosen and bare:
        chosen = _bare(page, named)
        if chosen is None:
            return Found(False)
    if chosen:
        return _decide(page, chosen)
    return _in_words(page) if not any(x.unit is not None for x in named) else Found(False)


def _decide(page: Page, chosen: list[Length]) -> Found:
    one = chosen[0]
    bounds = page.covered("hours_bound")
    if len({x.hours for x in chosen}) > 1 or any(
        at in bounds for x in chosen for at in range(x.first, x.last)
    ):
        return Found(False)
    hours = round(one.hours, 2)
    why = (page.why("hours", one.first, one.last),)
    if one.low is not None and one.high is not None:
        if one.high - one.low > 2 + 1e-9 or one.high > _LONGEST:
            return Found(False, why=why)
        return Found(True, hours, True, one.low, one.high, why=why)
    if not 0 <= hours <= _LONGEST:
        return Found(False, why=why)
    return Found(True, hours, one.approx, why=why)


def _in_words(page: Page) -> Found:
    """All day, still going, not at all; an end without a length ("until dinner") is no answer."""
    goes_on = page.clear_of("still_not", "zero")  # "still pain", but not "still pain free"
    still = [h for h in page.found("still") if not any(b.start < h.end and h.start < b.end for b in goes_on)]
    whole = page.found("all_day")
    few = [f for f in page.found("few") if not any(_is_part_of(f, d) for d in whole)]
    day = [d for d in whole if not any(f.start < d.end and d.start < f.end for f in few)]
    none = page.clear_of("none", "not_none", "still")
    if few and not still:
        return Found(False)
    if (still or day) and not none and not page.clear_of("end_of_day", "all_day"):
        hit = (day or still)[0]
        return Found(
            True, 24.0, True, why=(page.why("still going" if still else "all day", hit.start, hit.end),)
        )
    if none and not still and not day:
        return Found(True, 0.0, why=(page.why("no relief", none[0].start, none[0].end),))
    return Found(False)


def _is_part_of(small: Hit, large: Hit) -> bool:
    """ "All night" within "all day and all night"."""
    inside = large.start <= small.start and small.end <= large.end
    return inside and large.end - large.start > small.end - small.start


def _bare(page: Page, named: list[Length]) -> list[Length] | None:
    """Numbers without a unit. None when a score, a percentage or a doubtful number spoils the answer."""
    if page.found("hours_scale") or any(item.kind in ("fraction", "code") for item in page.items):
        return None
    scores = {c.first: c for c in candidates(page)}
    bare: list[Length] = []
    for x in named:
        c = scores.get(x.first)
        if x.unit is not None or (c is not None and c.struck):
            continue
        if c is None and not any(s <= x.first < scores[s].last for s in scores):
            continue
        bare.append(x)
    ends = page.covered("end")
    return [x for x in bare if x.first not in ends]


def _lasted(page: Page, x: Length) -> bool:
    start = max(page.clause_of(x.first)[0], x.first - 6)
    return bool(page.inside("lasted", start, min(x.last + 3, len(page.items))))
