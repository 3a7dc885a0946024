"""A call that a person made, as the inbox knows what it hears: stored, with everything known about it."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from followup.checkin.clinics import clinic_file, manner
from followup.inbox.heard import Heard
from followup.reading import read_message
from followup.store.models import CheckIn, Clinic, Inbound, Patient, Staff


def hear_at_the_desk(
    session: Session,
    check_in: CheckIn,
    patient: Patient,
    staff: Staff,
    words: str,
    intent: str,
    now: datetime,
) -> Heard:
    """Store one inbound row for the call; `words` are the patient's own, as staff wrote them down."""
    clinic = session.get_one(Clinic, check_in.clinic_id)
    file = clinic_file(clinic)
    inbound = Inbound(
        sid=f"desk:{uuid4()}",
        channel="call",
        clinic_id=clinic.id,
        patient_id=patient.id,
        check_in_id=check_in.id,
        sender=file.sender[:40],
        from_number=patient.phone,
        from_hash=patient.phone_hash,
        body=words,
        raw=json.dumps({"desk": staff.id}),
        state="read",
        intent=intent,
        staff_id=staff.id,
        received_at=now,
    )
    session.add(inbound)
    session.flush()
    message = read_message("", "sms", patient.language, words)
    return Heard(
        session, inbound, {}, now, clinic, file, manner(file, patient), message,
        patient=patient, check_in=check_in,
    )  # fmt: skip
