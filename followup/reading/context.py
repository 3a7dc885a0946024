"""Whether the words beside a number are ones that stand beside a score.

This is what keeps "I have eight cows" from being an 8: unknown company makes a number a count of something.
"""

from __future__ import annotations

from .candidate import Candidate
from .page import Page

# Words that say when or which: they keep company with scores.
_CUES = (
    "correction",
    "now_now",
    "now_today",
    "now_moved",
    "past",
    "then",
    "best",
    "worst",
    "back_cue",
    "part",
)


def stands_like_a_score(page: Page, c: Candidate) -> bool:
    """Whether the words on both sides are ones that stand around a score."""
    word, before = page.items[c.first].text, c.first - 1
    if c.last < len(page.items) and page.items[c.last].glued and c.last not in page.starts("glued"):
        return page.items[c.last].is_mark  # "4u", "3M"
    fits = score_may_follow(page, c.first) and score_may_precede(page, c.last)
    if word in ("one", "uno"):  # seldom a number: "this one", "uno aguanta"
        cued = before in page.covered(*_CUES, "before_one")
        return fits and (cued or _alone(page, c))
    if c.first in page.starts("other_language"):  # "once" and "dies" are English words too
        return fits and (_alone(page, c) or bool(page.found("spanish")))
    article = c.first > 0 and page.items[before].text in ("a", "an", "un")
    return fits or (article and score_may_follow(page, c.first) and not _unit_like(page, c.last))


def _alone(page: Page, c: Candidate) -> bool:
    start, end = page.clause_of(c.first)
    hedges = page.covered("hedge")
    return all(c.first <= at < c.last or at in hedges for at in range(start, end))


def _unit_like(page: Page, at: int) -> bool:
    item = page.items[at] if at < len(page.items) else None
    return item is not None and not item.is_mark and item.glued


def score_may_follow(page: Page, at: int) -> bool:
    hedges = page.covered("hedge")
    intro = page.covered("intro", "greeting", "fillers", *_CUES)
    k = at - 1
    while k >= 0 and k in hedges and k not in intro:
        k -= 1
    if k < 0 or page.items[k].is_mark or k in intro or k in page.signs_at:
        return True
    item = page.items[k]
    named = any(h.end <= k < h.end + 3 for h in page.found("name_intro"))
    return item.kind in ("number", "fraction") or (named and not item.known)


def score_may_precede(page: Page, at: int) -> bool:
    if at >= len(page.items) or page.items[at].is_mark:
        return True
    item = page.items[at]
    if item.kind in ("number", "fraction", "code", "clock"):
        return True
    if at in page.starts(
        "after", "greeting", "fillers", "hedge", "position", "side", "swing", "change", *_CUES
    ):
        return True
    # "10 unbearable", but not "2 falls"
    if any(start == at for start, _ in page.sign_spans) and at not in page.starts("counted"):
        return True
    # a name signed behind the score: "6 Maria"
    return item.capital and not item.known and not item.glued and len(page.items) - at <= 2
