"""Hand something to a person: one row, with the reason in words, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from followup.store.models import CheckIn, Inbound, Task


def open_task(
    session: Session,
    *,
    dedupe: str,
    kind: str,
    reason: str,
    now: datetime,
    clinic_id: int | None = None,
    check_in: CheckIn | None = None,
    inbound: Inbound | None = None,
    patient_id: int | None = None,
) -> None:
    """Open a task unless one with this `dedupe` key exists. `reason` names no person and no number."""
    session.flush()
    if session.exec(select(Task.id).where(Task.dedupe == dedupe)).first() is not None:
        return
    task = Task(
        dedupe=dedupe,
        clinic_id=clinic_id if clinic_id is not None else check_in.clinic_id if check_in else None,
        patient_id=patient_id if patient_id is not None else check_in.patient_id if check_in else None,
        check_in_id=check_in.id if check_in else None,
        inbound_id=inbound.id if inbound else None,
        kind=kind,
        reason=reason,
        opened_at=now,
    )
    try:
        with session.begin_nested():
            session.add(task)
    except IntegrityError:
        return  # another thread opened the same task between our look and our insert
