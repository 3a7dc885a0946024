"""How close the printed rows stand, so that a day of 25 cases is one sheet and nothing is cut without need.

Paper cannot be asked how much fits on it, and the page runs no script that could try. So the height is
reckoned from the words, for the widest letters in use, and the roomiest setting that fits is taken. Only the
closest ones cut long words short; the screen always shows them whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from followup.digest import words
from followup.digest.model import Digest, Entry
from followup.digest.sections import Section, sections

_PAGE = 744.0  # points from top to bottom of Letter, the shorter of the two
_WIDTH = 538.0  # points across A4, the narrower of the two
_LETTER = 0.55  # of the font size: how wide a letter is on average
_WHY, _TRIED, _ASK, _SIGN, _BESIDE = (
    0.395,
    0.20,
    0.38,
    0.44,
    0.25,
)  # shares of the width, as digest.css has them


@dataclass(frozen=True, slots=True)
class Density:
    """`name` is the page's class in digest.css; size in points, line and padding in parts of it.

    `spare` is for what is not reckoned, such as labels that take a line of their own where there is room.
    """

    name: str
    size: float
    line: float
    padding: float
    most: int  # lines of a row's words before they are cut; 0: never cut
    spare: float

    def lines(self, text: int, share: float) -> int:
        """How many lines so many letters take in a column, at least the two of the name beside it."""
        letters = (share * _WIDTH - self.size) / (self.size * _LETTER)
        needed = max(2, math.ceil(text / letters + 0.1))  # the last line is seldom full
        return min(needed, self.most) if self.most else needed

    def height(self, lines: float, rows: int) -> float:
        return self.size * (lines * self.line + rows * self.padding) + rows * 0.75


DENSITIES = (
    Density("roomy", 8.6, 1.25, 0.32, 0, 1.16),
    Density("crowded", 7.8, 1.2, 0.32, 0, 1.1),
    Density("packed", 7.1, 1.16, 0.28, 4, 1.04),
    Density("tight", 7.0, 1.14, 0.24, 3, 1.03),
    Density("full", 7.0, 1.14, 0.24, 2, 1.03),
)


def density(digest: Digest) -> str:
    """The roomiest of DENSITIES that still fits one sheet; the closest when none does."""
    bar = words.common_bar(digest.entries)  # once: asked for each row, it looks at every other row each time
    fitting = (d.name for d in DENSITIES if _height(digest, d, bar) <= _PAGE)
    return next(fitting, DENSITIES[-1].name)


def _height(digest: Digest, d: Density, bar: str) -> float:
    return d.spare * (_frame(digest, d) + sum(_section(digest, s, d, bar) for s in sections(digest)))


def _frame(digest: Digest, d: Density) -> float:
    """What stands on every page: heading, titles of the tables, script, trend; and the front desk's lines."""
    other = sum(max(1, math.ceil(len(a.words) / 130)) for a in digest.attention)
    late = 3 if words.waited_too_long(digest) else 0
    missing = 3 + len(digest.missing) if digest.missing else 0
    return d.height(22.5 + late + missing + other + (2 if other else 0), 9)


def _section(digest: Digest, section: Section, d: Density, bar: str) -> float:
    if section.name in ("waiting", "closed"):
        # Beside each other: the longer one counts, and half of it is it.
        to_do = sum(d.lines(len(task), _BESIDE) for entry in section.entries for task in entry.to_do)
        return d.height(0.93 * len(section.entries) + 2 * to_do, len(section.entries)) / 2
    rows = [_lines(digest, section, entry, d, bar) for entry in section.entries]
    return d.height(sum(rows), len(rows))


def _lines(digest: Digest, section: Section, entry: Entry, d: Density, bar: str) -> int:
    said = sum(len(words) + 3 for words in entry.own_words) + sum(len(task) + 3 for task in entry.to_do)
    if section.name == "call_now":
        return d.lines(len(words.why(entry)) + said + 12, _SIGN)
    if section.name == "call_today":
        tried = d.lines(len(words.tried(entry, digest.zone, digest.day)), _TRIED)
        return max(tried, d.lines(len(words.why(entry)) + len(words.ask(entry)) + said + 25, _ASK))
    behind = len(words.behind(entry, bar))
    reason = len(words.why(entry)) + int(1.12 * len(words.caution(entry)))
    return d.lines(reason + said + int(0.85 * behind) + 5, _WHY)
