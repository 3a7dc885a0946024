"""Which cue words belong to which number: "8 before now 3", "back 3 leg 6", "sitting 2 standing 6"."""

from __future__ import annotations

from itertools import pairwise

from .candidate import Candidate
from .page import Page
from .phrases import Hit

_CUES = ("now_now", "now_today", "now_moved", "past", "best", "worst", "back_cue", "part", "position", "side")


def cut_segments(page: Page, live: list[Candidate]) -> None:
    """Give each number the words that are its own."""
    for c in live:
        c.segment = (page.clause_of(c.first)[0], page.clause_of(c.last - 1)[1])
    for a, b in pairwise(live):
        if b.first < a.segment[1]:
            at = _boundary(page, a, b)
            b.segment = (at, b.segment[1])
            a.segment = (a.segment[0], at)
    for position, c in enumerate(live):
        _lend_cues(
            page,
            c,
            live[position - 1] if position else None,
            live[position + 1] if position + 1 < len(live) else None,
        )


def _boundary(page: Page, a: Candidate, b: Candidate) -> int:
    cues = sorted({(h.start, h.end, label) for label in _CUES for h in page.inside(label, a.last, b.first)})
    links = [
        h.start
        for label in ("is", "was", "best_of")
        for h in page.found(label)
        if h.end == b.last and a.last <= h.start
    ]
    if not cues:
        return min(links, default=b.first)
    if len(cues) == 1 and not _cue_first(page, a):
        present = cues[0][2].startswith("now")
        trailing = any(
            h.start >= b.last and h.end <= b.segment[1] for label in _CUES for h in page.found(label)
        )
        return (
            cues[0][0]
            if present and not trailing
            else min([cues[0][1], *[k for k in links if k >= cues[0][1]]])
        )
    return min([cues[-1][0], *[k for k in links if k > cues[0][0]]])


def _cue_first(page: Page, a: Candidate) -> bool:
    start = a.segment[0]
    labels = (*_CUES, "was")
    return any(start <= h.start < a.first for label in labels for h in page.found(label))


def _lend_cues(page: Page, c: Candidate, before: Candidate | None, after: Candidate | None) -> None:
    """ "Before the shot, 8. Now, 3": a clause of nothing but cue words belongs to the number beside it."""
    cue_at = page.covered(*_CUES[:6], "hedge", "yesterday", "before")
    index = next(
        (k for k, (start, _) in enumerate(page.clauses) if start <= c.segment[0] < page.clauses[k][1]), -1
    )
    floor = before.segment[1] if before else 0
    ceiling = after.segment[0] if after else len(page.items)
    if index > 0:
        start, end = page.clauses[index - 1]
        if start >= floor and all(at in cue_at for at in range(start, end)) and c.segment[0] - end <= 1:
            c.segment = (start, c.segment[1])
            return
    own = any(
        c.segment[0] <= h.start and h.end <= c.segment[1] for label in _CUES[:6] for h in page.found(label)
    )
    last = next((k for k, (start, end) in enumerate(page.clauses) if start < c.segment[1] <= end), -1)
    if not own and 0 <= last < len(page.clauses) - 1:
        start, end = page.clauses[last + 1]
        if end <= ceiling and all(at in cue_at for at in range(start, end)) and start - c.segment[1] <= 1:
            c.segment = (c.segment[0], end)


def strike_other_parts(page: Page, live: list[Candidate]) -> None:
    back_anywhere = bool(page.clear_of("back_cue", "not_back"))
    for c in live:
        start, end = c.segment
        if page.inside("back_cue", start, end):
            continue
        if page.found("not_back") and page.found("part") and not back_anywhere:
            c.struck = "another body part"
            continue
        hits = [
            h for h in page.clear_of("part_before", "correction") if start <= h.start and h.end == c.first + 1
        ]
        hits += [h for h in page.found("part_after") if h.start == c.first]
        if not hits and c.kind == "zero":
            hits = page.inside("part", start, end)
        index = next((k for k, span in enumerate(page.clauses) if span[0] <= c.first < span[1]), 0)
        if not hits and index and not back_anywhere and not any(o is not c for o in live):
            hits = _only_part(page, index - 1)
        if hits:
            c.struck = "another body part"


def _only_part(page: Page, index: int) -> list[Hit]:
    """ "My leg hurts, 6": the clause before the number names only another body part as what hurts."""
    start, end = page.clauses[index]
    hurts = any(page.items[at].text in _HURTS for at in range(start, end))
    if any(start <= a < end for a, _ in page.sign_spans):
        return []
    return page.inside("part", start, end) if hurts and page.items[end].text in (",", ":", "-") else []


_HURTS = frozenset(["hurts", "hurt", "hurting", "duele", "duelen", "aches", "aching", "pain", "dolor"])


def doubt_positions(page: Page, live: list[Candidate]) -> None:
    """Numbers for positions, times of day or sides say nothing about the one score."""
    values = {c.value for c in live if not c.struck}
    sided = [c for c in live if not c.struck and _stands_at(page, "side", c)]
    present = any(page.found(label) for label in ("now_now", "now_today", "now_moved"))
    days = {page.items[h.end - 1].text for h in page.found("part_of_day")}
    if len(values) > 1 and len(days) > 1 and not present:
        for c in live:
            c.doubt = c.doubt or "a time of day"
    for c in live:
        apart = len(values) > 1 and len(sided) > 1 and c in sided and not _stands_at(page, "now_now", c)
        if apart or _stands_at(page, "position", c):
            c.doubt = c.doubt or "a position or a side"


def _stands_at(page: Page, label: str, c: Candidate) -> bool:
    start, end = c.segment
    blockers = ("keep", "past", "now_now", "now_today", "now_moved") if label == "side" else ("keep",)
    return any(start <= h.start and h.end <= end for h in page.clear_of(label, *blockers))
