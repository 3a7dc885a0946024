"""Open an alert for the warning signs of one message: a row, in the transaction that stores the message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, select

from followup.reading import Sign
from followup.store.models import Alert, CheckIn, Inbound, Patient


def open_alert(
    session: Session,
    *,
    clinic_id: int,
    inbound: Inbound,
    signs: Sequence[Sign],
    now: datetime,
    patient: Patient | None = None,
    check_in: CheckIn | None = None,
) -> Alert | None:
    """The alert for the signs that are reported; None when all of them are denied. One per message."""
    reported = [sign for sign in signs if not sign.denied]
    if not reported:
        return None
    assert inbound.id is not None
    found = session.exec(select(Alert).where(Alert.inbound_id == inbound.id)).one_or_none()
    if found is not None:
        return found
    worst_first = sorted(reported, key=lambda sign: (sign.tier != "E", not sign.suicidal))
    alert = Alert(
        clinic_id=clinic_id,
        patient_id=patient.id if patient else None,
        check_in_id=check_in.id if check_in else None,
        inbound_id=inbound.id,
        tier=worst_first[0].tier,
        kind=",".join(dict.fromkeys(sign.flag or sign.name for sign in worst_first))[:120],
        said=inbound.body,
        opened_at=now,
    )
    session.add(alert)
    session.flush()
    return alert
