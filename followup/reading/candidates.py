"""Every number (or word for no pain) in a reply that might be a score, with what speaks against it.

Two kinds of objection. A `struck` number is something else (a time, a dose, the leg's) and is ignored.
A `doubt` stays with the number (a bound, off the scale): the reply is unclear unless another number is
plainly the present one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil

from .page import Page
from .phrases import Hit

_STRIKES = {
    "strike_time": "a time",
    "strike_date": "a date",
    "strike_dose": "a dose",
    "strike_duration": "a length of time",
    "strike_count": "a count",
    "strike_age": "an age",
    "strike_percent": "a percentage",
    "strike_change": "an amount of change",
    "strike_reading": "another measurement",
    "strike_level": "a spine level",
    "strike_phone": "a phone number",
    "strike_scale": "the scale",
    "strike_subject": "about something else",
}
_RANGE_JOINS = frozenset(["-", "~", "to", "or", "a", "o", "u", "maybe", "possibly", "perhaps", "could", "quizas", "quiza", "slash"])
_RANGE_FILL = frozenset(["be", "a", "an", "un", "una", "like", "about", "maybe", ",", "it", "might", "ser", "puede", "vez", "tal",
                         "even", "at", "most", "the", "el", "como", "close", "almost", "possibly", "in", "en", "and", "y", "between", "entre", "be"])  # fmt: skip


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


def candidates(page: Page) -> list[Candidate]:
    found = sorted(_zeros(page) + _numbers(page), key=lambda c: c.first)
    _strike(page, found)
    _doubt(page, found)
    live = [c for c in found if not c.struck]
    _corrections(page, live)
    live = [c for c in live if not c.struck]
    live = _ranges(page, live)
    _cut_segments(page, live)
    _other_parts(page, live)
    _positions(page, live)
    kept = {id(c) for c in live}
    return [c for c in found if c.struck or id(c) in kept] + [c for c in live if c not in found]


def _zeros(page: Page) -> list[Candidate]:
    """No pain, none, nada: but not "almost none", "no pain pills", "no pain sitting"."""
    zeros: list[Candidate] = []
    for hit in page.clear_of("zero", "not_zero"):
        if zeros and hit.start < zeros[-1].last:
            if hit.end > zeros[-1].last:
                zeros[-1].last = hit.end
            continue
        if hit.end - hit.start == 1 and not (_left(page, hit.start) and _right(page, hit.end)):
            continue
        zero = Candidate(hit.start, hit.end, 0.0, "zero")
        clause = page.clause_of(hit.end - 1)
        if any(clause[0] <= h.start and h.end <= clause[1] + 4 and h.start >= hit.end for h in page.found("position")):
            zero.doubt = "only in one position"
        zeros.append(zero)
    return zeros


def _numbers(page: Page) -> list[Candidate]:
    zeros = {at for h in page.clear_of("zero", "not_zero") for at in range(h.start, h.end)}
    tens = {h.start: h for h in page.found("out_of_ten")}
    found: list[Candidate] = []
    skip = 0
    for at, item in enumerate(page.items):
        if at < skip or at in zeros:
            continue
        if at in tens and item.value is not None:
            found.append(Candidate(at, tens[at].end, item.value, "ten"))
            skip = tens[at].end
        elif item.kind == "fraction":
            kind = "ten" if item.over == 10 else "fraction"
            found.append(Candidate(at, at + 1, item.value, kind))
        elif item.kind == "number":
            found.append(Candidate(at, at + 1, item.value, "number"))
    return found


def _strike(page: Page, found: list[Candidate]) -> None:
    kept = {h.end - 1 for h in page.found("keep")}
    for label, reason in _STRIKES.items():
        for hit in page.found(label):
            for c in found:
                if c.kind != "zero" and hit.start <= c.first < hit.end and not c.struck:
                    if label == "strike_change" and c.kind == "ten" and hit.end <= c.last:
                        continue
                    c.struck = reason
    for hit in page.found("strike_at"):
        if hit.start and page.items[hit.start].text in ("before", "after") and page.items[hit.start - 1].value is not None:
            continue  # "8 before 3 now"
        for c in found:
            if hit.start <= c.first < hit.end and c.first not in kept and c.kind == "number":
                c.struck = c.struck or "a time"
    for hit in page.found("negated"):
        for c in found:
            if hit.start <= c.first < hit.end and c.kind != "zero":
                c.struck = c.struck or "denied"
    for c in found:
        if c.kind == "number" and not c.struck and not _stands_like_a_score(page, c):
            c.struck = "among words that are not about pain"


def _stands_like_a_score(page: Page, c: Candidate) -> bool:
    """Whether the words on both sides are ones that stand around a score."""
    item = page.items[c.first]
    left, right = _left(page, c.first), _right(page, c.last)
    if item.text in ("one", "uno"):
        before = page.items[c.first - 1].text if c.first else ""
        return left and right and (before in _ONE_AFTER or _alone(page, c))
    if item.text in _ADVERB_ONCE or item.text in _ENGLISH_WORD_TOO:
        return left and right and (_alone(page, c) or _spanish(page))
    article = c.first > 0 and page.items[c.first - 1].text in ("a", "an", "un")
    return (left and right) or (article and left and not _unit_like(page, c.last))


_ONE_AFTER = frozenset(["a", "un", "level", "nivel", "about", "like", "maybe", "como", "is", "en", "es", "pain", "dolor", "to", "at", "its", "or", "o"])
_ADVERB_ONCE = frozenset(["once"])
_ENGLISH_WORD_TOO = frozenset(["dies", "sies", "die"])


def _alone(page: Page, c: Candidate) -> bool:
    start, end = page.clause_of(c.first)
    hedges = {at for h in page.found("hedge") for at in range(h.start, h.end)}
    return all(c.first <= at < c.last or at in hedges for at in range(start, end))


def _spanish(page: Page) -> bool:
    return any(item.text in _SPANISH for item in page.items)


_SPANISH = frozenset("el la de que un es esta estoy dolor me mi como en duele ahora hoy horas era fue y ya tengo".split())


def _unit_like(page: Page, at: int) -> bool:
    item = page.items[at] if at < len(page.items) else None
    return item is not None and not item.is_mark and item.glued


def _left(page: Page, at: int) -> bool:
    hedges = {k for h in page.found("hedge") for k in range(h.start, h.end)}
    names = {k for h in page.found("name_intro") for k in range(h.end, min(h.end + 3, len(page.items)))}
    intro = {k for label in ("intro", "greeting", "fillers") for h in page.found(label) for k in range(h.start, h.end)}
    k = at - 1
    while k >= 0 and k in hedges and k not in intro:
        k -= 1
    if k < 0 or page.items[k].is_mark or k in intro or any(a <= k < b for a, b in page.sign_spans):
        return True
    item = page.items[k]
    return item.kind in ("number", "fraction") or (k in names and not item.known)


def _right(page: Page, at: int) -> bool:
    if at >= len(page.items) or page.items[at].is_mark:
        return True
    item = page.items[at]
    if item.kind in ("number", "fraction", "code", "clock"):
        return True
    if any(h.start == at for label in ("after", "greeting", "fillers", "hedge") for h in page.found(label)):
        return True
    # a name signed behind the score: "6 Maria"
    return item.capital and not item.known and not item.glued and len(page.items) - at <= 2


def _doubt(page: Page, found: list[Candidate]) -> None:
    for c in found:
        if c.struck or c.value is None or c.kind == "zero":
            continue
        plus = c.last < len(page.items) and page.items[c.last].text == "+"
        if c.kind == "fraction":
            c.doubt = "not out of ten"
        elif not 0 <= c.value <= 10:
            c.doubt = "off the scale"
        elif (c.value * 2) % 1:
            c.doubt = "not a whole or half point"
        elif plus and c.value != 10:
            c.doubt = "a bound"
    for hit in page.found("bound"):
        for c in found:
            if hit.start <= c.first < hit.end and c.kind != "zero":
                if c.value == 10 and "+" in (page.items[hit.end - 1].text, page.items[hit.start].text):
                    continue
                c.doubt = c.doubt or "a bound"


def _corrections(page: Page, live: list[Candidate]) -> None:
    """ "7 no wait 6": the number before the correcting words is taken back."""
    cues = page.found("correction")
    for before, after in zip(live, live[1:], strict=False):
        if before.value == after.value or after.first - before.last > 7:
            continue
        between = range(before.last, after.first)
        covered = {at for h in cues if h.start >= before.last and h.end <= after.first for at in range(h.start, h.end)}
        fill = _positions_of(page, ("hedge", "intro", "fillers", "is"), before.last, after.last)
        if covered and all(at in covered or page.items[at].is_mark or at in fill for at in between):
            no_only = [page.items[at].text for at in between if not page.items[at].is_mark]
            if no_only in (["to"], ["a"], ["or"]):
                continue
            before.struck = "corrected"


def _positions_of(page: Page, labels: Iterable[str], start: int, end: int) -> set[int]:
    return {at for label in labels for h in page.found(label) if start <= h.start and h.end <= end for at in range(h.start, h.end)}


def _ranges(page: Page, live: list[Candidate]) -> list[Candidate]:
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
    changed = any(start <= h.start and h.end <= a.first or a.last <= h.start and h.end <= b.first for h in page.found("change"))
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
    if any(word in ("between", "entre", "betwixt") for word in before[-4:]) and ("and" in between or "y" in between):
        return all(word in _RANGE_FILL or word in _RANGE_JOINS for word in between)
    if "and" in between or "y" in between:
        return False
    if not all(word in _RANGE_FILL or word in _RANGE_JOINS for word in between):
        return False
    return any(word in _RANGE_JOINS - {"a"} for word in between) or "a" in between or {"could", "might", "puede", "vez"} & set(between) != set()


def _range(a: Candidate, b: Candidate) -> Candidate:
    assert a.value is not None
    assert b.value is not None
    low, high = sorted((a.value, b.value))
    made = Candidate(a.first, b.last, ceil(low + high) / 2 if (low + high) % 1 else (low + high) / 2, "number")
    made.low, made.high, made.approx = low, high, low != high
    made.doubt = a.doubt or b.doubt
    if low == high:
        made.low = made.high = None
    if high - low > 2:
        made.doubt = made.doubt or "a wide range"
    if a.approx or b.approx:
        made.doubt = made.doubt or "more than one range"
    return made


_CUES = ("now_now", "now_today", "past", "best", "worst", "back_cue", "part", "position", "side")


def _cut_segments(page: Page, live: list[Candidate]) -> None:
    """Give each number the words that are its own: "8 before now 3", "back 3 leg 6", "sitting 2 standing 6"."""
    for c in live:
        c.segment = (page.clause_of(c.first)[0], page.clause_of(c.last - 1)[1])
    for a, b in zip(live, live[1:], strict=False):
        if b.first < a.segment[1]:
            at = _boundary(page, a, b)
            b.segment = (at, b.segment[1])
            a.segment = (a.segment[0], at)
    for position, c in enumerate(live):
        _lend_cues(page, c, live[position - 1] if position else None, live[position + 1] if position + 1 < len(live) else None)


def _boundary(page: Page, a: Candidate, b: Candidate) -> int:
    cues = sorted({(h.start, h.end, label) for label in _CUES for h in page.inside(label, a.last, b.first)})
    links = [h.start for label in ("is", "was", "best_of") for h in page.found(label) if h.end == b.last and a.last <= h.start]
    if not cues:
        return min(links, default=b.first)
    if len(cues) == 1 and not _cue_first(page, a):
        present = cues[0][2].startswith("now")
        trailing = any(h.start >= b.last and h.end <= b.segment[1] for label in _CUES for h in page.found(label))
        return cues[0][0] if present and not trailing else min([cues[0][1], *[k for k in links if k >= cues[0][1]]])
    return min([cues[-1][0], *[k for k in links if k > cues[0][0]]])


def _cue_first(page: Page, a: Candidate) -> bool:
    start = a.segment[0]
    labels = (*_CUES, "was")
    return any(start <= h.start < a.first for label in labels for h in page.found(label))


def _lend_cues(page: Page, c: Candidate, before: Candidate | None, after: Candidate | None) -> None:
    """ "Before the shot, 8. Now, 3": a clause made of nothing but cue words belongs to the number beside it."""
    cue_at = _positions_of(page, (*_CUES[:5], "hedge", "yesterday", "before_shot"), 0, len(page.items))
    index = next((k for k, (start, _) in enumerate(page.clauses) if start <= c.segment[0] < page.clauses[k][1]), -1)
    floor = before.segment[1] if before else 0
    ceiling = after.segment[0] if after else len(page.items)
    if index > 0:
        start, end = page.clauses[index - 1]
        if start >= floor and all(at in cue_at for at in range(start, end)) and c.segment[0] - end <= 1:
            c.segment = (start, c.segment[1])
            return
    own = any(c.segment[0] <= h.start and h.end <= c.segment[1] for label in _CUES[:5] for h in page.found(label))
    last = next((k for k, (start, end) in enumerate(page.clauses) if start < c.segment[1] <= end), -1)
    if not own and 0 <= last < len(page.clauses) - 1:
        start, end = page.clauses[last + 1]
        if end <= ceiling and all(at in cue_at for at in range(start, end)) and start - c.segment[1] <= 1:
            c.segment = (c.segment[0], end)


def _other_parts(page: Page, live: list[Candidate]) -> None:
    back_anywhere = bool(page.found("back_cue"))
    for c in live:
        start, end = c.segment
        if page.inside("back_cue", start, end):
            continue
        hits = [h for h in page.found("part_before") if start <= h.start and h.end == c.first + 1]
        hits += [h for h in page.found("part_after") if h.start == c.first]
        if not hits and c.kind == "zero":
            hits = page.inside("part", c.first, end)
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


def _positions(page: Page, live: list[Candidate]) -> None:
    """Numbers for positions, times of day or sides say nothing about the one score."""
    values = {c.value for c in live if not c.struck}
    placed: Callable[[Candidate, str], bool] = lambda c, label: any(  # noqa: E731
        c.segment[0] <= h.start and h.end <= c.segment[1] for h in page.clear_of(label, "keep")
    )
    sided = [c for c in live if placed(c, "side") and not c.struck]
    for c in live:
        if placed(c, "position") or (len(values) > 1 and len(sided) > 1 and c in sided and not placed(c, "now_now")):
            c.doubt = c.doubt or "a position or a side"
