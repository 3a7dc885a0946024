"""The words: questions.toml and texts.toml, filled in for one patient and one channel.

Kept out of the conversation so that a clinician or a translator changes a TOML file and no code, and
so that text and voice cannot drift apart in what they decide.
"""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from followup.protocol.course import QUESTIONS, Answered, Step
from followup.protocol.segments import is_gsm7, segments

LONGEST_CLINIC = 24  # letters of a spoken name; the clinic file holds to the same
LONGEST_NAME = 16  # letters of a given name in a text; a longer one is left out
LANGUAGES = ("en", "es")
SAFETY = ("emergency", "same_day", "same_day_unattended", "suicidal", "suicidal_unattended")
WRITTEN = ("ask", "again", "about", "back")  # a question's forms in texts


@dataclass(frozen=True, slots=True)
class Manner:
    """Whom the words are for and how they travel.

    lang: "en" or "es" (anything else is English). clinic: its spoken name. number, after_hours:
    E.164. given_name: never the family name. window_hours: the clinic's window after the visit.
    own: the clinic's own words for texts, by "closing.en" or "pain_now.en.ask"; checked by `own_words`.
    """

    lang: str
    clinic: str
    number: str
    spoken: bool = False
    given_name: str = ""
    after_hours: str = ""
    window_hours: Decimal = Decimal(8)
    own: Mapping[str, str] = field(default_factory=dict, compare=False)


def say(key: str, manner: Manner, **more: str) -> str:
    """A text of texts.toml, such as "help" or "voicemail". KeyError for a name that is not in the file."""
    entry = _texts()[key]
    lang = _lang(manner)
    words = entry.get(f"say_{lang}") if manner.spoken else manner.own.get(f"{key}.{lang}")
    return _fill(words or entry.get(lang) or entry[f"say_{lang}"], manner, **more)


def ask(question: str, manner: Manner, form: str = "ask", **more: str) -> str:
    """A question of questions.toml in one of its forms: ask, again, about, back."""
    entry = _questions()[question][_lang(manner)]
    if manner.spoken:
        return _fill(entry["say" if form == "ask" else "say_again"], manner, **more)
    form = form if form in entry else "again"
    return _fill(manner.own.get(f"{question}.{_lang(manner)}.{form}") or entry[form], manner, **more)


def opening(question: str, manner: Manner) -> str:
    """The first text of a check-in: who writes, the question, how to opt out."""
    return say("opening", manner, question=ask(question, manner))


def reminder(question: str, manner: Manner) -> str:
    """The open question once more, when nothing came back."""
    return say("reminder", manner, question=ask(question, manner))


def reply(step: Step, manner: Manner) -> str:
    """What to answer to the message that made this step; "" when nothing is to be said."""
    question = step.course.question
    match step.outcome:
        case "asked":
            return _with_thanks(step, ask(question, manner), manner)
        case "asked_again":
            return ask(question, manner, "about" if step.about else "again")
        case "asked_back" if step.low is not None and step.high is not None:
            return ask(question, manner, "back", low=_number(step.low, "en"), high=_number(step.high, "en"))
        case "asked_back":
            return ask(question, manner, "again")
        case "closed" | "handed_over":
            # After STOP the carrier or the caller confirms; a "thanks" from us would be one text too many.
            return "" if step.asked_for == "opt_out" else say(_closing(step), manner)
        case _:
            return ""


def safety(tier: str, manner: Manner, *, suicidal: bool = False, on_duty: bool = False) -> str:
    """The signed-off text for a warning sign of tier "E" or "S".

    Only while a named person is on duty may it promise a call. Without an after-hours number the
    patient is sent to 911, never to nobody.
    """
    if suicidal:
        return say("suicidal" if on_duty else "suicidal_unattended", manner)
    if tier != "E" and on_duty:
        return say("same_day", manner)
    if tier != "E" and manner.after_hours:
        return say("same_day_unattended", manner)
    return say("emergency", manner)


def heard(answers: tuple[Answered, ...], lang: str) -> str:
    """What was understood, to be said back: "7 now, lowest 2". Yes or no only when no number came."""
    numbers = [_heard(answer, lang) for answer in answers if isinstance(answer.value, Decimal)]
    others = [_heard(answer, lang) for answer in answers if not isinstance(answer.value, Decimal)]
    return ", ".join(words for words in numbers or others[:1] if words)


def _heard(answer: Answered, lang: str) -> str:
    words = _questions().get(answer.question, {}).get(lang, {})
    if not isinstance(answer.value, Decimal):
        value = answer.value if isinstance(answer.value, str) else ("yes" if answer.value else "no")
        return str(words.get(f"heard_{value}", ""))
    form = "heard_one" if answer.value == 1 and "heard_one" in words else "heard"
    return str(words.get(form, "")).format(n=_number(answer.value, lang))


def _with_thanks(step: Step, question: str, manner: Manner) -> str:
    if step.hand_over:
        return f"{say('given_up', manner)} {question}"
    understood = heard(step.record, _lang(manner))
    if understood:
        full = f"{say('understood', manner, heard=understood)} {question}"
        # Three numbers in one message and the longest question: the question must arrive whole.
        if manner.spoken or segments(full) == 1:
            return full
    return f"{say('thanks', manner)} {question}" if step.record else question


def _closing(step: Step) -> str:
    if step.asked_for == "callback":
        return "callback"
    if step.course.value("warning_signs") is True:
        return "closing_warned"
    return "closing_handed_over" if step.outcome == "handed_over" else "closing"


def _fill(words: str, manner: Manner, **more: str) -> str:
    name = _short_name(manner)
    stranger = {"en": "the person we are trying to reach", "es": "la persona que buscamos"}
    text = words.format(
        clinic=manner.clinic if manner.spoken else _in_gsm(manner.clinic),
        hello=f" {name}" if name else "",
        who=name or stranger[_lang(manner)],
        number=_phone(manner.number, spoken=manner.spoken),
        after_hours=_phone(manner.after_hours or manner.number, spoken=manner.spoken),
        window=_number(manner.window_hours, "en"),
        **more,
    )
    return _aloud(text) if manner.spoken else text


def _short_name(manner: Manner) -> str:
    """The given name as it can be said, or "": half a name is worse than none."""
    whole = " ".join(_in_gsm(manner.given_name).split())
    for name in (whole, *whole.split()[:1]):
        sayable = all(letter.isalpha() or letter in " '-." for letter in name)  # not "TEST 2" or "Bob (son)"
        if sayable and (manner.spoken or (len(name) <= LONGEST_NAME and is_gsm7(name))):
            return manner.given_name.strip() if manner.spoken and name == whole else name
    return ""


_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\xa0": " "})


def _in_gsm(name: str) -> str:
    """Lucía becomes Lucia, José stays: one letter outside GSM-7 would make three segments of one."""
    return "".join(
        letter if is_gsm7(letter) else unicodedata.normalize("NFKD", letter)[0]
        for letter in unicodedata.normalize("NFC", name).translate(_STRAIGHT)
    )


def _phone(number: str, *, spoken: bool) -> str:
    if number.startswith("+1") and len(number) == 12:
        number = f"{number[2:5]}-{number[5:8]}-{number[8:]}"
    # A voice reads 202-555 as two hundred two; digits one by one can be written down.
    return ", ".join(" ".join(group) for group in number.lstrip("+").split("-")) if spoken else number


def _aloud(text: str) -> str:
    return text.replace("911", "9 1 1").replace("988", "9 8 8")


def _number(value: Decimal, lang: str) -> str:
    plain = f"{value.normalize():f}"
    return plain.replace(".", ",") if lang == "es" else plain


def _lang(manner: Manner) -> str:
    return manner.lang if manner.lang in LANGUAGES else "en"


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads((files(__package__) / "texts.toml").read_text(encoding="utf-8"))


@cache
def _questions() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files(__package__) / "questions.toml").read_text(encoding="utf-8"))


@cache
def standard() -> dict[str, str]:
    """The standard words of all routine texts, by "closing.en" or "pain_now.en.ask", in the files' order.

    Neither the signed-off safety texts nor what is only spoken on calls is among them.
    """
    words: dict[str, str] = {}
    for key, entry in _texts().items():
        if key not in SAFETY:
            words |= {f"{key}.{lang}": entry[lang] for lang in LANGUAGES if lang in entry}
    for key in QUESTIONS:
        for lang in LANGUAGES:
            forms = _questions()[key][lang]
            words |= {f"{key}.{lang}.{form}": forms[form] for form in WRITTEN if form in forms}
    return words


def flat(wording: Mapping[str, Mapping[str, str | Mapping[str, str]]]) -> dict[str, str]:
    """A clinic's own words as `Manner.own` has them: {"closing": {"en": ...}} becomes {"closing.en": ...}."""
    own: dict[str, str] = {}
    for key, entry in wording.items():
        for lang, words in entry.items():
            forms = {"": words} if isinstance(words, str) else words
            own |= {".".join(filter(None, (key, lang, form))): said for form, said in forms.items()}
    return own
