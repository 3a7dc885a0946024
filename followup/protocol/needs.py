"""Which question comes next: no more than the decision table can use.

Every question costs answers: people stop replying. So hours are only asked when something got
better, medicine only when a relief could be borrowed, activity only when the bar is in reach.
"""

from collections.abc import Sequence

from followup.protocol.course import QUESTIONS, Course, Facts


def next_question(course: Course, facts: Sequence[Facts]) -> str:
    """The first question in order that is unanswered, not given up and needed; "" when none is.

    Procedures that share a check-in share its answers: a question is asked if any of them needs it.
    """
    for question in QUESTIONS:
        if question in course.answers or question in course.unusable:
            continue
        if any(needed(question, course, fact) for fact in facts or (Facts(),)):
            return question
    return ""


def needed(question: str, course: Course, fact: Facts) -> bool:
    """Whether the decision table could use the answer for this procedure, from what is known so far."""
    best, now = course.score("pain_best"), course.score("pain_now")
    unknown_before = fact.baseline is None
    better = best is not None and fact.baseline is not None and best < fact.baseline
    now_reaches = fact.reached_by(now)
    # Without a window score the score now stands in for it, as in the table's row 7b.
    relief_reaches = fact.reached_by(now if best is None else best)
    treatment = fact.intent == "therapeutic"
    match question:
        case "warning_signs_which":
            return course.value("warning_signs") is True
        case "relief_hours":
            return better or unknown_before
        case "took_medicine":
            return not treatment and (better or now_reaches)
        case "medicine_when":
            return not treatment and (better or now_reaches) and course.value("took_medicine") is True
        case "usual_activity":
            return not treatment and (relief_reaches or unknown_before)
        case _:
            return True
