"""The text on the day itself: what to watch today, and that we ask tomorrow.

It belongs to the check-in it announces, so that one patient gets one however many procedures a day had. It is
a notice and no question: the check-in stays planned, and what becomes of the notice never closes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, func, select

from followup.checkin.clinics import contact_hours
from followup.checkin.contact import contact_values
from followup.clinic import ClinicFile
from followup.store.models import CheckIn, Outbound, Patient, Procedure

STEP = "day_of"
# Who is told in the evening to watch the afternoon's pain has missed what was to be watched.
_USEFUL = timedelta(hours=2)


def plan_day_of(
    session: Session, file: ClinicFile, patient: Patient, check_in: CheckIn, now: datetime
) -> None:
    """Plan the text, or move it along with a changed procedure or phone; never once it has left.

    Not planned where it would be too late, or outside hours for so long that it would be.
    """
    wanted = _wanted(session, file, check_in)
    if wanted is None:
        return
    useless_after = wanted + _USEFUL
    due_at = contact_hours(file, patient).next_allowed(max(wanted, now))
    key = f"checkin:{check_in.id}:{STEP}:1"
    row = session.exec(select(Outbound).where(Outbound.dedupe == key)).one_or_none()
    if due_at > useless_after:
        if row is not None and row.state == "planned":
            row.state, row.reason, row.changed_at = "withdrawn", "too late to be of use on the day", now
        return
    if row is None:
        row = Outbound(**contact_values(
            check_in, patient, file, key=key, step=STEP, channel="text", due_at=due_at,
            useless_after=useless_after, now=now,
        ))  # fmt: skip
    elif row.started_at is not None or row.state not in ("planned", "withdrawn"):
        return
    row.state, row.reason = "planned", ""
    row.to, row.to_hash = patient.phone, patient.phone_hash
    row.due_at, row.useless_after, row.changed_at = due_at, useless_after, now
    session.add(row)


def _wanted(session: Session, file: ClinicFile, check_in: CheckIn) -> datetime | None:
    """So many minutes after the day's last procedure; None for a clinic that sends no such text."""
    if file.day_of is None:
        return None
    last = session.exec(
        select(func.max(Procedure.performed_at)).where(
            Procedure.check_in_id == check_in.id, Procedure.status == "performed"
        )
    ).one()
    return None if last is None else last + timedelta(minutes=file.day_of.at_minutes)
