"""The clinic's procedures by day, with what is missing while there is still time to get it.

A baseline, a number and a consent are asked for at the desk in a minute on the day, and can hardly be had
the week after; so the schedule says what is missing, and the digest only what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select, tuple_

from followup.checkin.timing import local_moment
from followup.clinic import ClinicFile
from followup.store.models import CheckIn, Patient, Procedure

PAGE = 100  # procedures a page
MISSING = ("done", "phone", "bad_phone", "stranger", "consent", "baseline")
_PHONES = {"none": "phone", "bad": "bad_phone", "stranger": "stranger"}
# How a check-in can have ended for want of something that may still be given.
_FOR_WANT = ("", "no_phone", "no_consent", "undeliverable", "wrong_person")


@dataclass(frozen=True, slots=True)
class Slot:
    """One procedure on the schedule. missing: words of MISSING, empty when nothing is or nothing helps."""

    procedure: Procedure
    patient: Patient
    check_in: CheckIn | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayCount:
    """A local day: how many procedures it has, cancelled ones aside, and how many of them lack something."""

    day: date
    procedures: int
    lacking: int


def schedule(
    session: Session,
    clinic_id: int,
    file: ClinicFile,
    day: date,
    now: datetime,
    after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> Sequence[Slot]:
    """The procedures of a local day in order of time, from the one after `after` (its moment and id)."""
    first, end = _bounds(file, day, day)
    wanted = (
        select(Procedure, Patient, CheckIn)
        .join(Patient, col(Procedure.patient_id) == col(Patient.id))
        .join(CheckIn, col(Procedure.check_in_id) == col(CheckIn.id), isouter=True)
        .where(
            Procedure.clinic_id == clinic_id, Procedure.performed_at >= first, Procedure.performed_at < end
        )
        .order_by(col(Procedure.performed_at), col(Procedure.id))
        .limit(limit)
    )
    if after is not None:
        wanted = wanted.where(tuple_(col(Procedure.performed_at), col(Procedure.id)) > after)
    return [
        Slot(
            procedure,
            patient,
            check_in,
            missing(procedure, patient.phone_state, patient.consent, check_in, now),
        )
        for procedure, patient, check_in in session.exec(wanted).all()
    ]


def missing(
    procedure: Procedure, phone_state: str, consent: bool, check_in: CheckIn | None, now: datetime
) -> tuple[str, ...]:
    """What should be had before it is too late; nothing once the case is over or was answered anyway.

    "done": its time has passed and it still counts as planned only, so that nobody would be asked about it.
    """
    if procedure.status == "cancelled" or procedure.ended:
        return ()
    found = ["done"] if procedure.status == "planned" and procedure.performed_at <= now else []
    if check_in is None or check_in.outcome in _FOR_WANT:
        if phone_state in _PHONES:
            found.append(_PHONES[phone_state])
        if not consent:
            found.append("consent")
    if procedure.baseline is None:
        found.append("baseline")
    return tuple(found)


def days(
    session: Session, clinic_id: int, file: ClinicFile, first: date, last: date, now: datetime
) -> list[DayCount]:
    """Every local day from `first` to `last` with its counts."""
    start, end = _bounds(file, first, last)
    rows = session.exec(
        select(Procedure, Patient.phone_state, Patient.consent, CheckIn)
        .join(Patient, col(Procedure.patient_id) == col(Patient.id))
        .join(CheckIn, col(Procedure.check_in_id) == col(CheckIn.id), isouter=True)
        .where(
            Procedure.clinic_id == clinic_id,
            Procedure.performed_at >= start,
            Procedure.performed_at < end,
            Procedure.status != "cancelled",
        )
    ).all()
    total = dict.fromkeys((first + timedelta(days=n) for n in range((last - first).days + 1)), 0)
    lacking = dict(total)
    for procedure, phone_state, consent, check_in in rows:
        day = procedure.performed_at.astimezone(file.zone).date()
        total[day] += 1
        lacking[day] += bool(missing(procedure, phone_state, consent, check_in, now))
    return [DayCount(day, total[day], lacking[day]) for day in total]


def _bounds(file: ClinicFile, first: date, last: date) -> tuple[datetime, datetime]:
    """From the start of the first local day to the start of the day after the last, in UTC."""
    midnight = time(0)
    return (
        local_moment(first, midnight, file.zone),
        local_moment(last + timedelta(days=1), midnight, file.zone),
    )
