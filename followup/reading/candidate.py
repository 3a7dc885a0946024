"""One number of a reply that might be a score, with what speaks against it.

Two kinds of objection. A `struck` number is something else (a time, a dose, the leg's) and is ignored.
A `doubt` stays with the number (a bound, off the scale): the reply is unclear unless another number is
plainly the present one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Candidate:
    """A possible score and its span of items. `segment` is the stretch whose cue words are its own."""

    first: int
    last: int
    value: float | None
    kind: str  # number | ten | zero
    struck: str = ""
    doubt: str = ""
    moved: str = ""  # from | to: the ends of "went from 8 to 3"
    approx: bool = False
    low: float | None = None
    high: float | None = None
    segment: tuple[int, int] = (0, 0)
