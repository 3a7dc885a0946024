"""What the sender wants: to stop, to be called, to say we have the wrong person. Decided before any number.

Order of precedence: opt_out, wrong_person, callback, help, opt_in; who is left has answered or been unclear.
"""

from __future__ import annotations

from .model import Why
from .page import Page, ends_sentence
from .phrases import Hit

_TYPED = ("was_typed",)


def intent_of(page: Page, *, answered: bool) -> tuple[str, Why | None]:
    """The intent that comes before an answer, with its reason, or ("", None).

    `answered` says that the open question was answered: a death told beside an answer is somebody else's.
    """
    for name, find in (("opt_out", _opt_out), ("wrong_person", _wrong_person), ("callback", _callback)):
        hit = find(page, answered)
        if hit is not None:
            return name, page.why(f"{name}: {hit.label}", hit.start, hit.end)
    for name in ("help", "opt_in"):
        hit = _whole(page, "whole_" + name) or (_opt_in(page) if name == "opt_in" else None)
        if hit is not None:
            return name, page.why(f"{name}: {hit.label}", hit.start, hit.end)
    return "", None


def _whole(page: Page, label: str) -> Hit | None:
    """A phrase that is the whole message, courtesies apart."""
    courtesy = {h.start for h in page.found("courtesy")}
    words = page.words()
    for hit in page.found(label):
        if all(hit.start <= at < hit.end or at in courtesy for at in words):
            return hit
    return None


def _opt_out(page: Page, answered: bool) -> Hit | None:
    whole = _whole(page, "whole_opt_out")
    if whole is not None:
        return whole
    courtesy = {h.start for h in page.found("courtesy")}
    if _shouted(page):
        return Hit("opens_opt_out", 0, 1)
    first = next((at for at in page.words() if at not in courtesy or page.items[at].text == "stop"), None)
    if first is not None and not any(
        h.start == first for name in ("opens_not", "keep_on") for h in page.found(name)
    ):
        for hit in page.found("opens_opt_out"):
            if hit.start == first:
                return hit
    return next(iter(page.clear_of("opt_out", "keep_on")), None) or _said_apart(page)


def _said_apart(page: Page) -> Hit | None:
    """ "Why do you keep texting me? Stop": the word as a sentence of its own."""
    for hit in page.found("opens_opt_out"):
        alone = page.clause_of(hit.start) == (hit.start, hit.end)
        if alone and hit.start and ends_sentence(page.items[hit.start - 1]):
            return hit
    return None


def _shouted(page: Page) -> bool:
    """ "STOP my pain is fine": the carrier's word in capitals before an ordinary sentence."""
    if not page.items or page.items[0].text not in ("stop", "stopall", "unsubscribe"):
        return False
    rest = page.text[page.items[0].end :]
    return page.text[page.items[0].start : page.items[0].end].isupper() and any(c.islower() for c in rest)


def _wrong_person(page: Page, answered: bool) -> Hit | None:
    hits = page.clear_of("wrong_person", *_TYPED)
    if hits and not page.found("was_typed"):
        return hits[0]
    for hit in page.found("not_name"):
        if _is_name(page, hit.end) and not page.found("someone_else"):
            return Hit("not_name", hit.start, hit.end + 1)
    for hit in page.found("nobody_here"):
        if any(
            page.items[at].kind == "word" and not page.items[at].known for at in range(hit.start, hit.end)
        ):
            return hit
    if not answered:
        return next(iter(page.clear_of("died", "not_died")), None)
    return None


def _is_name(page: Page, at: int) -> bool:
    """A word that no vocabulary knows, where a name would stand; typed large or closing its clause."""
    if at >= len(page.items):
        return False
    item = page.items[at]
    if item.kind != "word" or item.known or len(item.text) < 3:
        return False
    last = at + 1 >= len(page.items) or page.items[at + 1].is_mark or not page.items[at + 1].known
    return item.capital or last


def _callback(page: Page, answered: bool) -> Hit | None:
    for hit in page.clear_of("callback", "not_callback"):
        # "you can call me Bob": what follows is a name
        after = page.items[hit.end] if hit.end < len(page.items) else None
        if page.items[hit.end - 1].text == "me" and after is not None and _called_so(page, hit.end):
            continue
        return hit
    return None


def _called_so(page: Page, at: int) -> bool:
    """Whether the word is a name: one no vocabulary knows, or one typed large in the middle of a line."""
    item, before = page.items[at], page.items[at - 1]
    if item.kind != "word":
        return False
    weekday = any(h.start == at for h in page.found("weekday"))
    return not item.known or (item.capital and not before.capital and not weekday and item.text != "i")


def _opt_in(page: Page) -> Hit | None:
    return next(iter(page.clear_of("opt_in", "not_opt_in", "keep_on")), None)
