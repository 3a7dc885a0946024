"""Messages as the reader would hand them over, built by hand: these tests are about the conversation."""

from decimal import Decimal
from typing import Any

from followup.protocol import Course, Facts, Step, advance, first_question
from followup.reading.model import Message, Reading, Sign

UNCLEAR = Reading("unclear")


def message(
    reading: Reading = UNCLEAR,
    slots: dict[str, Reading] | None = None,
    amends: Reading | None = None,
    signs: tuple[Sign, ...] = (),
    repeat: bool = False,
) -> Message:
    return Message(reading, slots or {}, amends, signs, repeat, False)


def answer(value: Any, intent: str = "answer", **more: Any) -> Message:
    """A message that answers the open question; slots= and signs= ride along, the rest is the reading's."""
    beside = {key: more.pop(key) for key in ("slots", "signs") if key in more}
    return message(Reading(intent, value, **more), **beside)


def a_range(low: float, high: float) -> Message:
    """As the reader gives it: a midpoint up to 2 wide, unclear beyond."""
    if high - low > 2:
        return message(Reading("unclear", low=low, high=high))
    return answer((low + high) / 2, approx=True, low=low, high=high)


def unclear(about: str = "", **more: Any) -> Message:
    return message(Reading("unclear", about=about), **more)


def correction(value: Any, **more: Any) -> Message:
    return message(amends=Reading("answer", value, **more))


def sign(name: str = "leg_numbness", flag: str = "neuro", *, denied: bool = False) -> Sign:
    return Sign(name, flag, "S", False, denied, "", 0, 0)


def facts(baseline: float | None = 8, intent: str = "diagnostic", bar: int = 80) -> Facts:
    return Facts(None if baseline is None else Decimal(str(baseline)), intent, Decimal(bar))


def talk(*messages: Message, about: tuple[Facts, ...] | None = None) -> tuple[list[str], Step]:
    """Play messages; gives "outcome question" for every step, the opening included, and the last step."""
    of = about or (facts(),)
    step = first_question(of)
    heard = [f"{step.outcome} {step.course.question}".strip()]
    for each in messages:
        step = advance(step.course, each, of)
        heard.append(f"{step.outcome} {step.course.question}".strip())
    return heard, step


def values(course: Course) -> dict[str, Any]:
    return {question: answered.value for question, answered in course.answers.items()}
