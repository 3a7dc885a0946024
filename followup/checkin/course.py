"""Between the rows of a check-in and the pure conversation: load where it stands, store where it went."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import Session

from followup.clinic import ClinicFile
from followup.protocol import Answered, Course, Facts
from followup.reading import Reading
from followup.store import insert_now, table_of
from followup.store.models import Answer, CheckIn, Procedure


class Kept(NamedTuple):
    """An answer as it is stored, as far as it counts."""

    question: str
    number: Decimal | None
    word: str
    approx: bool
    flags: str


# Made once, and of columns instead of rows: each reply to a text asks for both.
_of_answers, _of_procedures = table_of(Answer).c, table_of(Procedure).c
_ANSWERS = (
    select(*(_of_answers[name] for name in Kept._fields))
    .where(_of_answers.check_in_id == bindparam("check_in_id"))
    .order_by(_of_answers.id)
)
_PERFORMED = select(_of_procedures.baseline, _of_procedures.intent).where(
    _of_procedures.check_in_id == bindparam("check_in_id"), _of_procedures.status == "performed"
)


def course_of(session: Session, check_in: CheckIn) -> Course:
    return Course(
        question=check_in.question,
        tries=check_in.tries,
        answers=answers_of(session, check_in),
        asked_back=check_in.asked_back,
        unusable=frozenset(filter(None, check_in.unusable.split(","))),
        about=tuple(a.strip("-") for a in check_in.about.split(",")) if check_in.about else (),
    )


def keep_course(check_in: CheckIn, course: Course) -> None:
    check_in.question = course.question
    check_in.tries = course.tries
    check_in.asked_back = course.asked_back
    check_in.unusable = ",".join(sorted(course.unusable))
    check_in.about = ",".join(about or "-" for about in course.about)


def facts_of(session: Session, check_in: CheckIn, file: ClinicFile) -> list[Facts]:
    """What the conversation needs to know of each performed procedure that shares the check-in."""
    found = session.connection().execute(_PERFORMED, {"check_in_id": check_in.id})
    return [
        Facts(
            baseline=baseline,
            intent=intent or file.intake.intent_default,
            repeat_percent=file.thresholds.repeat_percent,
        )
        for baseline, intent in found
    ]


def answers_of(session: Session, check_in: CheckIn) -> dict[str, Answered]:
    """The newest answer to each question."""
    found = session.connection().execute(_ANSWERS, {"check_in_id": check_in.id})
    return {row.question: as_answered(Kept(*row)) for row in found}


def keep_answer(
    session: Session,
    check_in: CheckIn,
    answered: Answered,
    inbound_id: int | None,
    reading: Reading | None,
    now: datetime,
    *,
    staff_id: int | None = None,
) -> None:
    """Append an answer, with the spans and rules that made it when a reading did.

    `staff_id`: who entered it by hand, None for what the patient sent themselves.
    """
    why = [(w.rule, w.text, w.start, w.end) for w in reading.why] if reading else []
    insert_now(
        session,
        Answer,
        check_in_id=check_in.id,
        inbound_id=inbound_id,
        question=answered.question,
        number=answered.value if isinstance(answered.value, Decimal) else None,
        word="" if isinstance(answered.value, Decimal) else _word(answered.value),
        approx=answered.approx,
        flags=",".join(answered.flags)[:400],
        why=json.dumps(why, ensure_ascii=False) if why else "",
        staff_id=staff_id,
        at=now,
    )


def _word(value: bool | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def as_answered(row: Answer | Kept) -> Answered:
    """A stored answer as the conversation and the decision table know it."""
    value: Decimal | bool | str
    if row.number is not None:
        value = row.number
    elif row.word in ("yes", "no"):
        value = row.word == "yes"
    else:
        value = row.word
    flags = tuple(filter(None, row.flags.split(",")))
    return Answered(row.question, value, approx=row.approx, flags=flags)
