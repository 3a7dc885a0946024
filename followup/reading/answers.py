"""Yes/no questions, when the medicine was taken, and the keypad.

A yes or no counts where a person puts it, at the front of a sentence; what follows may say it again,
say more, or take it back. Both at once is no answer.
"""

from __future__ import annotations

from math import inf

from .lengths import lengths
from .model import Found, Sign
from .page import Page
from .phrases import Hit

UNCLEAR = Found(False)
_WINDOW = 8.0  # hours: the first hours after the visit
_BOUNDS = ("when_over", "when_under", "when_past")


def opening(page: Page) -> bool | None:
    """The yes or no that opens the message or one of its sentences; None when there is none, or both."""
    answers: set[bool] = set()
    for start, _ in page.clauses:
        begin = _past_courtesy(page, start)
        here = [h for label in ("yes", "no") for h in page.found(label) if h.start == begin]
        if answers and here and all(_only_begins(page, h) for h in here):
            continue  # "No, I was too dizzy": the sentence goes on and is no second answer
        if here:  # the longer one: "I did not" is no "I did"
            answers.add(max(here, key=lambda h: h.end).label == "yes")
    if page.found("instead"):
        answers.discard(True)
    return answers.pop() if len(answers) == 1 else None


def _only_begins(page: Page, hit: Hit) -> bool:
    """Whether "I was", "I have" is the start of a longer sentence rather than an answer."""
    goes_on = hit.end < len(page.items) and not page.items[hit.end].is_mark
    return hit.label == "yes" and goes_on and page.items[hit.start].text in ("i", "he", "she", "we")


def _past_courtesy(page: Page, at: int) -> int:
    skip = {
        k
        for label in ("greeting", "fillers", "courtesy")
        for h in page.found(label)
        for k in range(h.start, h.end)
    }
    answers = {h.start for label in ("yes", "no") for h in page.found(label)}
    while at < len(page.items) and at in skip and at not in answers:
        at += 1
    return at


def _says(page: Page, label: str, *blockers: str) -> bool:
    return bool(page.clear_of(label, *blockers))


def _found(page: Page, value: bool | str, *labels: str) -> Found:
    hits = [h for label in labels for h in page.found(label)]
    return Found(True, value, why=tuple(page.why(h.label, h.start, h.end) for h in hits[:3]))


def _unsure(page: Page) -> bool:
    return _says(page, "unsure", "mixed_ok") or bool(page.found("soft_no"))


def took_medicine(page: Page) -> Found:
    """Any pain medicine since the injection. A plan, a question or only another drug is no answer."""
    said = opening(page)
    denied = _says(page, "not_took")
    took = page.clear_of("took", "not_took", "plan", "other_drug")
    bare_drug = bool(page.clear_of("drug", "not_took", "plan", "before_shot", "other_drug"))
    other = _says(page, "other_drug", "not_took")
    took = [h for h in took if not _takes_other(page, h)]
    if said is None and page.words() and page.words()[0] in page.starts("question", "question_marked"):
        return UNCLEAR
    if _says(page, "before_shot") and not denied:
        return _found(page, False, "no") if said is False and not took and not bare_drug else UNCLEAR
    if _says(page, "plan", "not_took") and said is None and not took and not denied:
        return UNCLEAR
    if _unsure(page) and not took:
        return UNCLEAR
    if took or bare_drug:
        if denied and not page.found("contrast"):
            return _found(page, False, "not_took") if said is not True and not took else UNCLEAR
        if _asks(page) and said is None:
            return UNCLEAR
        return _found(page, True, "took", "drug")
    if denied:
        return UNCLEAR if said is True else _found(page, False, "not_took", "no")
    if other:
        return _found(page, False, "no") if said is False else UNCLEAR
    return UNCLEAR if said is None else _found(page, said, "yes" if said else "no")


def _takes_other(page: Page, took: Hit) -> bool:
    """ "Took my lisinopril": what was taken is named in the same clause and is no pain medicine."""
    clause = page.clause_of(took.start)
    return bool(page.inside("other_drug", *clause)) and not (
        page.inside("drug", *clause) or any(page.items[at].text in _FOR_PAIN for at in range(*clause))
    )


_FOR_PAIN = frozenset(["pain", "dolor", "dolores", "painkiller", "back", "espalda"])


def _asks(page: Page) -> bool:
    return any(item.text in ("?", "¿") for item in page.items)


def medicine_when(page: Page) -> Found:
    """ "window" within the first 8 hours, "after" later, "unsure"."""
    if _says(page, "when_unclear"):
        return UNCLEAR
    said = _when_by_length(page)
    if said is None:
        return UNCLEAR
    for label, rival, value in (
        ("when_window", "when_after", "window"),
        ("when_after", "when_window", "after"),
    ):
        alone = _alone(page, label + "_alone") and not page.found(rival)
        if alone or (not said and _outermost(page, label, rival)):
            said = said | {value}
    if len(said) == 1:
        value = min(said)
        if value == "after" and page.clear_of("when_window_alone", "when_window", "when_after"):
            return UNCLEAR  # "at first, then later": a dose in each
        return _found(page, value, f"when_{value}", f"when_{value}_alone", "when_length")
    return _found(page, "unsure", "when_unsure") if not said and _says(page, "when_unsure") else UNCLEAR


def _when_by_length(page: Page) -> frozenset[str] | None:
    """ "10 hours after" is later, "in 2 hours" not; None when a length leaves it open ("over 3 hours")."""
    said: set[str] = set()
    for x in lengths(page):
        around = page.found("when_length") + page.found("when_over") + page.found("when_under")
        if x.unit is None or not any(h.end == x.first or h.start == x.last for h in around):
            continue
        low, high = (x.hours, x.hours) if x.low is None or x.high is None else (x.low, x.high)
        bound = next((name for name in _BOUNDS if any(h.end == x.first for h in page.found(name))), "")
        if bound == "when_over":
            high = inf
        elif bound == "when_under":
            low = 0.0
        if low >= _WINDOW and bound in ("when_over", "when_past"):
            said.add("after")  # "after 8 hours" begins where the window ends
        elif low <= _WINDOW < high:
            return None
        else:
            said.add("after" if low > _WINDOW else "window")
    return frozenset(said) if len(said) < 2 else None


def _alone(page: Page, label: str) -> bool:
    """Whether a word of the label is all there is, beside courtesies and the like."""
    beside = page.covered(label, "when_beside", "courtesy", "greeting", "fillers")
    return bool(page.found(label)) and all(at in beside for at in page.words())


def _outermost(page: Page, label: str, other: str) -> bool:
    """Whether a hit of the label touches no longer hit of the other: "more than 8 hours after" is later."""
    rivals = page.found(other)
    return any(
        not any(b.start < h.end and h.start < b.end and b.end - b.start > h.end - h.start for b in rivals)
        for h in page.found(label)
    )


def usual_activity(page: Page) -> Found:
    said = opening(page)
    rested = _says(page, "rested", "soft_no")
    active = _says(page, "active", "rested")
    if _says(page, "partly", "mixed_ok", "soft_no") or _says(page, "unsure", "mixed_ok"):
        return UNCLEAR
    if page.found("soft_no") and not rested:
        return UNCLEAR
    if rested and active:
        return UNCLEAR
    if rested:
        return UNCLEAR if said is True else _found(page, False, "rested", "no")
    if active:
        return UNCLEAR if said is False else _found(page, True, "active", "yes")
    return UNCLEAR if said is None else _found(page, said, "yes" if said else "no")


def identity(page: Page) -> Found:
    """Whether we speak with the patient. Somebody else at the right number is a no."""
    said = opening(page)
    if _says(page, "someone_else"):
        return _found(page, False, "someone_else")
    if _says(page, "unsure"):
        return UNCLEAR
    if said is False:
        return _found(page, False, "no")
    if said is True or _says(page, "me") or _names_self(page):
        return _found(page, True, "yes", "me", "called_me")
    return UNCLEAR


def _names_self(page: Page) -> bool:
    """ "this is Maria", "habla Carmen": a word no vocabulary knows behind the introduction."""
    ends = [h.end for h in page.found("called_me")] + [h.start - 1 for h in page.found("named_behind")]
    words = [page.items[at] for at in ends if 0 <= at < len(page.items)]
    return any(item.kind == "word" and not item.known for item in words)


def warning_signs(page: Page, signs: tuple[Sign, ...]) -> Found:
    """Any reported sign makes it yes, even after a no; naming signs only to deny them is a no."""
    reported = [s for s in signs if not s.denied]
    if any(s.flag for s in reported):
        return Found(True, True)
    said = opening(page)
    if reported or _unsure(page):
        return UNCLEAR
    if said is not None:
        return _found(page, said, "yes" if said else "no")
    if any(s.denied for s in signs) or _says(page, "clean"):
        return _found(page, False, "clean")
    return UNCLEAR


def keyed(question: str, digits: str) -> Found:
    """The keypad: digits with an optional closing #. On yes/no questions 1 is yes and 2 is no."""
    pressed = digits.strip()
    pressed = pressed.removesuffix("#").strip()
    if not (pressed.isascii() and pressed.isdigit()) or len(pressed) > 4:
        return UNCLEAR
    number = int(pressed)
    if question in ("pain_now", "pain_best"):
        return Found(True, number) if number <= 10 else UNCLEAR
    if question == "relief_hours":
        return Found(True, number) if number <= 48 else UNCLEAR
    if question == "medicine_when":
        choice = {1: "window", 2: "after", 3: "unsure"}.get(number)
        return Found(True, choice) if choice else UNCLEAR
    if question in ("took_medicine", "usual_activity", "identity", "warning_signs") and number in (1, 2):
        return Found(True, number == 1)
    return UNCLEAR
