"""A clinic's own words for a text, held to the rules the standard words are held to.

A clinic may word a text as its patients are used to; it may not make it cost two messages, name what was
done, promise a call, calm a patient, or leave out how to answer, whom to call and how to stop. The safety
texts were signed off by a clinician word for word and are nobody's to change here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from string import Formatter

from followup.protocol.messages import LONGEST, Message, routine
from followup.protocol.segments import is_gsm7, room, segments
from followup.protocol.wording import LANGUAGES, SAFETY, Manner, standard
from followup.tongue import _, ngettext

#: what no routine text may say, in either language: the procedure, a drug, a diagnosis, calm, a promise
FORBIDDEN = re.compile(
    r"inject|block|facet|joint|needle|nerve|branch|steroid|cortisone|lidocaine|procedure|surgery|shot\b|diagnos"
    r"|inyec|bloqueo|faceta|aguja|nervio|esteroide|procedimiento|normal|worked|don't worry|no se preocupe"
    r"|will call you|le llamar[áa]",
    re.IGNORECASE,
)
_PASTED = re.compile("[‘’“”–—…\u00a0\u200b\t\r\n]")
# What stays in when the standard words have it: how to answer, how to stop, whom to call, what is asked.
_KEPT = (
    "STOP", "START", "911", "Reply Y or N", "SI o NO", "0 =", "10 =", "WRONG NUMBER", "NO SOY YO", "LOWEST",
    "MENOR",
)  # fmt: skip


def problems(own: Mapping[str, str], manner: Manner) -> list[tuple[str, str]]:
    """What is wrong with a clinic's own words: (key, sentence), empty when they may be used.

    `manner` says the clinic's name, numbers and window; its language and given name are not looked at. Words
    that break a rule are not counted: what they would be sent as is not known.
    """
    found = [(key, sentence) for key, words in own.items() for sentence in _broken_rules(key, words)]
    if found:
        return found
    return [
        (key, _too_long(message.text))
        for key, message in longest(own, manner).items()
        if segments(message.text) > 1
    ]


def longest(
    own: Mapping[str, str], manner: Manner, keys: Iterable[str] = (), name: str = LONGEST
) -> dict[str, Message]:
    """For each key of `own` (or of `keys`) the message it is used in that takes the most room.

    Counted with the longest given name, unless another `name` is given.
    """
    wanted = set(keys) or set(own)
    found: dict[str, Message] = {}
    for lang in LANGUAGES:
        if not any(key.split(".")[1:2] == [lang] for key in wanted):
            continue
        for message in routine(replace(manner, lang=lang, own=dict(own)), name):
            for key in wanted.intersection(message.words):
                if key not in found or _size(message) > _size(found[key]):
                    found[key] = message
    return found


def _size(message: Message) -> tuple[int, int]:
    return segments(message.text), room(message.text)[0]


def _broken_rules(key: str, words: str) -> list[str]:
    was = standard().get(key)
    if was is None:
        signed = key.split(".")[0] in SAFETY
        return [
            _("is a safety text that a clinician signed off; its words cannot be changed.")
            if signed
            else _("is no text we know; take it out.")
        ]
    if not words.strip():
        return [_("is empty; take it out to go back to the standard words.")]
    broken = _placeholders(words, was)
    if pasted := _PASTED.search(words):
        broken.append(
            _(
                "holds {what}, as word processors make it; write plain letters and one line.",
                what=repr(pasted[0]),
            )
        )
    if said := FORBIDDEN.search(words):
        broken.append(
            _(
                'says "{what}". Texts never name the procedure, a drug or a diagnosis, never promise a call '
                "and never calm a patient; find other words.",
                what=said[0],
            )
        )
    broken += [
        _('must say "{what}", as the standard words do.', what=kept)
        for kept in _KEPT
        if kept in was and kept not in words
    ]
    if words.count("?") > max(1, was.count("?")):
        broken.append(_("asks more than one question; a message asks one."))
    return broken


def _placeholders(words: str, was: str) -> list[str]:
    try:
        used, known = placeholders(words), placeholders(was)
    except ValueError:
        return [_("has a brace { or } that belongs to no placeholder; take it out.")]
    sentences = []
    if strange := sorted(used - known):
        sentences.append(
            _(
                "uses {what}, which is not known here; known is {known}.",
                what=_listed(strange),
                known=_listed(sorted(known)),
            )
        )
    if left_out := sorted(known - used - {"hello"}):
        sentences.append(_("leaves out {what}, which must be in it.", what=_listed(left_out)))
    return sentences


def placeholders(words: str) -> set[str]:
    """The names in braces. Raises ValueError for a brace that is none of them."""
    names = set()
    for _text, name, spec, conversion in Formatter().parse(words):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(name)
        names.add(name)
    return names


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names) or "none"


def _too_long(text: str) -> str:
    taken, holds = room(text)
    over = taken - holds
    why = ngettext(
        "is {num} letter too long for one message", "is {num} letters too long for one message", over
    )
    if not is_gsm7(text):
        odd = next(letter for letter in text if not is_gsm7(letter))
        room_left = _(
            '(the letter "{odd}" leaves room for only {holds}; write it without its accent)',
            odd=odd,
            holds=holds,
        )
        why = f"{why} {room_left}"
    return _('{why} in its longest use: "{text}".', why=why, text=text)
