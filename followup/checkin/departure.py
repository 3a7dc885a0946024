"""What follows once messages are known to have left: their cost is counted and the next rungs planned.

Known by the carrier's answer, by a receipt that overtook it, or by asking the carrier afterwards. Thousands
leave at ten o'clock, so what has to be read for it is read for all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.ladder import Next, bring_forward, climb, rung_values
from followup.protocol import segments
from followup.store.models import CheckIn, Clinic, Outbound, Patient

# A call has ended by then; if no callback said so, the carrier is asked how.
_CALL_IS_OVER = timedelta(minutes=60)
# Twilio, outbound message logging: without a receipt by then, ask for the message.
_RECEIPT_IS_LATE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Gone:
    """What has to be known of a message that has left."""

    id: int
    clinic_id: int
    patient_id: int | None
    check_in_id: int | None
    channel: str
    step: str
    dedupe: str
    body: str
    started_at: datetime | None


GONE = tuple(field.name for field in fields(Gone))
# Of a new row: written by one statement for all, which knows nothing of the model's defaults.
_BLANK = {
    name: field.default
    for name, field in Outbound.model_fields.items()
    if not field.is_required() and name != "id"
}


def cost(gone: Gone, now: datetime) -> dict[str, Any]:
    """The segments of a text, and when to ask what became of it if nobody says."""
    begun = gone.started_at or now
    if gone.channel in ("text", "answer"):
        return {"segments": segments(gone.body), "deadline": begun + _RECEIPT_IS_LATE}
    if gone.channel == "call":
        return {"segments": 0, "deadline": begun + _CALL_IS_OVER}
    return {"segments": 0, "deadline": None}


def departed(session: Session, messages: Sequence[Gone], now: datetime) -> None:
    """Plan what comes after messages that have left.

    1. Take their check-ins, in order: two workers with rows of the same two would else wait for each other.
    2. Say which rung comes next, for all of them. 3. Plan those that are not planned yet.
    """
    asked = [gone for gone in messages if gone.check_in_id is not None and gone.patient_id is not None]
    if not asked:
        return
    session.flush()  # reading anew would drop what was changed here and not written yet
    held = (
        select(CheckIn)
        .where(col(CheckIn.id).in_({gone.check_in_id for gone in asked}))
        .order_by(col(CheckIn.id))
        .with_for_update()  # see hold.py
        .execution_options(populate_existing=True)
    )
    check_ins = {check_in.id: check_in for check_in in session.exec(held).all()}
    whom = select(Patient).where(col(Patient.id).in_({gone.patient_id for gone in asked}))
    patients = {patient.id: patient for patient in session.exec(whom).all()}
    whose = select(Clinic).where(col(Clinic.id).in_({gone.clinic_id for gone in asked}))
    files = {clinic.id: clinic_file(clinic) for clinic in session.exec(whose).all()}
    following: dict[str, tuple[Gone, Next]] = {}
    for gone in asked:
        check_in, left_at = check_ins[gone.check_in_id], gone.started_at or now
        if check_in.first_asked_at is None and gone.step != DAY_OF:
            check_in.first_asked_at = left_at
        give_up_at, rung = climb(check_in, patients[gone.patient_id], files[gone.clinic_id], gone, left_at)
        if give_up_at is not None:
            check_in.give_up_at = give_up_at
        if rung is not None:
            following[rung.key] = gone, rung
    if not following:
        return
    planned = select(Outbound).where(col(Outbound.dedupe).in_(following))
    before = {row.dedupe: row for row in session.exec(planned).all()}
    new = []
    for key, (gone, rung) in following.items():
        check_in, left_at = check_ins[gone.check_in_id], gone.started_at or now
        if key not in before:
            patient, file = patients[gone.patient_id], files[gone.clinic_id]
            new.append(_BLANK | rung_values(check_in, patient, file, rung, left_at))
        elif not bring_forward(before[key], rung, left_at):
            continue
        check_in.give_up_at = rung.give_up_at
    if new:
        session.connection().execute(insert(Outbound.__table__), new)  # type: ignore[attr-defined]


def adopt(session: Session, row: Outbound, sid: str, now: datetime) -> None:
    """Take the carrier's id for a row: proof that it left, whatever was known of it before."""
    row.changed_at = now
    if row.state in ("sending", "unsure") or (row.state == "planned" and row.attempts > 0):
        row.state, row.sid, row.reason, row.owner, row.deadline = "sent", sid, "", "", None
        row.sent_at = row.started_at or now
        gone = Gone(*(getattr(row, field) for field in GONE))
        for name, value in cost(gone, now).items():
            setattr(row, name, value)
        departed(session, [gone], now)
    elif not row.sid:
        row.sid = sid
