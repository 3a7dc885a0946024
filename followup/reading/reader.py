"""One pure function for all channels: a question and a reply in, what it means and why out.

The order is fixed. Warnings are scanned first, then the question's own rules look for a value, then the
intent is decided, because a value rides along with "8, please call me" and never with a wrong number.
"""

from __future__ import annotations

from dataclasses import replace

from . import answers
from .hours import read_hours
from .intents import intent_of
from .model import NOTHING, QUESTIONS, Found, Message, Reading, Sign, Why, plain
from .page import Page, open_page
from .score import read_score
from .signs import flags_of, scan_page
from .vocabulary import vocabulary

_RIDES_ALONG = ("opt_out", "callback")


def read(question: str, channel: str, lang: str, text: str) -> Reading:
    """The reading of one reply to one question.

    `question` is one of QUESTIONS, or "" when nothing is open (intent and flags only). `channel` is
    sms, dtmf or speech. `lang` is the language we wrote in: a hint only, since people answer in either.
    Raises ValueError for a question or channel that does not exist; never for any text.
    """
    return read_message(question, channel, lang, text).reading


def read_message(question: str, channel: str, lang: str, text: str, previous: str = "") -> Message:
    """Everything one inbound message says: the open question's answer, other answers, corrections, warnings.

    `previous` is the question answered before the open one; a message that opens as a correction
    ("sorry, 6", "*6") is also read for it, in `amends`. When that one was the warning signs, a bare
    "sorry, 6" is no answer to it, and corrects the pain now.
    """
    _check(question, channel, previous)
    if channel == "dtmf":
        return _pressed(question, text)
    page = open_page(text)
    signs = scan_page(page)
    found = _found(question, channel, page, signs)
    reading = _reading(page, found, signs)
    plain_answer = reading.intent in ("answer", "unclear", "callback", "opt_out")
    amends, amended = _amends(previous, channel, page, signs) if plain_answer else (None, "")
    return Message(
        reading=reading,
        slots=_slots(question, channel, page, signs) if plain_answer else {},
        amends=amends,
        signs=signs,
        repeat=reading.intent == "unclear" and _asks_again(page),
        who=bool(page.found("who")),
        amended=amended,
    )


def _check(question: str, channel: str, previous: str) -> None:
    for name in (question, previous):
        if name and name not in QUESTIONS:
            raise ValueError(f"There is no question {name!r}; the questions are {', '.join(QUESTIONS)}.")
    if channel not in ("sms", "dtmf", "speech"):
        raise ValueError(f"There is no channel {channel!r}; write sms, dtmf or speech.")


def _pressed(question: str, text: str) -> Message:
    found = answers.keyed(question, text)
    why = (Why("keypad", text, 0, len(text)),)
    reading = Reading("answer", found.value, why=why) if found.found else Reading("unclear", why=why)
    return Message(reading, {}, None, (), repeat=False, who=False)


def _found(question: str, channel: str, page: Page, signs: tuple[Sign, ...]) -> Found:
    """What the rules of one question make of the page."""
    if question == "warning_signs" and not _is_echo(page):
        return answers.warning_signs(page, signs)
    if page.is_crowded or _is_echo(page):
        return NOTHING
    if question in ("pain_now", "pain_best"):
        heard = _homophone(page) if channel == "speech" else None
        return heard or read_score(page, best=question == "pain_best")
    if question == "relief_hours":
        return (_homophone(page) if channel == "speech" else None) or read_hours(page)
    rule = {
        "took_medicine": answers.took_medicine,
        "medicine_when": answers.medicine_when,
        "usual_activity": answers.usual_activity,
        "identity": answers.identity,
    }.get(question)
    return rule(page) if rule else NOTHING


def _is_echo(page: Page) -> bool:
    """A tapback or an automatic reply: whatever numbers it quotes are ours, or nobody's."""
    return any(h.start <= 3 for h in page.found("tapback")) or bool(page.found("autoreply"))


def _homophone(page: Page) -> Found | None:
    """ "for" is 4 and "ate" 8, but only heard and only as the whole utterance."""
    fillers = {at for h in page.found("fillers") for at in range(h.start, h.end)}
    words = [at for at in page.words() if at not in fillers]
    if len(words) != 1:
        return None
    value = vocabulary().homophones.get(page.items[words[0]].text)
    return Found(True, value, why=(page.why("heard", words[0], words[0] + 1),)) if value is not None else None


def _reading(page: Page, found: Found, signs: tuple[Sign, ...]) -> Reading:
    flags = flags_of(signs)
    intent, because = intent_of(page, answered=found.found) if not _is_echo(page) else ("", None)
    why = (*((because,) if because else ()), *found.why)
    if intent and intent not in _RIDES_ALONG:
        return Reading(intent, flags=flags, why=why)
    intent = intent or ("answer" if found.found else "unclear")
    if not found.found:
        return Reading(intent, flags=flags, about=found.about, why=why)
    value = plain(found.value) if isinstance(found.value, float) else found.value
    return Reading(intent, value, found.approx, flags, found.low, found.high, why=why)


def _asks_again(page: Page) -> bool:
    hits = page.found("repeat")
    return any(h.start <= 3 for h in hits) and len(page.words()) <= 14


def _slots(question: str, channel: str, page: Page, signs: tuple[Sign, ...]) -> dict[str, Reading]:
    """The other questions that the message answers beyond doubt."""
    slots: dict[str, Reading] = {}
    for name in QUESTIONS:
        if name in (question, "identity", "medicine_when") or not _speaks_of(name, page, signs):
            continue
        found = read_hours(page, bare=False) if name == "relief_hours" else _found(name, channel, page, signs)
        if found.found:
            slots[name] = replace(_reading(page, found, ()), intent="answer")
    return slots


def _speaks_of(name: str, page: Page, signs: tuple[Sign, ...]) -> bool:
    """Whether the message names the subject of a question outright; a bare number or yes never does."""
    if name == "pain_now":
        return bool(page.found("now_now"))
    if name == "pain_best":
        return bool(page.found("best"))
    if name == "relief_hours":
        return bool(page.found("lasted"))
    if name == "took_medicine":
        return bool(page.found("took") or page.found("not_took"))
    if name == "usual_activity":
        return bool(page.found("active") or page.found("rested"))
    return any(s.flag and not s.denied for s in signs)


def _amends(previous: str, channel: str, page: Page, signs: tuple[Sign, ...]) -> tuple[Reading | None, str]:
    """The message as a correction, and of which question; "" is the previous one."""
    first = next(iter(page.words()), 0)
    if not previous or not any(h.start <= first for h in page.found("opens_correction")):
        return None, ""
    reading = _reading(page, _found(previous, channel, page, signs), signs)
    if reading.intent == "answer" or previous != "warning_signs" or not _takes_back_a_number(page):
        return reading, ""
    # "7", "no", "sorry, 6": the no came between. Taken as the lowest pain, 6 would undo a good block.
    return _reading(page, _found("pain_now", channel, page, signs), signs), "pain_now"


def _takes_back_a_number(page: Page) -> bool:
    """ "sorry, 6" and little else: "it was 6" or "sorry, the lowest was 6" answer the open question."""
    first = next(iter(page.words()), 0)
    opens = any(h.start <= first for h in page.found("takes_back"))
    return opens and len(page.words()) <= 4 and not page.found("best") and not page.found("past")
