"""Texts from the on-call people: "OK 41" takes an alert, STOP is itself an alert."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session, col, select

from followup.alerts.open import open_alert
from followup.alerts.page import number_of
from followup.checkin.cases import acknowledge
from followup.checkin.reactions import stop_number
from followup.clinic import ClinicFile, Person
from followup.inbox.refusals import CARRIER_STOP
from followup.inbox.replies import Reply
from followup.store.models import Alert, Clinic, Inbound

_TAKEN = re.compile(r"ok(?:ay)?[\s#:.,-]*(a?\d{1,12})[\s.!]*", re.IGNORECASE)


def person_on_call(file: ClinicFile, number: str) -> Person | None:
    """Whoever of the on-call list has this number."""
    return next((person for person in file.on_call.people if person.phone == number), None)


def from_on_call(
    session: Session, clinic: Clinic, file: ClinicFile, person: Person, inbound: Inbound, now: datetime
) -> list[Reply] | None:
    """What to answer to an on-call person; None when the text is no page's business."""
    taken = _TAKEN.fullmatch(inbound.body.strip())
    if taken:
        return [Reply("notice", _take(session, clinic, person, taken[1].upper(), now))]
    if inbound.body.strip().upper() in CARRIER_STOP:
        # The carrier blocks our pages from here on: somebody must know at once, by another phone.
        stop_number(session, file.sender, inbound.from_hash, "keyword", now, inbound.id)
        open_alert(
            session, clinic_id=clinic.id or 0, file=file, inbound=inbound, tier="S",
            kinds=["on_call_stopped"], now=now,
        )  # fmt: skip
        return []
    return None


def _take(session: Session, clinic: Clinic, person: Person, number: str, now: datetime) -> str:
    waiting = session.exec(
        select(Alert).where(Alert.clinic_id == clinic.id, col(Alert.resolved_at).is_(None))
    ).all()
    found = [alert for alert in waiting if number_of(alert) == number]
    for alert in found:
        acknowledge(alert, person.name, now)
    if found:
        return f"Thank you. {number} is yours. Please close it in the console when it is dealt with."
    return f"There is no open alert {number}. Please look at the number in the page."
