"""Which contact comes after which, and when we stop asking.

Each rung is planned when the one before it has left, never all at once: a text that left late moves
the rest with it, and a rung that could not leave is not counted as a try.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from followup.checkin.clinics import contact_hours
from followup.checkin.plan import useless_after
from followup.clinic import ClinicFile
from followup.store.models import CheckIn, Outbound, Patient

# A patient in the middle of answering is not nudged: at least this long after the question was put.
_PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Rung:
    step: str
    channel: str
    minutes: float  # after the first contact


def rungs(file: ClinicFile) -> list[Rung]:
    """The clinic's ladder, lowest rung first."""
    return [Rung("first", "text", 0), Rung("reminder", "text", file.ladder.reminder)]


def climb(
    session: Session, check_in: CheckIn, patient: Patient, file: ClinicFile, left: Outbound, now: datetime
) -> None:
    """Plan the rung after the one that has just left, or the moment to give up when it was the last.

    Does nothing for what is not a rung (closings, notices) or once the check-in has closed.
    """
    steps = rungs(file)
    places = {rung.step: place for place, rung in enumerate(steps)}
    if left.step not in places or check_in.state != "open":
        return
    here = steps[places[left.step]]
    following = steps[places[left.step] + 1 :][:1]
    check_in.give_up_at = now + timedelta(minutes=file.ladder.give_up - here.minutes)
    series = left.dedupe.removesuffix(":again").rsplit(":", 1)[1]
    for rung in following:
        wanted = now + timedelta(minutes=rung.minutes - here.minutes)
        due_at = contact_hours(file, patient).next_allowed(wanted)
        check_in.give_up_at = due_at + timedelta(minutes=file.ladder.give_up - rung.minutes)
        key = f"checkin:{check_in.id}:{rung.step}:{series}"
        if session.exec(select(Outbound.id).where(Outbound.dedupe == key)).first() is not None:
            return  # the rung before left twice (a failed receipt and its repeat): one reminder is enough
        session.add(
            Outbound(
                dedupe=key,
                clinic_id=check_in.clinic_id,
                patient_id=check_in.patient_id,
                check_in_id=check_in.id,
                channel=rung.channel,
                step=rung.step,
                sender=file.sender,
                to=patient.phone,
                to_hash=patient.phone_hash,
                due_at=due_at,
                useless_after=useless_after(file, check_in),
                created_at=now,
                changed_at=now,
            )
        )


def not_before(check_in: CheckIn, file: ClinicFile) -> datetime | None:
    """The earliest moment for another rung, given when the open question was last put."""
    if check_in.asked_at is None:
        return None
    return check_in.asked_at + min(_PATIENCE, timedelta(minutes=file.ladder.reminder / 2))
