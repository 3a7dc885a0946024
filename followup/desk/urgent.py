"""The warnings that are open, for the top of every page: who, since when, in whose words, and who has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal_column
from sqlmodel import Session, col, select

from followup.digest.rows import staff_id
from followup.store.models import Alert, Heartbeat, Outbound, Patient, Staff

CLOCK_IS_LATE = timedelta(minutes=5)
_SHOWN = 50  # more than anybody can look at; the rest comes up as these are resolved


@dataclass(frozen=True)
class Urgent:
    """One open alert. `taken_by` is "" until somebody has acknowledged it."""

    id: int
    tier: str  # "E" emergency, "S" the same day
    kind: str  # flags, comma-separated
    said: str
    patient_id: int | None
    name: str
    phone: str
    opened_at: datetime
    taken_at: datetime | None
    taken_by: str

    @property
    def is_emergency(self) -> bool:
        return self.tier == "E"


def open_alerts(session: Session, clinic_id: int) -> list[Urgent]:
    """Nobody's first, emergencies before the rest, then the oldest."""
    found = session.exec(
        select(Alert, Patient)
        .join(Patient, col(Patient.id) == col(Alert.patient_id), isouter=True)
        .where(Alert.clinic_id == clinic_id, col(Alert.resolved_at).is_(None))
        .order_by(col(Alert.id))
        .limit(_SHOWN)
    ).all()
    people = names(session, [alert.acknowledged_by for alert, _ in found])
    alerts = [_urgent(alert, patient, people) for alert, patient in found]
    return sorted(alerts, key=lambda a: (a.taken_at is not None, not a.is_emergency, a.opened_at))


def _urgent(alert: Alert, patient: Patient | None, people: dict[str, str]) -> Urgent:
    assert alert.id is not None
    return Urgent(
        id=alert.id,
        tier=alert.tier,
        kind=alert.kind,
        said=alert.said,
        patient_id=alert.patient_id,
        name=f"{patient.given_name} {patient.family_name}".strip() if patient else "",
        phone=patient.phone if patient else "",
        opened_at=alert.opened_at,
        taken_at=alert.acknowledged_at,
        taken_by=people.get(alert.acknowledged_by, alert.acknowledged_by),
    )


def names(session: Session, marks: list[str]) -> dict[str, str]:
    """How the people behind marks like "staff 3" are shown: the part of their address before the @."""
    ids = {i for mark in marks if (i := staff_id(mark)) is not None}
    if not ids:
        return {}
    found = session.exec(select(Staff).where(col(Staff.id).in_(ids))).all()
    return {f"staff {staff.id}": staff.email.partition("@")[0] for staff in found}


def last_beat(session: Session) -> datetime | None:
    """The clock's last sign of life."""
    beat = session.get(Heartbeat, "clock")
    return beat.at if beat else None


def next_send(session: Session, clinic_id: int) -> datetime | None:
    """When the next thing leaves for a patient of this clinic, None when nothing is planned."""
    planned = col(Outbound.state) == literal_column("'planned'")  # a literal, or no partial index is used
    return session.exec(
        select(func.min(Outbound.due_at)).where(
            planned, Outbound.clinic_id == clinic_id, Outbound.channel != "email"
        )
    ).one()


def has_stopped(beat: datetime | None, now: datetime) -> bool:
    return beat is None or now - beat > CLOCK_IS_LATE
