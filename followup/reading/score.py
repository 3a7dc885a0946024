"""Reading a pain score: find every number that could be one, strike out what is not, decide between the rest.

A wrong score is a clinical error and one more text is not, so a number is only taken when the words
around it are ones that stand around a score; anything else makes the reply unclear.
"""

from __future__ import annotations

from .candidate import Candidate
from .candidates import FOR_A_TIME, UNKNOWN, candidates
from .model import Found, Why
from .page import Page, ends_sentence

# How much a number's own words say that it is the present one.
_NOW, _TODAY, _MOVED, _IS, _BARE, _PAST = 3.0, 2.0, 1.8, 1.5, 1.0, 0.0


def read_score(page: Page, *, best: bool) -> Found:
    """The score of now, or the best score of the first hours when `best` is set."""
    found = candidates(page)
    live = [c for c in found if not c.struck]
    if best:
        for c in live:
            c.doubt = "" if c.doubt == FOR_A_TIME else c.doubt
    if live:
        chosen = _best(page, live) if best else _now(page, live)
        if chosen is not None and chosen.value is not None and not _rivalled(page, chosen, found):
            return Found(
                True, chosen.value, chosen.approx, chosen.low, chosen.high, why=_reasons(page, chosen, found)
            )
    return Found(False, about=_about(page, found), why=_struck(page, found))


def _now(page: Page, live: list[Candidate]) -> Candidate | None:
    levels = [(_level(page, c), c) for c in live]
    top = max(level for level, _ in levels)
    if top == _PAST:
        return None
    if top >= _MOVED:
        chosen = [c for level, c in levels if level == top]
        if len({c.value for c in chosen}) > 1 and any(_has(page, "then", c) for c in chosen[1:]):
            chosen = [c for c in chosen if _has(page, "then", c)][-1:]
    else:
        chosen = [c for level, c in levels if level > _PAST]
    return _agreed(chosen)


def _best(page: Page, live: list[Candidate]) -> Candidate | None:
    lowest = [c for c in live if _has(page, "best", c) or _has(page, "best_of", c)]
    worst = [c for c in live if _has(page, "worst", c) and c not in lowest]
    rest = [c for c in live if c not in worst and c not in lowest]
    if lowest:
        return _lowest(lowest)
    usual = [c for c in rest if _has(page, "before", c) or _has(page, "usually", c)]
    rest = [c for c in rest if c not in usual]
    present = [c for c in rest if _has(page, "now_now", c)]
    past = [c for c in rest if c not in present]
    if past and len({c.value for c in past}) == 1 and not present:
        return _agreed(past)
    moved = bool(
        present
        or usual
        or any(c.moved for c in live)
        or page.found("then")
        or page.found("change")
        or page.found("was")
        or page.found("yesterday")
        or page.found("now_today")
        or page.found("now_moved")
    )
    if past and moved:
        return _lowest(past + present)
    return _agreed(past) if past else None


def _rivalled(page: Page, chosen: Candidate, found: list[Candidate]) -> bool:
    """A number in unknown company beside one that nothing marks as the score: either may be meant."""
    start, end = chosen.segment
    plain = _level(page, chosen) <= _BARE and chosen.kind != "ten"
    rivals = [
        c for c in found if c.struck == UNKNOWN and c.value != chosen.value and 0 <= (c.value or 0) <= 10
    ]
    return any(
        start <= c.first < end or (plain and not any(ends_sentence(page.items[at]) for at in _gap(c, chosen)))
        for c in rivals
    )


def _gap(a: Candidate, b: Candidate) -> range:
    return range(min(a.last, b.last), max(a.first, b.first))


def _lowest(chosen: list[Candidate]) -> Candidate | None:
    if any(c.doubt for c in chosen):
        return None
    return min(chosen, key=lambda c: c.value if c.value is not None else 99)


def _agreed(chosen: list[Candidate]) -> Candidate | None:
    """The one value that all of them say; a doubtful one among them spoils it."""
    if not chosen or any(c.doubt for c in chosen) or len({c.value for c in chosen}) != 1:
        return None
    return chosen[0]


def _level(page: Page, c: Candidate) -> float:
    if c.moved == "from":
        return _PAST
    if c.moved == "to":
        return _PAST if _has(page, "yesterday", c) else _MOVED
    was = any(h.end == c.last for h in page.inside("was", *c.segment)) and not page.found("was_typed")
    present = any(h.end == c.last for h in page.inside("is", *c.segment))
    now = _has(page, "now_now", c)
    today = _TODAY if _has(page, "now_today", c) else _MOVED if _has(page, "now_moved", c) else None
    past = any(_has(page, label, c) for label in ("past", "best", "worst"))
    if was and not present:
        return _BARE if today and not past else _PAST
    if now:
        return _NOW
    if present and not (past and _has(page, "yesterday", c) and not today):
        return today or _IS
    if past:
        return today if today and not _has(page, "yesterday", c) else _PAST
    return today or _BARE


def _has(page: Page, label: str, c: Candidate) -> bool:
    """Whether the number's own stretch holds a cue; one behind a warning sign speaks of the sign instead."""
    start, end = c.segment
    timely = label in ("past", "yesterday", "before", "best")
    blockers = ("strike_scale", "sign.self_harm", "say_so", "ongoing" if timely else "sign.severe_pain")
    hits = page.clear_of(label, *blockers)
    return any(
        start <= h.start < end and h.end <= max(end, c.last) and not _behind_sign(page, c, h.start)
        for h in hits
    )


def _behind_sign(page: Page, c: Candidate, at: int) -> bool:
    return any(c.last <= start and end <= at + 1 for start, end in page.sign_spans)


def _about(page: Page, found: list[Candidate]) -> str:
    if any(c.struck == "another body part" for c in found) or (
        page.found("part") and not page.found("back_cue")
    ):
        return "other_body_part"
    return "soreness" if page.found("soreness") else ""


def _reasons(page: Page, chosen: Candidate, found: list[Candidate]) -> tuple[Why, ...]:
    steps = [page.why("score" if not chosen.approx else "range", chosen.first, chosen.last)]
    for label, rule in (("now_now", "now"), ("now_today", "now"), ("now_moved", "now"), ("best", "lowest")):
        steps += [page.why(rule, h.start, h.end) for h in page.inside(label, *chosen.segment)][:1]
    others = [c for c in found if c is not chosen and not c.struck and c.value != chosen.value]
    steps += [page.why("the other number", c.first, c.last) for c in others]
    return (*steps, *_struck(page, found))


def _struck(page: Page, found: list[Candidate]) -> tuple[Why, ...]:
    return tuple(page.why(f"not a score: {c.struck}", c.first, c.last) for c in found if c.struck) + tuple(
        page.why(f"in doubt: {c.doubt}", c.first, c.last) for c in found if c.doubt and not c.struck
    )
