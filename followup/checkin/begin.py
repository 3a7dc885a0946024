"""A conversation begins: with our first contact, or with a patient who does not wait for it.

Clinics give their patients this number to call the next day; who calls or writes before we have asked is
asked at once, at any hour, and the planned contact then only puts what is still open.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from followup.checkin.clinics import contact_hours
from followup.clinic import ClinicFile
from followup.store.models import CheckIn, Patient


def begin(check_in: CheckIn, file: ClinicFile, patient: Patient, now: datetime) -> None:
    """Open a planned check-in with its first question; does nothing to one that is open.

    When to give up is set here already: should a contact be let go, nobody would set it later. Counted from
    the first contact, which a word in the night must not overtake.
    """
    if check_in.state == "planned":
        first = contact_hours(file, patient).next_allowed(max(now, check_in.due_at))
        check_in.give_up_at = first + timedelta(minutes=file.ladder.give_up)
        check_in.state, check_in.question = "open", "pain_now"
        check_in.turn += 1
    check_in.changed_at = now


def is_due(check_in: CheckIn, file: ClinicFile, now: datetime) -> bool:
    """Whether a planned check-in may be begun by its patient: from midnight, clinic-local, of its day."""
    return check_in.state == "planned" and has_come(check_in.due_on, file, now)


def has_come(day: date, file: ClinicFile, now: datetime) -> bool:
    return now.astimezone(file.zone).date() >= day
