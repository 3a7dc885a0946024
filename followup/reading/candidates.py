"""Every number (or word for no pain) that might be a score, with what is not a score struck out."""

from __future__ import annotations

from .candidate import Candidate
from .context import score_may_follow, score_may_precede, stands_like_a_score
from .page import Page, ends_sentence
from .ranges import join_ranges, take_back_corrected
from .segments import cut_segments, doubt_positions, strike_other_parts

# What can be said of a number out of ten other than a score.
_STRIKES_OF_TEN = ("strike_change", "strike_subject", "strike_reading", "strike_dose", "strike_percent")
DENIED = "denied"
FOR_A_TIME = "only for a time"
UNKNOWN = "among words that are not about pain"
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
    "strike_wish": "a wish",
}


def candidates(page: Page) -> list[Candidate]:
    found = sorted(_zeros(page) + _numbers(page), key=lambda c: c.first)
    _strike(page, found)
    _doubt(page, found)
    live = [c for c in found if not c.struck]
    take_back_corrected(page, live)
    live = [c for c in live if not c.struck]
    live = join_ranges(page, live)
    cut_segments(page, sorted(live + [c for c in found if c.struck == DENIED], key=lambda c: c.first))
    strike_other_parts(page, live)
    doubt_positions(page, live)
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
        if hit.end - hit.start == 1 and not (
            score_may_follow(page, hit.start) and score_may_precede(page, hit.end)
        ):
            continue
        zero = Candidate(hit.start, hit.end, 0.0, "zero")
        clause = page.clause_of(hit.end - 1)
        if any(
            clause[0] <= h.start and h.end <= clause[1] + 4 and h.start >= hit.end
            for h in page.found("position")
        ):
            zero.doubt = "only in one position"
        elif any(h.start == hit.end for h in page.found("for_a_time")):
            zero.doubt = FOR_A_TIME
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
    timed = page.covered("scored_at")
    for label, reason in _STRIKES.items():
        for hit in page.found(label):
            for c in found:
                if c.kind != "zero" and hit.start <= c.first < hit.end and not c.struck:
                    if c.kind == "ten" and label not in _STRIKES_OF_TEN:
                        continue
                    if label == "strike_dose" and c.first in timed:
                        continue  # "the lowest was 2 around 3pm"
                    if c.kind == "ten" and label == "strike_change" and hit.end <= c.last:
                        continue
                    c.struck = reason
    for start, end in _questions(page):
        for c in found:
            if start <= c.first < end:
                c.struck = c.struck or "in a question"
    for hit in page.found("strike_at"):
        if page.items[hit.start].text in ("before", "after") and _compares(page, hit.start):
            continue  # "8 before 3 now", "before 8 after 3"
        for c in found:
            if hit.start <= c.first < hit.end and c.first not in kept and c.kind == "number":
                c.struck = c.struck or "a time"
    for hit in page.found("negated"):
        for c in found:
            if hit.start <= c.first < hit.end and c.kind != "zero":
                c.struck = c.struck or DENIED
    for c in found:
        if c.kind == "number" and _is_temperature(c.value):
            c.struck = c.struck or "another measurement"
        if c.kind == "number" and not c.struck and not stands_like_a_score(page, c):
            c.struck = UNKNOWN


def _compares(page: Page, at: int) -> bool:
    """Whether before or after sets two numbers against each other, rather than a number against the clock."""
    words = {item.text for item in page.items}
    return (at > 0 and page.items[at - 1].value is not None) or {"before", "after"} <= words


def _questions(page: Page) -> list[tuple[int, int]]:
    """Sentences that open as a question: "should I take 1 or 2", "is 10 the worst?"."""
    asks, marked = page.starts("question"), page.starts("question_marked")
    spans, start = [], 0
    for at in range(len(page.items) + 1):
        if at == len(page.items) or ends_sentence(page.items[at]):
            if start in asks:
                spans.append((start, page.clause_of(start)[1]))
            elif start in marked and at < len(page.items) and page.items[at].text == "?":
                spans.append((start, at))
            start = at + 1
    return spans


def _is_temperature(value: float | None) -> bool:
    """A decimal where a body's temperature lies, in either scale: "no fever (98.7)"."""
    return value is not None and value % 1 > 0 and (34 < value < 43 or 94 < value < 108)


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
