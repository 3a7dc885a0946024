"""Numbers that belong together: corrections, ranges, and the two ends of a change."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

from .candidate import Candidate
from .page import Page

_RANGE_JOINS = frozenset("- ~ to or a o u maybe possibly perhaps could quizas quiza".split())  # noqa: SIM905
_RANGE_FILL = frozenset(
    word
    for line in (
        "be so a an like about maybe , it might even at most the close almost possibly in and between",
        "un una ser puede vez tal el como en y entre",
    )
    for word in line.split()
)


def take_back_corrected(page: Page, live: list[Candidate]) -> None:
    """ "7 no wait 6": the number before the correcting words is taken back."""
    for before, after in pairwise(live):
        if before.value == after.value or after.first - before.last > 7:
            continue
        between = range(before.last, after.first)
        covered = page.within(("correction",), before.last, after.first)
        fill = page.within(("hedge", "intro", "fillers", "is"), before.last, after.last)
        if covered and all(at in covered or page.items[at].is_mark or at in fill for at in between):
            no_only = [page.items[at].text for at in between if not page.items[at].is_mark]
            if no_only in (["to"], ["a"], ["or"]):
                continue
            before.struck = "corrected"


def join_ranges(page: Page, live: list[Candidate]) -> list[Candidate]:
    """ "3-4", "entre 3 y 4", "4, could be 5" become one candidate; "from 8 to 3" two ends of a change."""
    out: list[Candidate] = []
    for c in live:
        last = out[-1] if out else None
        if last is None or last.value is None or c.value is None:
            out.append(c)
            continue
        between = [page.items[at].text for at in range(last.last, c.first)]
        if _is_change(page, last, c, between):
            last.moved, c.moved = "from", "to"
            out.append(c)
        elif _is_range(page, last, c, between):
            out[-1] = _range(last, c)
        else:
            out.append(c)
    return out


def _is_change(page: Page, a: Candidate, b: Candidate, between: list[str]) -> bool:
    assert a.value is not None
    assert b.value is not None
    if any(word in ("->", "→", "=>") for word in between):
        return True
    start = page.clause_of(a.first)[0]
    before = [page.items[at].text for at in range(start, a.first)]
    changed = any(
        (start <= h.start and h.end <= a.first) or (a.last <= h.start and h.end <= b.first)
        for h in page.found("change")
    )
    to = any(word in ("to", "a", "al", "hasta", "en") for word in between)
    if not to or len(between) > 6 or any(w in (",", ".", ";", "or", "o") for w in between):
        return False
    from_ = any(word in ("from", "de", "del", "desde") for word in before)
    swing = any(start <= h.start < b.first for h in page.found("swing"))
    if swing:
        return False
    return (changed and (from_ or a.value > b.value)) or (from_ and a.value > b.value + 1)


def _is_range(page: Page, a: Candidate, b: Candidate, between: list[str]) -> bool:
    start = page.clause_of(a.first)[0]
    before = [page.items[at].text for at in range(start, a.first)]
    if not between or len(between) > 5:
        return False
    if any(word in ("between", "entre", "betwixt") for word in before[-4:]) and (
        "and" in between or "y" in between
    ):
        return all(word in _RANGE_FILL or word in _RANGE_JOINS for word in between)
    if "and" in between or "y" in between:
        return False
    if not all(word in _RANGE_FILL or word in _RANGE_JOINS for word in between):
        return False
    return (
        any(word in _RANGE_JOINS - {"a"} for word in between)
        or "a" in between
        or {"could", "might", "puede", "vez"} & set(between) != set()
    )


def _range(a: Candidate, b: Candidate) -> Candidate:
    assert a.value is not None
    assert b.value is not None
    low, high = sorted((a.value, b.value))
    made = Candidate(
        a.first, b.last, ceil(low + high) / 2 if (low + high) % 1 else (low + high) / 2, "number"
    )
    made.low, made.high, made.approx = low, high, low != high
    made.doubt = a.doubt or b.doubt
    if low == high:
        made.low = made.high = None
    if high - low > 2:
        made.doubt = made.doubt or "a wide range"
    if a.approx or b.approx:
        made.doubt = made.doubt or "more than one range"
    return made
