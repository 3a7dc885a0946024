"""Lengths of time: an amount, its unit and what is added to it, as in "2 1/2 hrs", "1h30", "hora y media"."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from .page import Page

UNITS = {"hour": 1.0, "minute": 1 / 60, "day": 24.0, "long": 1000.0}
_JOIN = frozenset(["and", "y", ",", "with", "con", "n", "&", "an"])
_RANGE = frozenset(["-", "~", "to", "or", "a", "o", "u", "maybe", "hasta"])
_ONE = frozenset(["a", "an", "una", "un", "one", "uno", "1"])


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time and its span of items; `unit` is the hours in one of it, None for a bare number."""

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


def lengths(page: Page) -> list[Length]:
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
    return (
        bool(between)
        and len(between) <= 4
        and any(w in _RANGE for w in between)
        and all(w in _RANGE | fill for w in between)
    )


def _range(a: Length, b: Length) -> Length:
    unit = b.unit if b.unit is not None else a.unit
    factor = 1.0 if unit is None else unit
    low = a.amount * (a.unit if a.unit is not None else factor)
    high = b.amount * (b.unit if b.unit is not None else factor)
    low, high = sorted((low, high))
    middle = ceil((low + high) * 2) / 4 if (low + high) % 0.5 else (low + high) / 2
    return Length(a.first, b.last, middle / factor, unit, True, round(low, 4), round(high, 4))


def unit_at(page: Page, at: int) -> float | None:
    if at >= len(page.items):
        return None
    text = page.items[at].text
    for name, hours in UNITS.items():
        if at in page.covered("unit_" + name):
            return hours if text not in ("d", "m") or page.items[at].glued else None
    return None


def _length(page: Page, at: int) -> Length | None:
    """The length that starts here: an amount with its unit and what is added to it, or a bare number."""
    half = _half(page, at)
    if half is not None:
        return half
    amount, used, approx = _amount(page, at)
    if amount is None:
        unit = unit_at(page, at)
        extra, end = _added(page, at + 1, 1.0) if unit == 1.0 else (0.0, 0)
        return Length(at, end, 1.0 + extra, 1.0) if extra in (0.25, 0.5) else None
    after = at + used
    unit = unit_at(page, after)
    if (
        unit is None
        and after < len(page.items)
        and page.items[after].text
        in (
            "full",
            "whole",
            "good",
            "solid",
            "straight",
            "more",
            "long",
            "horas",
            "of",
            "de",
            "entire",
            "complete",
            "-",
        )
    ):
        unit = unit_at(page, after + 1)
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
    if (
        item.kind == "fraction"
        and item.over in (2, 3, 4)
        and item.value is not None
        and item.value < item.over
    ):
        return (item.value / item.over, 1, False) if unit_at(page, at + 1) is not None else (None, 0, False)
    if item.text in _ONE and unit_at(page, at + 1) is not None:
        return 1.0, 1, False
    if item.text in _ONE and unit_at(page, at + 3) is not None and page.items[at + 1].text in _RANGE:
        return 1.0, 1, False  # "una o dos horas"
    return None, 0, False


_SHARES = {"half": 0.5, "media": 0.5, "medio": 0.5, "quarter": 0.25, "cuarto": 0.25}


def _half(page: Page, at: int) -> Length | None:
    """Half an hour, media hora, medio dia, quarter of an hour, tres cuartos de hora, half a day."""
    first = page.items[at].text
    second = page.items[at + 1].text if at + 1 < len(page.items) else ""
    share, used = _SHARES.get(first, 0.0), 1
    if first in _ONE and second in _SHARES:
        share, used = _SHARES[second], 2
    elif second in ("quarters", "cuartos") and page.items[at].value == 3:
        share, used = 0.75, 2
    if not share:
        return None
    step = at + used
    while step < len(page.items) and page.items[step].text in (
        "of",
        "de",
        "a",
        "an",
        "una",
        "un",
        "la",
        "the",
    ):
        step += 1
    unit = unit_at(page, step)
    if unit is None or (unit == 24.0 and share != 0.5):
        return None
    return Length(at, step + 1, share, unit)


def _added(page: Page, at: int, unit: float) -> tuple[float, int]:
    """ "and a half", "y media", "30 minutes": what follows a unit and belongs to it, in that unit."""
    step = at
    while step < len(page.items) and page.items[step].text in _JOIN:
        step += 1
    if step >= len(page.items):
        return 0.0, at
    texts = [page.items[k].text for k in range(step, min(step + 3, len(page.items)))]
    if texts[0] in ("a", "un", "una") and len(texts) > 1 and texts[1] in ("half", "quarter", "cuarto"):
        texts, step = texts[1:], step + 1
    if step > at and texts[0] in ("half", "media", "medio", "haf") and unit_at(page, step + 1) is None:
        return 0.5, step + 1
    if step > at and texts[0] in ("quarter", "cuarto"):
        return 0.25, step + 1
    item = page.items[step]
    if unit == 1.0 and item.kind == "number" and item.value is not None and 0 < item.value < 60:
        if unit_at(page, step + 1) == UNITS["minute"]:
            return item.value / 60, step + 2
        bare_end = step + 1 >= len(page.items) or page.items[step + 1].is_mark
        if (bare_end and item.value >= 5 and page.items[at].text != ",") or (
            item.glued and item.value in (15, 30, 45)
        ):
            return item.value / 60, step + 1
    if unit == 24.0 and item.kind == "number" and item.value is not None and unit_at(page, step + 1) == 1.0:
        return item.value / 24, step + 2
    return 0.0, at
