"""Everything we hold on one person, for the person: every row that belongs to them, opened, as JSON."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from followup.audit.record import record
from followup.custody.belongings import batched_ids, belongings
from followup.store import is_one_of, table_of
from followup.store.models import Audit, Clinic, OptOut, Patient


def find_person(session: Session, clinic: Clinic, chart: str) -> Patient | None:
    """The clinic's patient with this chart id (the roster's patient_id)."""
    return session.scalars(
        select(Patient).where(
            col(Patient.clinic_id) == clinic.id, is_one_of(Patient.chart_hash, "chart", chart.strip())
        )
    ).one_or_none()


def all_we_hold(session: Session, patient: Patient, now: datetime) -> dict[str, Any]:
    """By table, oldest first; also who looked at them, and whether their number asked us to stop.

    Hashes are left out: they say nothing that the values beside them do not.
    """
    assert patient.id is not None
    told: dict[str, Any] = {"made_at": now.isoformat()}
    for table, ids in belongings(session, {table_of(Patient): [patient.id]}).items():
        shown = [column for column in table.columns if "hash_of" not in column.info]
        told[table.name] = [
            {name: _plain(value) for name, value in row.items()}
            for some in batched_ids(ids)
            for row in session.execute(
                select(*shown).where(table.c.id.in_(some)).order_by(table.c.id)
            ).mappings()
        ]
    told["opt_out"] = [
        {"sender": row.sender, "stopped": row.stopped, "how": row.how, "at": row.at.isoformat()}
        for row in session.scalars(
            select(OptOut).where(is_one_of(OptOut.phone_hash, "phone", patient.phone or "none"))
        )
    ]
    told["audit"] = [
        {"at": row.at.isoformat(), "action": row.action, "staff_id": row.staff_id, "detail": row.detail}
        for row in session.scalars(
            select(Audit)
            .where(col(Audit.subject) == "patient", col(Audit.subject_id) == patient.id)
            .order_by(col(Audit.id))
        )
    ]
    record(session, action="person.export", now=now, clinic_id=patient.clinic_id, subject="patient",
           subject_id=patient.id)  # fmt: skip
    return told


def hold(session: Session, patient: Patient, now: datetime, *, on: bool) -> None:
    """Lay a legal hold on a patient, or lift it: while it lies, nothing of theirs is erased or purged."""
    patient.held_at = (patient.held_at or now) if on else None
    record(session, action="person.hold" if on else "person.release", now=now, clinic_id=patient.clinic_id,
           subject="patient", subject_id=patient.id)  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
