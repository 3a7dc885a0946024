"""What follows once messages are known to have left: their cost is counted and the next rungs planned.

Known by the carrier's answer, by a receipt that overtook it, or by asking the carrier afterwards. Thousands
leave at ten o'clock, so what has to be read for it is read for all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.ladder import Next, climb, plan_rung
from followup.protocol import segments
from followup.store.models import CheckIn, Clinic, Outbound, Patient

# A call has ended by then; if no callback said so, the carrier is asked how.
_CALL_IS_OVER = timedelta(minutes=60)
# Twilio, outbound message logging: without a receipt by then, ask for the message.
_RECEIPT_IS_LATE = timedelta(hours=12)


def departed(session: Session, rows: Sequence[Outbound], now: datetime) -> None:
    """Count the segments of sent texts and plan what comes after them.

    1. What each cost, and when its end is asked about. 2. Take their check-ins, in order: two workers with
    rows of the same two would else wait for each other. 3. Say which rung comes next, for all. 4. Plan those.
    """
    for row in rows:
        if row.channel in ("text", "answer"):
            row.segments = segments(row.body)
            row.deadline = (row.started_at or now) + _RECEIPT_IS_LATE
        if row.channel == "call":
            row.deadline = (row.started_at or now) + _CALL_IS_OVER
    asked = [row for row in rows if row.check_in_id is not None and row.patient_id is not None]
    if not asked:
        return
    session.flush()  # reading anew would drop what was changed here and not written yet
    check_ins = {
        check_in.id: check_in
        for check_in in session.exec(
            select(CheckIn)
            .where(col(CheckIn.id).in_({row.check_in_id for row in asked}))
            .order_by(col(CheckIn.id))
            .with_for_update()  # see hold.py
            .execution_options(populate_existing=True)
        ).all()
    }
    patients = {
        patient.id: patient
        for patient in session.exec(
            select(Patient).where(col(Patient.id).in_({row.patient_id for row in asked}))
        ).all()
    }
    files = {
        clinic.id: clinic_file(clinic)
        for clinic in session.exec(
            select(Clinic).where(col(Clinic.id).in_({row.clinic_id for row in asked}))
        ).all()
    }
    following: list[tuple[Outbound, Next]] = []
    for row in asked:
        check_in = check_ins[row.check_in_id]
        left_at = row.started_at or now
        if check_in.first_asked_at is None and row.step != DAY_OF:
            check_in.first_asked_at = left_at
        rung = climb(check_in, patients[row.patient_id], files[row.clinic_id], row, left_at)
        if rung is not None:
            following.append((row, rung))
    before = {
        row.dedupe: row
        for row in session.exec(
            select(Outbound).where(col(Outbound.dedupe).in_([rung.key for _, rung in following]))
        ).all()
    }
    for row, rung in following:
        check_in, patient, file = check_ins[row.check_in_id], patients[row.patient_id], files[row.clinic_id]
        left_at = row.started_at or now
        new = plan_rung(check_in, patient, file, rung, before.get(rung.key), left_at)
        if new is not None:
            session.add(new)
            before[rung.key] = new


def adopt(session: Session, row: Outbound, sid: str, now: datetime) -> None:
    """Take the carrier's id for a row: proof that it left, whatever was known of it before."""
    row.changed_at = now
    if row.state in ("sending", "unsure") or (row.state == "planned" and row.attempts > 0):
        row.state, row.sid, row.reason, row.owner, row.deadline = "sent", sid, "", "", None
        row.sent_at = row.started_at or now
        departed(session, [row], now)
    elif not row.sid:
        row.sid = sid
