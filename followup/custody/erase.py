"""Take a person out of the data: names, numbers, words and messages go; what law or safety needs stays.

Rows are emptied, not deleted: a provider's decision and the scores it rests on belong to the medical record,
and the clinic's counts of that day must still add up. What is left names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Table, func, select, update
from sqlmodel import Session, col

from followup.audit.record import record
from followup.checkin.clinics import clinic_file
from followup.checkin.close import close
from followup.custody.belongings import Ids, batched_ids, belongings
from followup.inbox import twiml
from followup.store import is_one_of, keyed_hash, table_of
from followup.store.models import (
    Alert,
    CheckIn,
    Clinic,
    Inbound,
    Outbound,
    Patient,
    Procedure,
    RosterLine,
)
from followup.store.seal import Sealed

#: sealed, but not the patient's: what staff did and signed
STAFF_WORDS = {"decision.note", "procedure.provider", "alert.acknowledged_by"}
_EMPTY = {"inbound.raw": "{}", "receipt.raw": "{}", "inbound.reply": twiml.NOTHING}

KEPT = (
    "scores, dates, drugs and proposals without a name: the clinic's counts must still add up",
    "decisions and their notes: a provider signed them, and state law says how long they are kept",
    "the audit: it holds ids only, and shows who saw this person's data",
    "a request to stop: without it the number could be texted again",
    "backups made before: they age out by your own schedule",
)


class EraseError(Exception):
    """A sentence that says why this person cannot be erased now."""


@dataclass
class Erased:
    """How many rows of each table were emptied."""

    rows: dict[str, int] = field(default_factory=dict)


def erase(session: Session, patient: Patient, now: datetime, *, dry_run: bool = False) -> Erased:
    """Empty everything that belongs to a patient. Raises EraseError under a legal hold, or in mid-sending.

    1. What is open is closed, what is planned withdrawn. 2. Every sealed value that is the patient's is
    emptied, and the hashes with it. 3. The clinic's own references to the case are made anew.
    """
    assert patient.id is not None
    if patient.held_at is not None:
        raise EraseError("A legal hold lies on this patient; nothing may be erased until it is lifted.")
    under_way = session.scalars(
        select(col(Outbound.id)).where(
            col(Outbound.patient_id) == patient.id, col(Outbound.state).in_(("sending", "unsure"))
        )
    ).first()
    if under_way is not None:
        raise EraseError("A message to this patient is on its way; try again in ten minutes.")
    warned = session.scalars(
        select(col(Alert.id)).where(col(Alert.patient_id) == patient.id, col(Alert.resolved_at).is_(None))
    ).first()
    if warned is not None:
        raise EraseError("A warning of this patient is not resolved; somebody must look at it first.")
    found = belongings(session, {table_of(Patient): [patient.id]})
    _add_strays(session, patient, found)
    if not dry_run:
        _stop(session, patient, now)
        for table, ids in found.items():
            _empty(session, table, ids)
        _forget_references(session, patient)
        _hide(patient, now)
        record(session, action="person.erase", now=now, clinic_id=patient.clinic_id, subject="patient",
               subject_id=patient.id)  # fmt: skip
    return Erased({table.name: len(ids) for table, ids in found.items()})


def _add_strays(session: Session, patient: Patient, found: Ids) -> None:
    """Messages from this number that could be matched to nobody, unless somebody else has it too."""
    sharing = session.scalar(
        select(func.count()).where(is_one_of(Patient.phone_hash, "phone", patient.phone))
    )
    if not patient.phone or sharing != 1:
        return
    strays = session.scalars(
        select(col(Inbound.id)).where(
            is_one_of(Inbound.from_hash, "phone", patient.phone), col(Inbound.patient_id).is_(None)
        )
    )
    found.setdefault(table_of(Inbound), set()).update(id for id in strays if id is not None)


def _stop(session: Session, patient: Patient, now: datetime) -> None:
    file = clinic_file(session.get_one(Clinic, patient.clinic_id))
    patient.consent = False
    for procedure in session.scalars(select(Procedure).where(col(Procedure.patient_id) == patient.id)):
        if not procedure.ended:
            procedure.ended, procedure.ended_at, procedure.ended_by = "declined", now, "erased"
    for check_in in session.scalars(
        select(CheckIn).where(col(CheckIn.patient_id) == patient.id, col(CheckIn.state) != "closed")
    ):
        close(session, check_in, file, "no_consent", now)
    session.execute(
        update(Outbound)
        .where(col(Outbound.patient_id) == patient.id, col(Outbound.state) == "planned")
        .values(state="withdrawn", reason="the patient's data were erased", changed_at=now)
    )
    session.flush()


def _empty(session: Session, table: Table, ids: set[int]) -> None:
    values = {
        column.name: _EMPTY.get(f"{table.name}.{column.name}", "")
        for column in table.columns
        if isinstance(column.type, Sealed) and f"{table.name}.{column.name}" not in STAFF_WORDS
    }
    hashes = {c.name: "" for c in table.columns if c.info.get("hash_of", ("", ""))[1] in values}
    if table.name == Patient.__tablename__:
        hashes.pop("chart_hash")  # unique: see _hide
    for some in batched_ids(ids):
        if values:
            session.execute(update(table).where(table.c.id.in_(some)).values({**values, **hashes}))


def _forget_references(session: Session, patient: Patient) -> None:
    """The roster's own numbers lead back to the chart; lines and procedures change together."""
    for procedure in session.scalars(select(Procedure).where(col(Procedure.patient_id) == patient.id)):
        hidden = f"erased-{procedure.id}"
        session.execute(
            update(RosterLine)
            .where(
                col(RosterLine.clinic_id) == procedure.clinic_id,
                col(RosterLine.reference) == procedure.reference,
            )
            .values(reference=hidden, said="")
        )
        procedure.reference = hidden


def _hide(patient: Patient, now: datetime) -> None:
    patient.chart = f"erased-{patient.id}"  # it must stay unique
    patient.chart_hash = keyed_hash("chart", patient.chart)
    patient.blood_thinner = None
    patient.given_name = patient.family_name = patient.phone = patient.phone_hash = patient.birth_year = ""
    patient.phone_state, patient.timezone, patient.changed_at, patient.erased_at = "none", "", now, now
