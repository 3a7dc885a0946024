"""What a reply was taken to mean, and why: plain frozen values that every other room can store and show.

They live apart from the reader because the conversation, the digest and the tests need the shapes
without loading the vocabularies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

QUESTIONS = (
    "pain_now",
    "pain_best",
    "relief_hours",
    "took_medicine",
    "medicine_when",
    "usual_activity",
    "identity",
    "warning_signs",
)

Value = float | int | bool | str | None


@dataclass(frozen=True, slots=True)
class Why:
    """One step of a reading: the rule that fired and the words it fired on (a span of the original text)."""

    rule: str
    text: str
    start: int
    end: int

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "text": self.text, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading of one reply to one question.

    `intent` is one of answer, opt_out, opt_in, help, wrong_person, callback, unclear.
    `value` is a score 0 to 10 in halves, hours 0 to 48, a yes/no, "window"/"after"/"unsure", or None.
    `approx` says that the value was picked by the reader (a midpoint, "a couple"), `low` and `high`
    give the range it was picked from. `about` tells why a pain answer was unclear when only
    another body part ("other_body_part") or only the needle site ("soreness") was named.
    """

    intent: str
    value: Value = None
    approx: bool = False
    flags: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    about: str = ""
    why: tuple[Why, ...] = ()

    def as_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "intent": self.intent,
            "value": self.value,
            "approx": self.approx,
            "flags": list(self.flags),
        }
        if self.low is not None:
            out["low"] = plain(self.low)
        if self.high is not None:
            out["high"] = plain(self.high)
        if self.about:
            out["about"] = self.about
        if self.why:
            out["why"] = [step.as_json() for step in self.why]
        return out


@dataclass(frozen=True, slots=True)
class Sign:
    """One warning sign that the text reports or denies; see words/signs.toml for the table.

    `flag` is empty for signs that stay inside the house. `tier` is "E" (emergency) or "S" (same day).
    A denied sign is kept for staff to see and never fires.
    """

    name: str
    flag: str
    tier: str
    suicidal: bool
    denied: bool
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Message:
    """A whole inbound message: the answer to the open question and whatever else it says.

    `amends` corrects the question answered before the open one, or the one that `amended` names.
    """

    reading: Reading
    slots: dict[str, Reading]
    amends: Reading | None
    signs: tuple[Sign, ...]
    repeat: bool
    who: bool
    amended: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a question's own rules made of the text, before the intent is known; `found` False is unclear."""

    found: bool
    value: Value = None
    approx: bool = False
    low: float | None = None
    high: float | None = None
    about: str = ""
    why: tuple[Why, ...] = ()


NOTHING = Found(found=False)


def plain(number: float) -> float | int:
    """7.0 is written 7: staff and JSON readers expect the number the patient typed."""
    return int(number) if number == int(number) else number
