"""What follows once a message is known to have left: its cost is counted and the next rung planned.

Known by the carrier's answer, by a receipt that overtook it, or by asking the carrier afterwards.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from followup.checkin.clinics import clinic_file
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.hold import hold
from followup.checkin.ladder import climb
from followup.protocol import segments
from followup.store.models import Clinic, Outbound, Patient

# A call has ended by then; if no callback said so, the carrier is asked how.
_CALL_IS_OVER = timedelta(minutes=60)
# Twilio, outbound message logging: without a receipt by then, ask for the message.
_RECEIPT_IS_LATE = timedelta(hours=12)


def departed(session: Session, row: Outbound, now: datetime) -> None:
    """Count the segments of a sent text and plan what comes after it."""
    if row.channel in ("text", "answer"):
        row.segments = segments(row.body)
        row.deadline = (row.started_at or now) + _RECEIPT_IS_LATE
    if row.channel == "call":
        row.deadline = (row.started_at or now) + _CALL_IS_OVER
    if row.check_in_id is None or row.patient_id is None:
        return
    check_in = hold(session, row.check_in_id)
    if check_in.first_asked_at is None and row.step != DAY_OF:
        check_in.first_asked_at = row.started_at or now
    patient = session.get_one(Patient, row.patient_id)
    file = clinic_file(session.get_one(Clinic, row.clinic_id))
    climb(session, check_in, patient, file, row, row.started_at or now)


def adopt(session: Session, row: Outbound, sid: str, now: datetime) -> None:
    """Take the carrier's id for a row: proof that it left, whatever was known of it before."""
    row.changed_at = now
    if row.state in ("sending", "unsure") or (row.state == "planned" and row.attempts > 0):
        row.state, row.sid, row.reason, row.owner, row.deadline = "sent", sid, "", "", None
        row.sent_at = row.started_at or now
        departed(session, row, now)
    elif not row.sid:
        row.sid = sid
