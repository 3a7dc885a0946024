"""The length between two times of the clock: "from 2 to 8pm", "desde las 10 hasta las 2", "noon to 5"."""

from __future__ import annotations

from itertools import pairwise

from .lengths import unit_at
from .model import Found
from .page import Page


def clock_span(page: Page) -> Found | None:
    """The length between two clock times, when at least one says that it is one ("8pm", "las 8", "noon")."""
    times = [t for at in range(len(page.items)) if (t := _time(page, at)) is not None]
    for (first, end, hour, half), (start, last, until, until_half) in pairwise(times):
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


_UNTIL = frozenset(
    ["to", "-", "until", "till", "til", "a", "hasta", "through", "thru", "and", "y", "al", "untill"]
)
_FIXED = {
    "noon": (12.0, "pm"),
    "midnight": (0.0, "am"),
    "mediodia": (12.0, "pm"),
    "medianoche": (0.0, "am"),
    "midday": (12.0, "pm"),
}


def _time(page: Page, at: int) -> tuple[int, int, float, str] | None:
    item = page.items[at]
    if item.text in _FIXED:
        hour, half = _FIXED[item.text]
        return at, at + 1, hour, half
    if item.kind == "clock":
        hours, minutes = item.text.split(":")[:2]
        hour = int(hours) + int(minutes) / 60
    elif (
        item.kind == "number"
        and item.value is not None
        and 1 <= item.value <= 12
        and unit_at(page, at + 1) is None
    ):
        hour = item.value
    else:
        return None
    if not 0 <= hour < 24:
        return None
    end, half = at + 1, "clock" if item.kind == "clock" else ""
    rest = [page.items[k].text for k in range(end, min(end + 4, len(page.items)))]
    for words, name in _HALVES:
        if rest[: len(words)] == words:
            return at, end + len(words), hour, name
    return at, end, hour, half


_AM = ("am", "a m", "a . m", "a . m .", "in the morning", "this morning", "de la manana", "de la madrugada")
_PM = (
    "pm",
    "p m",
    "p . m",
    "p . m .",
    "p",
    "in the afternoon",
    "in the evening",
    "at night",
    "de la tarde",
    "de la noche",
)
_HALVES = sorted(
    [(words.split(), "am") for words in _AM] + [(words.split(), "pm") for words in _PM],
    key=lambda pair: -len(pair[0]),
)


def _between(start: float, half: str, end: float, end_half: str) -> float | None:
    """The shortest way forward from one time to the other; a missing am or pm is taken from the other."""
    if half in ("am", "pm") and end_half in ("am", "pm"):
        a, b = _of_day(start, half), _of_day(end, end_half)
        return round((b - a) % 24, 4) or None
    if end_half in ("am", "pm"):
        b = _of_day(end, end_half)
        return round(min((b - start) % 12 or 12, (b - start) % 24 or 24), 4)
    return round((end - start) % 12, 4) or None


def _of_day(hour: float, half: str) -> float:
    return hour % 12 + (12 if half == "pm" else 0)
