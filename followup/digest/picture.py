"""One case as a picture: before → lowest → now on a 0 to 10 line, with the clinic's bar.

Drawn here and not by a plotting library: two lines and three marks a row, which must stay sharp on paper,
carry no script or style for the page's policy to refuse, and cost nothing in the web process. The marks
differ in shape, never in colour alone, and the same numbers stand in the row beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from followup.digest import words
from followup.digest.model import Entry
from followup.tongue import _

WIDTH, HEIGHT = 140, 22  # units of the drawing; the stylesheet says how large they are
_LEFT, _STEP = 8, Decimal("12.4")  # where 0 lies, and how far one point is
# For the templates: the size, and where 0, 5 and 10 lie.
DRAWING = {"width": WIDTH, "height": HEIGHT, "none": 8, "half": 70, "worst": 132}


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """Places along the line, None for what is not known. `bar` is the score that reaches the clinic's bar."""

    before: float | None
    lowest: float | None
    now: float | None
    bar: float | None
    left: float
    right: float
    said: str  # the same in words, for a screen reader


def dumbbell(entry: Entry) -> Dumbbell | None:
    """None when there is nothing to draw but the score before."""
    if entry.best is None and entry.now is None:
        return None
    known = [s for s in (entry.baseline, entry.best, entry.now) if s is not None]
    bar = entry.baseline * (100 - entry.bar) / 100 if entry.baseline else None
    return Dumbbell(
        before=_place(entry.baseline),
        lowest=_place(entry.best),
        now=_place(entry.now),
        bar=_place(bar),
        left=place(min(known)),
        right=place(max(known)),
        said=_said(entry, bar),
    )


def place(score: Decimal) -> float:
    """Where a score of 0 to 10 lies, in units of the drawing."""
    return float(round(_LEFT + score * _STEP, 1))


def _place(score: Decimal | None) -> float | None:
    return None if score is None else place(score)


def _said(entry: Entry, bar: Decimal | None) -> str:
    parts = (
        (_("before"), entry.baseline),
        (_("lowest"), entry.best),
        (_("now"), entry.now),
        (_("bar at"), bar),
    )
    return ", ".join(f"{name} {words.number(score)}" for name, score in parts if score is not None)
