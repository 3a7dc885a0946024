"""Open an alert: a row and the first page, in the transaction that stores what set it off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, select

from followup.alerts.page import page_now
from followup.clinic import ClinicFile
from followup.reading import Sign
from followup.store.models import Alert, CheckIn, Inbound, Patient


def open_alert(
    session: Session,
    *,
    clinic_id: int,
    file: ClinicFile,
    inbound: Inbound,
    tier: str,
    kinds: Sequence[str],
    now: datetime,
    patient: Patient | None = None,
    check_in: CheckIn | None = None,
) -> Alert:
    """The alert of one message, of tier "E" (emergency) or "S" (same day). One a message."""
    assert inbound.id is not None
    found = session.exec(select(Alert).where(Alert.inbound_id == inbound.id)).one_or_none()
    if found is not None:
        return found
    alert = Alert(
        clinic_id=clinic_id,
        patient_id=patient.id if patient else None,
        check_in_id=check_in.id if check_in else None,
        inbound_id=inbound.id,
        tier=tier,
        kind=",".join(dict.fromkeys(kinds))[:120],
        said=inbound.body,
        opened_at=now,
    )
    session.add(alert)
    session.flush()
    page_now(session, file, alert, now)
    return alert


def worst(signs: Sequence[Sign]) -> tuple[str, list[str]] | None:
    """The tier and kinds of the signs that are reported, worst first; None when all of them are denied."""
    reported = sorted(
        (sign for sign in signs if not sign.denied), key=lambda s: (s.tier != "E", not s.suicidal)
    )
    return (reported[0].tier, [sign.flag or sign.name for sign in reported]) if reported else None
