"""Whose message is this? By the number it was sent to and the number it came from, never by a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from followup.checkin.begin import is_due
from followup.checkin.clinics import clinic_file
from followup.store import known_hashes
from followup.store.models import CheckIn, Clinic, Outbound, Patient

_STILL_THEIRS = timedelta(hours=24)  # how long after it was asked a check-in may be what a text is about


@dataclass
class Match:
    """What was found. `check_in` is the one to answer to; `shared`: it could be more than one person's."""

    clinic: Clinic | None = None
    patient: Patient | None = None
    check_in: CheckIn | None = None
    shared: bool = False
    patients: list[Patient] = field(default_factory=list)
    clinics: Sequence[Clinic] = ()  # all that share the sender


def match(session: Session, our_senders: Sequence[str], from_number: str, now: datetime) -> Match:
    """Resolve (our sender, their number) over every clinic that shares the sender.

    1. One open check-in on that phone: it is the answer to it.
    2. Several: nobody's, since a score filed under the wrong person is worse than one asked again.
    3. None open: the one that is due and not asked yet, else the one last asked there, else the patient
       alone, else nobody.
    """
    hashes = known_hashes("phone", from_number) if from_number else []
    clinics = session.exec(
        select(Clinic).where(col(Clinic.sender).in_([s for s in our_senders if s])).order_by(col(Clinic.id))
    ).all()
    if not clinics:
        return _last_written_to(session, (), hashes)
    found = _by_patient(session, clinics, hashes, now)
    found.clinics = clinics
    return found


def _by_patient(session: Session, clinics: Sequence[Clinic], hashes: Sequence[str], now: datetime) -> Match:
    found = session.exec(
        select(Patient, CheckIn)
        .outerjoin(CheckIn, col(CheckIn.patient_id) == col(Patient.id))
        .where(
            col(Patient.clinic_id).in_([c.id for c in clinics]),
            col(Patient.phone_hash).in_(hashes),
            or_(col(Patient.phone_state) != "stranger", CheckIn.state == "open"),
        )
        .order_by(col(CheckIn.asked_at).desc().nulls_last(), col(CheckIn.id).desc())
    ).all()
    if not found:
        return _last_written_to(session, clinics, hashes)
    return _choose([(p, c) for p, c in found], {c.id: c for c in clinics}, now)


def _last_written_to(session: Session, clinics: Sequence[Clinic], hashes: Sequence[str]) -> Match:
    """Nobody has this number now: whom did we write to on it? A roster may have changed the number since,
    or the clinic its own; the reply still belongs to the question it answers."""
    query = select(Outbound).where(
        col(Outbound.to_hash).in_(hashes), col(Outbound.patient_id).is_not(None), Outbound.state == "sent"
    )
    if clinics:
        query = query.where(col(Outbound.clinic_id).in_([c.id for c in clinics]))
    row = session.exec(query.order_by(col(Outbound.sent_at).desc()).limit(1)).first()
    if row is None:
        return Match(clinic=clinics[0] if clinics else None)
    patient = session.get(Patient, row.patient_id)
    if patient is not None and patient.phone_state == "stranger":
        return Match(clinic=session.get(Clinic, row.clinic_id))
    check_in = session.get(CheckIn, row.check_in_id) if row.check_in_id else None
    return Match(session.get(Clinic, row.clinic_id), patient, check_in)


def _choose(
    found: list[tuple[Patient, CheckIn | None]], clinics: dict[int | None, Clinic], now: datetime
) -> Match:
    patients = list({p.id: p for p, _ in found}.values())
    running = [(p, c) for p, c in found if c is not None and c.state == "open"]
    lately = now - _STILL_THEIRS
    planned = [(p, c) for p, c in found if c is not None and c.state == "planned"]
    due = [(p, c) for p, c in planned if is_due(c, clinic_file(clinics[p.clinic_id]), now)]
    if due:
        # Somebody else of the household who was asked today may be the one who writes.
        due += [(p, c) for p, c in found if c is not None and c.asked_at is not None and c.asked_at > lately]
    asked = [(p, c) for p, c in found if c is not None and c.asked_at is not None]
    waiting = [(p, c) for p, c in found if c is not None]
    for candidates in (running, due, asked, waiting, found):
        if candidates:
            patient, check_in = candidates[0]
            shared = len({p.id for p, _ in candidates}) > 1 and candidates is not asked
            return Match(clinics[patient.clinic_id], patient, check_in, shared, patients)
    return Match(patients=patients)
