"""One conversation, whatever carries it: a message goes in, the next standing comes out.

Text and voice share this function, so that an answer keyed on the phone closes the question by
text too. It decides what to record and what to ask; the words are in wording.py, and opt-outs,
help and wrong numbers are settled by the caller before it gets here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from followup.protocol.course import QUESTIONS, SCORES, Answered, Course, Facts, Step
from followup.protocol.needs import next_question

if TYPE_CHECKING:
    from followup.reading.model import Message, Reading

TRIES = 2  # unclear replies before a question is given up: a third asking reaches nobody
WIDEST_KEPT = Decimal(1)  # points; a wider range said twice is no score (Medicare: record no ranges)


def first_question(facts: Sequence[Facts]) -> Step:
    """The step that opens a check-in."""
    return _onward(Course(), (), facts)


def listening(course: Course) -> tuple[str, str]:
    """What to hand the reader with the next message: the open question and the one answered before it.

    The open question is "" where any words will do (which warning sign) and when nothing is open.
    """
    before = QUESTIONS[: QUESTIONS.index(course.question)] if course.question else QUESTIONS
    answered = [q for q in before if q in course.answers and q != "warning_signs_which"]
    open_question = "" if course.question == "warning_signs_which" else course.question
    return open_question, answered[-1] if answered else ""


def advance(course: Course, message: Message, facts: Sequence[Facts]) -> Step:
    """The step a message makes. Pure: the same course and message always give the same step.

    1. What the message says beside the point is kept: other questions' answers, warning signs.
    2. A correction replaces the previous answer, and the open question is asked again.
    3. An answer is recorded and the next needed question asked, or the conversation closed.
    4. A range for a score is asked back once; then up to 1 point wide its upper value is kept.
    5. A second unclear reply gives the question up: the rest goes on and a person is told.
    STOP or "call me" with a value in it goes to `record_only`.
    """
    reading = message.reading
    if reading.intent in ("opt_out", "callback"):
        return record_only(course, message)
    told = _beside(course, message)
    if reading.intent in ("wrong_person", "help", "opt_in"):
        return Step(_with(course, told), told)
    if not course.question and next_question(course, facts):
        # Closed before its end (given up, a call wanted): what is said now is kept, nothing is asked.
        return Step(_with(course, told), told)
    corrects = message.amended or listening(course)[1]
    amends = message.amends if message.amended in ("", *course.answers) else None
    if amends is not None and amends.intent == "answer":
        return _corrected(course, corrects, amends, told, facts)
    if not course.question:
        return Step(_with(course, told), told)
    if course.question == "warning_signs_which" and not message.repeat:
        return _onward(course, (*told, Answered("warning_signs_which", "told")), facts)

    heard = _hear(course, reading)
    if heard.answer is not None:
        return _onward(course, (heard.answer, *_without(told, course.question)), facts)
    standing = _with(course, told)
    if heard.ask_back and not course.asked_back:
        # "2 to 8" is also an unclear reply; "3 or 4" is not, it only needs settling.
        unclear = () if heard.was_answer else ("",)
        if course.tries + len(unclear) < TRIES:
            tries, about = course.tries + len(unclear), (*course.about, *unclear)
            standing = replace(standing, asked_back=True, tries=tries, about=about)
            return Step(standing, told, "asked_back", low=heard.low, high=heard.high)
    if message.repeat:
        return Step(standing, told, "asked")
    if any(not sign.denied for sign in message.signs):
        # They told us of trouble instead of a number: the safety text is the answer, not a reproach.
        return Step(standing, told)
    return _unclear(standing, told, reading.about, facts)


def record_only(course: Course, message: Message) -> Step:
    """Keep what an opt-out or a request for a call said, and ask nothing more.

    Somebody who wants a call is not sent another question: the conversation closes as handed over
    and a person rings them. After an opt-out it simply closes.
    """
    told = _beside(course, message)
    if course.question and course.question != "warning_signs_which":
        heard = _hear(replace(course, asked_back=True), message.reading)
        if heard.answer is not None:
            told = (heard.answer, *_without(told, course.question))
    intent = message.reading.intent
    wants_call = intent == "callback"
    closed = replace(_with(course, told), question="", tries=0, asked_back=False, about=())
    outcome = "handed_over" if wants_call else "closed"
    return Step(closed, told, outcome, hand_over=wants_call, asked_for=intent)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A reading, judged: an answer to keep, or a range to ask back, or neither."""

    answer: Answered | None = None
    ask_back: bool = False
    was_answer: bool = False  # the reader found a value; False for a range too wide to be one
    low: Decimal | None = None
    high: Decimal | None = None


def _hear(course: Course, reading: Reading) -> _Heard:
    question, (low, high) = course.question, _range(reading)
    is_range = low is not None and high is not None
    if reading.value is None:
        return _Heard(ask_back=question in SCORES and is_range, low=low, high=high)
    if question not in SCORES or not (is_range or reading.approx):
        return _Heard(_answered(question, reading))
    if not course.asked_back:
        return _Heard(ask_back=True, was_answer=True, low=low, high=high)
    if low is not None and high is not None and high - low <= WIDEST_KEPT:
        # The upper end: of two numbers the worse one cannot make a relief that was not there.
        return _Heard(replace(_answered(question, reading), value=high))
    return _Heard(low=low, high=high)


def _answered(question: str, reading: Reading) -> Answered:
    value, (low, high) = reading.value, _range(reading)
    flags = reading.flags if low is None else (*reading.flags, "range")
    assert value is not None
    kept = value if isinstance(value, bool | str) else Decimal(str(value))
    return Answered(question, kept, reading.approx, flags, low, high)


def _range(reading: Reading) -> tuple[Decimal, Decimal] | tuple[None, None]:
    if reading.low is None or reading.high is None or reading.low >= reading.high:
        return None, None
    return Decimal(str(reading.low)), Decimal(str(reading.high))


def _beside(course: Course, message: Message) -> tuple[Answered, ...]:
    """Answers to other questions in the same message, and the warning signs it reports."""
    told = []
    for question, reading in message.slots.items():
        if question not in QUESTIONS or question in course.answers or reading.value is None:
            continue
        if question in SCORES and reading.approx:
            continue  # a range deserves its own question
        if question == "warning_signs" and reading.value is not True:
            continue  # "no fever" in passing is not a no to the whole list
        told.append(_answered(question, reading))
    reported = [sign for sign in message.signs if not sign.denied]
    if reported and course.value("warning_signs") is not True:
        flags = tuple(sorted({sign.flag or sign.name for sign in reported}))
        told = [answer for answer in told if answer.question != "warning_signs"]
        told.append(Answered("warning_signs", True, flags=flags))
    if reported and "warning_signs_which" not in course.answers:
        told.append(Answered("warning_signs_which", "told"))
    return tuple(told)


def _corrected(
    course: Course, previous: str, amends: Reading, told: tuple[Answered, ...], facts: Sequence[Facts]
) -> Step:
    if not previous:
        return Step(_with(course, told), told)
    heard = _hear(replace(course, question=previous, asked_back=False), amends)
    if heard.answer is not None:
        return _onward(course, (heard.answer, *_without(told, previous)), facts)
    if heard.ask_back:
        # "Sorry, 3 or 4": that question is open again, and its old answer stands until it is settled.
        reopened = Course(previous, 0, _with(course, told).answers, True, course.unusable)
        return Step(reopened, told, "asked_back", low=heard.low, high=heard.high)
    return Step(_with(course, told), told)


def _unclear(course: Course, told: tuple[Answered, ...], about: str, facts: Sequence[Facts]) -> Step:
    tries, reasons = course.tries + 1, (*course.about, about)
    if tries < TRIES:
        return Step(replace(course, tries=tries, about=reasons), told, "asked_again", about=about)
    if course.question in SCORES and all(reasons):
        # Asked twice for the usual pain and told twice of another one: there is none to score.
        told = (*told, Answered("index_pain", False))
    given_up = replace(course, unusable=course.unusable | {course.question})
    return replace(_onward(given_up, told, facts), hand_over=True)


def _onward(course: Course, record: tuple[Answered, ...], facts: Sequence[Facts]) -> Step:
    standing = _with(course, record)
    question = next_question(standing, facts)
    if question != course.question or not question:
        standing = replace(standing, question=question, tries=0, asked_back=False, about=())
    if question:
        return Step(standing, record, "asked")
    return Step(standing, record, "handed_over" if standing.unusable else "closed")


def _with(course: Course, record: tuple[Answered, ...]) -> Course:
    if not record:
        return course
    return replace(course, answers={**course.answers, **{answer.question: answer for answer in record}})


def _without(told: tuple[Answered, ...], question: str) -> tuple[Answered, ...]:
    return tuple(answer for answer in told if answer.question != question)
