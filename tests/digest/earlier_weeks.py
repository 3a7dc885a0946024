"""Five invented weeks before the fixed day, all closed: what trend, outcomes and series look back on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlmodel import Session, select

from followup.store.models import CheckIn, Clinic, Outbound, Procedure

from .clinic_day import INJECTED, PARTIAL, REPEAT, TESTING, add_case, answers, decide

# A week before the fixed day's: how many answered after which rung, and how the others ended.
WEEKS = (
    ("first", "first", "reminder", "no_answer", "wrong_person"),
    ("first", "call", "no_answer", "reached"),
    ("first", "first", "reminder", "no_answer"),
    ("first", "first", "first", "second_call", "undeliverable"),
    ("first", "first", "reminder", "first", "no_consent", "no_answer"),
)
_SAID = (REPEAT, PARTIAL, TESTING, answers(2, 4, 6))
_OTHERWISE = {"id", "dedupe", "step", "channel", "sent_at", "segments", "seconds", "delivery"}
_MINUTES = {"first": 18, "reminder": 185, "call": 370, "second_call": 490}


def add_earlier_weeks(session: Session, clinic: Clinic) -> None:
    number = 200
    for back, week in enumerate(reversed(WEEKS), start=1):
        for place, how in enumerate(week):
            number += 1
            _add(session, clinic, number, how, place, timedelta(weeks=back))


def add_series(
    session: Session, clinic: Clinic, *bests: float, number: int = 300, **about: object
) -> Procedure:
    """A patient with one block every five weeks, the last on the day before the fixed one."""
    made: Procedure | None = None
    for place, best in enumerate(bests):
        back = timedelta(weeks=5 * (len(bests) - 1 - place))
        more = {"patient": _patient(session, made)} if made else {}
        made = add_case(
            session, clinic, number + place, "Vera Lind", said=answers(best, 6, 7), words="7",
            performed_at=INJECTED - back, post_score=Decimal(2), sessions_12m=None, **more, **about,
        )  # fmt: skip
        if back:
            decide(session, made, "repeat", at=made.performed_at + timedelta(days=2))
    assert made is not None
    return made


def _patient(session: Session, procedure: Procedure) -> object:
    from followup.store.models import Patient

    return session.get_one(Patient, procedure.patient_id)


def _add(session: Session, clinic: Clinic, number: int, how: str, place: int, back: timedelta) -> None:
    answered = how in _MINUTES
    at = INJECTED - back
    case = add_case(
        session, clinic, number, f"Patient {number}",
        said=_SAID[place % len(_SAID)] if answered else {},
        words="7" if answered else "",
        outcome="answered" if answered else {"reached": "no_answer"}.get(how, how),
        after=timedelta(minutes=_MINUTES.get(how, 510)),
        sent=how != "no_consent", language="es" if place == 2 else "en", performed_at=at,
    )  # fmt: skip
    check_in = session.get_one(CheckIn, case.check_in_id)
    _later_rungs(session, check_in, how)
    if how == "no_consent":
        case.ended, case.ended_by, case.ended_at = "declined", "Dr K", at + timedelta(days=2)
    elif answered and place != 1:
        decide(session, case, "repeat" if place == 0 else "further_testing", at=at + timedelta(days=2))
    else:
        case.ended, case.ended_by, case.ended_at = "reached", "Dr K", at + timedelta(days=2)
        if how == "no_answer":
            case.ended = "declined"
    session.flush()


def _later_rungs(session: Session, check_in: CheckIn, how: str) -> None:
    first = session.exec(
        select(Outbound).where(Outbound.check_in_id == check_in.id, Outbound.step == "first")
    ).first()
    if first is None:
        return
    if how in ("undeliverable", "wrong_person"):
        first.delivery = "undelivered" if how == "undeliverable" else "delivered"
        return
    rungs = [("reminder", "text", 180), ("call", "call", 360), ("second_call", "call", 480)]
    last = _MINUTES.get(how, 510)
    for step, channel, minutes in rungs:
        if minutes < last:
            taken = channel == "call" and how == step
            session.add(
                Outbound(
                    **first.model_dump(exclude=_OTHERWISE),
                    dedupe=f"{check_in.id}:{step}",
                    step=step,
                    channel=channel,
                    sent_at=check_in.due_at + timedelta(minutes=minutes),
                    segments=int(channel == "text"),
                    seconds=40 if taken else 0,
                    delivery="delivered" if channel == "text" else "completed" if taken else "no-answer",
                )
            )
