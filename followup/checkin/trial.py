"""A test text to oneself: how a patient would read it, on one's own phone, and never on a patient's.

It is an outbound row like any other, so that it is sent, receipted and counted the same way; what makes it
harmless is decided here, when it is asked for and once more when it is about to leave.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from followup.checkin.plan import opted_out
from followup.clinic import ClinicFile
from followup.store import is_one_of, keyed_hash
from followup.store.models import Clinic, Outbound, Patient

STEP = "trial"
MARK = "TEST: "  # how each begins, so that nobody takes it for a question of the clinic
AN_HOUR = 10  # tests a clinic may send within an hour


class TrialError(Exception):
    """A code that says why no test may be sent: paused, allowlist, stopped, patient, many."""


def plan_trial(
    session: Session, clinic: Clinic, file: ClinicFile, number: str, words: str, now: datetime
) -> Outbound:
    """Plan a test text to `number` (E.164) at once. Raises TrialError.

    On the rules of every send: nothing while paused, in rehearsal only to the allow list, never to a number
    that asked to stop. And never to a patient of this clinic, who would take it for the real thing.
    """
    assert clinic.id is not None
    why = in_the_way(session, clinic, file, number, None, now)
    if not why:
        why = _too_many(session, clinic.id, now)
    if why:
        raise TrialError(why)
    row = Outbound(
        dedupe=f"trial:{clinic.id}:{secrets.token_hex(8)}",
        clinic_id=clinic.id,
        channel="text",
        step=STEP,
        sender=file.sender,
        to=number,
        to_hash=keyed_hash("phone", number),
        body=MARK + words,
        due_at=now,
        useless_after=now + timedelta(hours=1),  # a clock that stood still must not send yesterday's tests
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    return row


def in_the_way(
    session: Session,
    clinic: Clinic,
    file: ClinicFile,
    number: str,
    useless_after: datetime | None,
    now: datetime,
) -> str:
    """Why a test may not leave to this number at `now`, "" when it may."""
    if useless_after is not None and now > useless_after:
        return "late"
    if clinic.paused or file.clinic.sending == "paused":
        return "paused"
    if file.clinic.sending == "allowlist" and number not in file.clinic.allowlist:
        return "allowlist"
    if opted_out(session, file.sender, number):
        return "stopped"
    patient = select(Patient.id).where(
        Patient.clinic_id == clinic.id, is_one_of(Patient.phone_hash, "phone", number)
    )
    return "patient" if session.exec(patient).first() is not None else ""


def _too_many(session: Session, clinic_id: int, now: datetime) -> str:
    sent = session.exec(
        select(func.count()).where(
            col(Outbound.dedupe).startswith(f"trial:{clinic_id}:"),
            Outbound.created_at > now - timedelta(hours=1),
        )
    ).one()
    return "many" if sent >= AN_HOUR else ""
