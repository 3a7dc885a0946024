"""From answers to what the decision table takes.

Its own file because the two rooms do not know each other's words: the conversation asks twice about
medicine, the table wants one of none, window, after and unsure.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypedDict

from followup.protocol.course import SCORES, Answered, Course


class Conclusions(TypedDict):
    """The keys of `assessment.Inputs` that a patient's answers fill; None is not asked or not answered."""

    best: Decimal | None
    hours: Decimal | None
    now: Decimal | None
    medicine: str | None
    activity: bool | None
    index_pain: bool | None
    range: bool


def conclusions(answers: Mapping[str, Answered]) -> Conclusions:
    """What was said, for `Inputs(baseline=…, **conclusions(answers))`.

    Medicine taken at a time nobody told is "unsure". `range` is raised when a score or the
    hours were kept from one.
    """
    said = Course(answers=answers)
    activity, index_pain = said.value("usual_activity"), said.value("index_pain")
    return Conclusions(
        best=said.score("pain_best"),
        hours=said.score("relief_hours"),
        now=said.score("pain_now"),
        medicine=_medicine(said),
        activity=activity if isinstance(activity, bool) else None,
        index_pain=index_pain if isinstance(index_pain, bool) else None,
        range=any("range" in answer.flags for answer in answers.values()),
    )


def contact(course: Course, ended: str) -> str:
    """The `contact` of `assessment.Inputs`, from what was said and how the conversation ended.

    ended: how it would count if nothing had been said (no_answer, undeliverable, …). A score, or the
    news that the scores are about another pain, makes it answered; replies nobody could read make it
    unclear. STOP, a wish for a call and a wrong person stay what they are: the table weighs them.
    """
    if ended in ("opt_out", "callback", "wrong_person"):
        return ended
    said = course.answers
    if any(question in said for question in (*SCORES, "index_pain")):
        return "answered"
    return "unclear" if course.tries or course.unusable.intersection(SCORES) else ended


def _medicine(said: Course) -> str | None:
    taken, when = said.value("took_medicine"), said.value("medicine_when")
    if taken is False:
        return "none"
    if isinstance(when, str):
        return when
    return "unsure" if taken is True else None
