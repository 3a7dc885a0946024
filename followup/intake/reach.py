"""Let a new number, zone, channel or consent act on everything of a patient that has not left yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from followup.checkin.clinics import contact_hours
from followup.checkin.close import ROUTINE
from followup.checkin.plan import arrange
from followup.clinic import ClinicFile
from followup.store.models import CheckIn, Outbound, Patient

DECIDES_CONTACT = {"phone", "timezone", "consent", "channel"}


def reach_differently(session: Session, file: ClinicFile, patient: Patient, now: datetime) -> None:
    """Bring every check-in still worth having in line with how the patient can be reached at `now`."""
    recent = now - timedelta(hours=file.hours.useful_hours)
    check_ins = session.exec(
        select(CheckIn).where(
            CheckIn.patient_id == patient.id, or_(CheckIn.state != "closed", col(CheckIn.due_at) >= recent)
        )
    ).all()
    for check_in in check_ins:
        arrange(session, file, patient, check_in, now)
    session.flush()
    hours = contact_hours(file, patient)
    waiting = session.exec(
        select(Outbound).where(
            col(Outbound.check_in_id).in_([c.id for c in check_ins if c.state == "open"]),
            Outbound.state == "planned",
            col(Outbound.channel).in_(ROUTINE),
        )
    ).all()
    for contact in waiting:
        contact.to, contact.to_hash = patient.phone, patient.phone_hash
        contact.due_at = hours.next_allowed(max(contact.due_at, now))
        contact.changed_at = now
