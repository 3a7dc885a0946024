"""How a patient is reached, changed by hand: pause, number, language, channel, a stop by word of mouth."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from followup.checkin.cases import CaseError
from followup.checkin.clinics import clinic_file
from followup.checkin.reactions import stop_number
from followup.intake.chart import know_number
from followup.intake.fields import phone as read_phone
from followup.intake.reach import reach_differently
from followup.store.models import Clinic, Patient
from followup.store.models.people import CHANNELS, LANGUAGES


def pause(patient: Patient, now: datetime) -> None:
    """Nothing unprompted leaves for this patient until it is lifted. Warnings and replies work as before."""
    if patient.paused_at is None:
        patient.paused_at = patient.changed_at = now


def resume(patient: Patient, now: datetime) -> None:
    """Lift the pause: what is still useful leaves at the next round inside contact hours."""
    if patient.paused_at is not None:
        patient.paused_at, patient.changed_at = None, now


def change(
    session: Session, patient: Patient, *, phone: str, language: str, channel: str, now: datetime
) -> list[str]:
    """Change how a patient is reached; returns which fields changed. Raises CaseError.

    A number that is none raises UnreadableError, which says how to write it.

    A new number is one nothing is known of yet: it acts on everything that has not left.
    """
    if language not in LANGUAGES or channel not in CHANNELS:
        raise CaseError("Choose a language and a channel from the lists.")
    number = read_phone(phone.strip()) if phone.strip() else ""
    wanted = {"phone": number, "language": language, "channel": channel}
    changed = [name for name, value in wanted.items() if getattr(patient, name) != value]
    for name in changed:
        setattr(patient, name, wanted[name])
    if not changed:
        return []
    patient.changed_at = now
    if "phone" in changed:
        know_number(patient)
    session.flush()
    if {"phone", "channel"} & set(changed):
        reach_differently(session, clinic_file(session.get_one(Clinic, patient.clinic_id)), patient, now)
    return changed


def stop(session: Session, patient: Patient, now: datetime) -> None:
    """The patient told somebody to stop: as binding as a STOP by text, for everybody on that number."""
    if not patient.phone:
        raise CaseError("There is no number to stop.")
    file = clinic_file(session.get_one(Clinic, patient.clinic_id))
    stop_number(session, file.sender, patient.phone, "staff", now)
