"""How long the relief lasted, in hours: 0 to 48.

Lengths are put together from amounts and units ("an hour and a half", "1h30", "un par de horas") rather
than looked up, because people write them in more ways than any list holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from .candidates import candidates
from .model import Found
from .page import Page

_LONGEST = 48.0
_UNITS = {"hour": 1.0, "minute": 1 / 60, "day": 24.0, "long": 1000.0}
_JOIN = frozenset(["and", "y", ",", "with", "con", "n", "&", "an"])
_RANGE = frozenset(["-", "~", "to", "or", "a", "o", "u", "maybe", "hasta"])
_ONE = frozenset(["a", "an", "una", "un", "one", "uno", "1"])


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time and its span of items; `unit` is hours to one of what was named, None for a bare number."""

    first: int
    last: int
    amount: float
    unit: float | None
    approx: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def hours(self) -> float:
        return self.amount * (1.0 if self.unit is None else self.unit)


def read_hours(page: Page, *, bare: bool = True) -> Found:
    """The hours of relief; a number without a unit counts only when `bare` is set."""
    clock = _clock_span(page)
    if clock is not None:
        return clock
    lengths = _lengths(page)
    struck = {at for label in ("onset", "strike_age") for h in page.found(label) for at in range(h.start, h.end)}
    kept = [x for x in lengths if x.unit is not None and x.first not in struck]
    lasting = [x for x in kept if _lasted(page, x)]
    chosen = lasting if lasting and len({x.hours for x in kept}) > 1 else kept
    if not chosen and bare:
        chosen = _bare(page, lengths)
        if chosen is None:
            return Found(False)
    if chosen:
        return _decide(page, chosen)
    return _in_words(page) if not any(x.unit is not None for x in lengths) else Found(False)


def _decide(page: Page, chosen: list[Length]) -> Found:
    one = chosen[0]
    bounds = {at for h in page.found("hours_bound") for at in range(h.start, h.end)}
    if len({x.hours for x in chosen}) > 1 or any(at in bounds for x in chosen for at in range(x.first, x.last)):
        return Found(False)
    hours = round(one.hours * 4) / 4 if one.unit == _UNITS["minute"] and not (one.hours * 60) % 1 else one.hours
    hours = round(hours, 4)
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
    day = page.clear_of("all_day", "few")
    none = page.clear_of("none", "not_none", "still")
    if page.found("few") and not still:
        return Found(False)
    if (still or day) and not none and not page.found("end_of_day"):
        hit = (day or still)[0]
        return Found(True, 24.0, True, why=(page.why("still going" if still else "all day", hit.start, hit.end),))
    if none and not still and not day:
        return Found(True, 0.0, why=(page.why("no relief", none[0].start, none[0].end),))
    return Found(False)


def _bare(page: Page, lengths: list[Length]) -> list[Length] | None:
    """Numbers without a unit. None when a score, a percentage or a doubtful number spoils the answer."""
    if page.found("hours_scale") or any(item.kind in ("fraction", "code") for item in page.items):
        return None
    scores = {c.first: c for c in candidates(page)}
    bare: list[Length] = []
    for x in lengths:
        c = scores.get(x.first)
        if x.unit is not None or (c is not None and c.struck):
            continue
        if c is None and not any(s <= x.first < scores[s].last for s in scores):
            continue
        bare.append(x)
    ends = {at for h in page.found("end") for at in range(h.start, h.end)}
    return [x for x in bare if x.first not in ends]


def _lasted(page: Page, x: Length) -> bool:
    start = max(page.clause_of(x.first)[0], x.first - 6)
    return bool(page.inside("lasted", start, min(x.last + 3, len(page.items))))


def _lengths(page: Page) -> list[Length]:
    found: list[Length] = []
    at = 0
    while at < len(page.items):
        length = _length(page, at)
        if length is None:
            at += 1
            continue
        previous = found[-1] if found else None
        if previous is not None and _joined(page, previous, length):
            found[-1] = _range(previous, length)
        else:
            found.append(length)
        at = length.last
    return found


def _joined(page: Page, a: Length, b: Length) -> bool:
    between = [page.items[at].text for at in range(a.last, b.first)]
    before = {page.items[at].text for at in range(max(0, a.first - 3), a.first)}
    if between in (["and"], ["y"]) and before & {"between", "entre"}:
        return True
    fill = {"like", "about", "maybe", "como", "even", "possibly", "could", "be", ",", "tal", "vez", "quizas"}
    return bool(between) and len(between) <= 4 and any(w in _RANGE for w in between) and all(w in _RANGE | fill for w in between)


def _range(a: Length, b: Length) -> Length:
    unit = b.unit if b.unit is not None else a.unit
    factor = 1.0 if unit is None else unit
    low = a.amount * (a.unit if a.unit is not None else factor)
    high = b.amount * (b.unit if b.unit is not None else factor)
    low, high = sorted((low, high))
    middle = ceil((low + high) * 2) / 4 if (low + high) % 0.5 else (low + high) / 2
    return Length(a.first, b.last, middle / factor, unit, True, round(low, 4), round(high, 4))


def _unit(page: Page, at: int) -> float | None:
    if at >= len(page.items):
        return None
    text = page.items[at].text
    for name, hours in _UNITS.items():
        if any(h.start == at and h.end == at + 1 for h in page.found("unit_" + name)):
            return hours if text not in ("d", "m") or page.items[at].glued else None
    return None


def _length(page: Page, at: int) -> Length | None:
    """The length that starts here: an amount with its unit and what is added to it, or a bare number."""
    half = _half(page, at)
    if half is not None:
        return half
    amount, used, approx = _amount(page, at)
    if amount is None:
        unit = _unit(page, at)
        extra, end = _added(page, at + 1, 1.0) if unit == 1.0 else (0.0, 0)
        return Length(at, end, 1.0 + extra, 1.0) if extra in (0.25, 0.5) else None
    after = at + used
    unit = _unit(page, after)
    if unit is None and after < len(page.items) and page.items[after].text in ("full", "whole", "good", "solid", "straight", "more", "long", "horas", "of", "de", "entire", "complete", "-"):
        unit = _unit(page, after + 1)
        after += unit is not None
    if unit is None:
        if approx:
            return Length(at, after, amount, 1.0, True)
        return Length(at, after, amount, None)
    end = after + 1
    extra, end = _added(page, end, unit)
    return Length(at, end, amount + extra, unit, approx)


def _amount(page: Page, at: int) -> tuple[float | None, int, bool]:
    item = page.items[at]
    for hit in page.found("couple"):
        if hit.start == at:
            return 2.0, hit.end - at, True
    if item.kind == "number":
        return item.value, 1, False
    if item.kind == "fraction" and item.over in (2, 3, 4) and item.value is not None and item.value < item.over:
        return (item.value / item.over, 1, False) if _unit(page, at + 1) is not None else (None, 0, False)
    if item.text in _ONE and _unit(page, at + 1) is not None:
        return 1.0, 1, False
    if item.text in _ONE and at + 2 < len(page.items) and page.items[at + 1].text in ("or", "o", "to", "a"):
        if page.items[at + 2].kind == "number" and _unit(page, at + 3) is not None:
            return 1.0, 1, False
    return None, 0, False


def _half(page: Page, at: int) -> Length | None:
    """Half an hour, media hora, medio dia, quarter of an hour, tres cuartos de hora, half a day."""
    texts = [page.items[k].text for k in range(at, min(at + 6, len(page.items)))]
    share, used = {"half": (0.5, 1), "media": (0.5, 1), "medio": (0.5, 1), "quarter": (0.25, 1), "cuarto": (0.25, 1)}.get(
        texts[0], (0.0, 0)
    )
    if texts[:2] in (["a", "half"], ["a", "quarter"], ["un", "cuarto"], ["one", "half"]):
        share, used = (0.5 if texts[1] == "half" else 0.25), 2
    if texts[:2] in (["three", "quarters"], ["tres", "cuartos"], ["3", "quarters"], ["3", "cuartos"]):
        share, used = 0.75, 2
    if not used:
        return None
    step = at + used
    while step < len(page.items) and page.items[step].text in ("of", "de", "a", "an", "una", "un", "la", "the"):
        step += 1
    unit = _unit(page, step)
    if unit is None or (unit == 24.0 and share != 0.5):
        return None
    return Length(at, step + 1, share, unit)


def _added(page: Page, at: int, unit: float) -> tuple[float, int]:
    """ "and a half", "y media", "30 minutes", "thirty": what follows a unit and belongs to it, in that unit."""
    step = at
    while step < len(page.items) and page.items[step].text in _JOIN:
        step += 1
    if step >= len(page.items):
        return 0.0, at
    texts = [page.items[k].text for k in range(step, min(step + 3, len(page.items)))]
    if texts[0] in ("a", "un", "una") and len(texts) > 1 and texts[1] in ("half", "quarter", "cuarto"):
        texts, step = texts[1:], step + 1
    if step > at and texts[0] in ("half", "media", "medio", "haf") and _unit(page, step + 1) is None:
        return 0.5, step + 1
    if step > at and texts[0] in ("quarter", "cuarto"):
        return 0.25, step + 1
    item = page.items[step]
    if unit == 1.0 and item.kind == "number" and item.value is not None and 0 < item.value < 60:
        if _unit(page, step + 1) == _UNITS["minute"]:
            return item.value / 60, step + 2
        bare_end = step + 1 >= len(page.items) or page.items[step + 1].is_mark
        if (bare_end and item.value >= 5 and page.items[at].text != ",") or item.glued and item.value in (15, 30, 45):
            return item.value / 60, step + 1
    if unit == 24.0 and item.kind == "number" and item.value is not None and _unit(page, step + 1) == 1.0:
        return item.value / 24, step + 2
    return 0.0, at


def _clock_span(page: Page) -> Found | None:
    """ "from 2 to 8pm", "desde las 2 hasta las 8", "noon to 6pm": the length between two times of the clock."""
    times = [t for at in range(len(page.items)) if (t := _time(page, at)) is not None]
    for (first, end, hour, half), (start, last, until, until_half) in zip(times, times[1:], strict=False):
        between = [page.items[k].text for k in range(end, start)]
        if not between or len(between) > 4 or not any(w in _UNTIL for w in between):
            continue
        marked = half or until_half or {"las", "la"} & set(between)
        if not marked:
            continue
        length = _between(hour, half, until, until_half)
        if length is None:
            continue
        return Found(True, length, why=(page.why("clock times", first, last),))
    return None


_UNTIL = frozenset(["to", "-", "until", "till", "til", "a", "hasta", "through", "thru", "and", "y", "al", "untill"])
_FIXED = {"noon": (12.0, "pm"), "midnight": (0.0, "am"), "mediodia": (12.0, "pm"), "medianoche": (0.0, "am"), "midday": (12.0, "pm")}


def _time(page: Page, at: int) -> tuple[int, int, float, str] | None:
    item = page.items[at]
    if item.text in _FIXED:
        hour, half = _FIXED[item.text]
        return at, at + 1, hour, half
    if item.kind == "clock":
        hours, minutes = item.text.split(":")[:2]
        hour = int(hours) + int(minutes) / 60
    elif item.kind == "number" and item.value is not None and 1 <= item.value <= 12 and _unit(page, at + 1) is None:
        hour = item.value
    else:
        return None
    if not 0 <= hour < 24:
        return None
    end, half = at + 1, "clock" if item.kind == "clock" else ""
    rest = [page.items[k].text for k in range(end, min(end + 4, len(page.items)))]
    for words, name in _HALVES:
        if rest[: len(words)] == list(words):
            return at, end + len(words), hour, name
    return at, end, hour, half


_HALVES = (
    (("am",), "am"), (("pm",), "pm"), (("a", ".", "m", "."), "am"), (("p", ".", "m", "."), "pm"), (("a", ".", "m"), "am"), (("p", ".", "m"), "pm"), (("a", "m"), "am"), (("p", "m"), "pm"),
    (("in", "the", "morning"), "am"), (("in", "the", "afternoon"), "pm"), (("in", "the", "evening"), "pm"), (("at", "night"), "pm"), (("p",), "pm"),
    (("de", "la", "manana"), "am"), (("de", "la", "tarde"), "pm"), (("de", "la", "noche"), "pm"), (("de", "la", "madrugada"), "am"), (("this", "morning"), "am"),
)  # fmt: skip


def _between(start: float, half: str, end: float, end_half: str) -> float | None:
    """The shortest reading of two clock times that runs forward; a missing am or pm is taken from the other."""
    if half in ("am", "pm") and end_half in ("am", "pm"):
        a, b = _of_day(start, half), _of_day(end, end_half)
        return round((b - a) % 24, 4) or None
    if end_half in ("am", "pm"):
        b = _of_day(end, end_half)
        return round(min((b - start) % 12 or 12, (b - start) % 24 or 24), 4)
    return round((end - start) % 12, 4) or None


def _of_day(hour: float, half: str) -> float:
    return hour % 12 + (12 if half == "pm" else 0)

