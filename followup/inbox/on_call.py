"""Texts from the on-call people: "OK 41" takes an alert, a refusal is itself an alert.

Looked for over every clinic that shares the sender: one nurse may be on call for several, and a page names
no clinic that she could answer to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from followup.alerts.open import open_alert
from followup.alerts.page import number_of
from followup.checkin.cases import acknowledge
from followup.checkin.clinics import clinic_file
from followup.checkin.reactions import stop_number
from followup.clinic import ClinicFile, Person
from followup.inbox.replies import Reply
from followup.reading import read
from followup.store.models import Alert, Clinic, Inbound

_TAKEN = re.compile(r"ok(?:ay)?[\s#:.,-]*(a?\d{1,12})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Duty:
    """One clinic that this phone is on call for."""

    clinic: Clinic
    file: ClinicFile
    person: Person


def duties_of(clinics: Sequence[Clinic], number: str) -> list[Duty]:
    """The clinics on whose on-call lists this number stands."""
    return [
        Duty(clinic, file, person)
        for clinic in clinics
        for file in [clinic_file(clinic)]
        for person in file.on_call.people
        if person.phone == number
    ]


def from_on_call(
    session: Session, duties: Sequence[Duty], inbound: Inbound, now: datetime
) -> list[Reply] | None:
    """What to answer to an on-call person; None when the text is no page's business."""
    taken = _TAKEN.match(inbound.body.strip())
    if taken:
        return [Reply("notice", _take(session, duties, taken[1].upper(), now))]
    if read("", "sms", "en", inbound.body).intent != "opt_out":
        return None
    # Whatever the words, our pages no longer reach this phone: somebody must know at once, by another.
    for duty in duties:
        stop_number(session, duty.file.sender, inbound.from_number, "keyword", now, inbound.id)
    first = duties[0]
    open_alert(
        session, clinic_id=first.clinic.id or 0, file=first.file, inbound=inbound, tier="S",
        kinds=["on_call_stopped"], now=now,
    )  # fmt: skip
    return []


def _take(session: Session, duties: Sequence[Duty], number: str, now: datetime) -> str:
    for duty in duties:
        waiting = session.exec(
            select(Alert).where(Alert.clinic_id == duty.clinic.id, col(Alert.resolved_at).is_(None))
        ).all()
        found = [alert for alert in waiting if number_of(alert) == number]
        for alert in found:
            acknowledge(alert, duty.person.name, now)
        if found:
            return f"Thank you. {number} is yours. Please close it in the console when it is dealt with."
    return f"There is no open alert {number}. Please look at the number in the page."
