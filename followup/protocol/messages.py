"""Every routine text a patient may be sent, each with the words it is put together from.

A text is counted in every message it is used in: a question that fits alone may not fit behind the thanks
for the answer before it. The build counts the standard words here, a clinic file the clinic's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from followup.protocol.course import QUESTIONS, Answered, Course, Step
from followup.protocol.wording import (
    LONGEST_NAME,
    Manner,
    ask,
    heard,
    opening,
    reminder,
    reply,
    say,
    standard,
)

LONGEST = "w" * LONGEST_NAME
FRAMES = ("opening", "reminder", "understood")  # around a question, never alone

_MANY = (
    Answered("pain_now", Decimal("7.5")),
    Answered("pain_best", Decimal("2.5")),
    Answered("relief_hours", Decimal("12.5")),
)
_NOT_NUMBERS: list[tuple[str, bool | str]] = [
    ("warning_signs", False),
    ("warning_signs", True),
    ("took_medicine", True),
    ("took_medicine", False),
    ("medicine_when", "window"),
    ("medicine_when", "after"),
    ("medicine_when", "unsure"),
    ("usual_activity", True),
]
_RECORDS: list[tuple[Answered, ...]] = [
    (), _MANY, _MANY[:1], _MANY[:2], *[(Answered(*said),) for said in _NOT_NUMBERS],
]  # fmt: skip


class Message(NamedTuple):
    """One text as it arrives. words: the keys it is made of, such as "opening.en" and "pain_now.en.ask"."""

    name: str
    words: tuple[str, ...]
    text: str


def routine(manner: Manner, name: str = LONGEST) -> Iterator[Message]:
    """Every routine text of one language, to a patient with the longest name that is greeted."""
    longest = replace(manner, spoken=False, given_name=name)
    lang = longest.lang
    for key in standard():
        name, _, rest = key.partition(".")
        if rest == lang and name not in FRAMES:
            yield Message(name, (key,), say(name, longest))
    yield Message("opening", (f"opening.{lang}", f"pain_now.{lang}.ask"), opening("pain_now", longest))
    for question in QUESTIONS:
        yield from _of_a_question(question, longest)


def _of_a_question(question: str, manner: Manner) -> Iterator[Message]:
    lang = manner.lang
    asked = f"{question}.{lang}.ask"
    for record in _RECORDS:
        frames = (f"understood.{lang}", f"thanks.{lang}") if record else ()
        step = Step(Course(question), record, "asked")
        yield Message(f"{question} after {heard(record, lang)}", (asked, *frames), reply(step, manner))
    # Three numbers may be left out before a long question, a single one must always be said back.
    back = f"{say('understood', manner, heard=heard(_MANY[:1], lang))} {ask(question, manner)}"
    yield Message(f"{question} after one number", (asked, f"understood.{lang}"), back)
    yield Message(f"{question} reminder", (asked, f"reminder.{lang}"), reminder(question, manner))
    handed_over = Step(Course(question), outcome="asked", hand_over=True)
    yield Message(f"{question} given up", (asked, f"given_up.{lang}"), reply(handed_over, manner))
    for form in ("again", "about", "back"):
        key = f"{question}.{lang}.{form}"
        if key in standard():
            text = ask(question, manner, form, low="3.5", high="5.5")
            yield Message(f"{question} {form}", (key,), text)
