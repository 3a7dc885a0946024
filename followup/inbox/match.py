"""Whose message is this? By the number it was sent to and the number it came from, never by a guess.

Asked by statements made once, and for the few columns that decide: a patient of many years has many
check-ins, of which at most one is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import load_only
from sqlmodel import Session, col

from followup.checkin.begin import has_come
from followup.checkin.clinics import clinic_file
from followup.store import known_hashes, table_of
from followup.store.models import CheckIn, Clinic, Outbound, Patient

_STILL_THEIRS = timedelta(hours=24)  # how long after it was asked a check-in may be what a text is about


@dataclass(frozen=True)
class Match:
    """What was found. `check_in_id` is the one to answer to; `shared`: it could be more than one person's."""

    clinic: Clinic | None = None
    patient_id: int | None = None
    check_in_id: int | None = None
    shared: bool = False
    clinics: Sequence[Clinic] = ()  # all that share the sender


class _Found(NamedTuple):
    """A patient on the phone, with one of their check-ins when there is any."""

    patient_id: int
    clinic_id: int
    check_in_id: int | None
    state: str | None
    due_on: date | None
    asked_at: datetime | None


_CLINICS = (
    select(Clinic)
    .options(load_only(Clinic.sender, Clinic.file))  # type: ignore[arg-type]
    .where(col(Clinic.sender).in_(bindparam("senders", expanding=True)))
    .order_by(col(Clinic.id))
)
_people, _their = table_of(Patient), table_of(CheckIn)
_BY_PHONE = (
    select(_people.c.id, _people.c.clinic_id, _their.c.id, _their.c.state, _their.c.due_on, _their.c.asked_at)
    .outerjoin_from(_people, _their, _their.c.patient_id == _people.c.id)
    .where(
        _people.c.clinic_id.in_(bindparam("clinics", expanding=True)),
        _people.c.phone_hash.in_(bindparam("hashes", expanding=True)),
        or_(_people.c.phone_state != "stranger", _their.c.state == "open"),
    )
    .order_by(_their.c.asked_at.desc().nulls_last(), _their.c.id.desc())
)


def match(session: Session, our_senders: Sequence[str], from_number: str, now: datetime) -> Match:
    """Resolve (our sender, their number) over every clinic that shares the sender.

    1. One open check-in on that phone: it is the answer to it.
    2. Several: nobody's, since a score filed under the wrong person is worse than one asked again.
    3. None open: the one that is due and not asked yet, else the one last asked there, else the patient
       alone, else nobody.
    """
    hashes = known_hashes("phone", from_number) if from_number else []
    senders = [sender for sender in our_senders if sender]
    clinics = session.scalars(_CLINICS, {"senders": senders}).all() if senders else []
    if not clinics:
        return _last_written_to(session, (), hashes)
    ids = {clinic.id: clinic for clinic in clinics}
    rows = session.connection().execute(_BY_PHONE, {"clinics": list(ids), "hashes": hashes})
    found = [_Found(*row) for row in rows]
    if not found:
        return replace(_last_written_to(session, clinics, hashes), clinics=clinics)
    patient, shared = _whose(found, ids, now)
    return Match(ids[patient.clinic_id], patient.patient_id, patient.check_in_id, shared, clinics)


def _last_written_to(session: Session, clinics: Sequence[Clinic], hashes: Sequence[str]) -> Match:
    """Nobody has this number now: whom did we write to on it? A roster may have changed the number since,
    or the clinic its own; the reply still belongs to the question it answers."""
    query = select(Outbound).where(
        col(Outbound.to_hash).in_(hashes),
        col(Outbound.patient_id).is_not(None),
        col(Outbound.state) == "sent",
    )
    if clinics:
        query = query.where(col(Outbound.clinic_id).in_([c.id for c in clinics]))
    row = session.scalars(query.order_by(col(Outbound.sent_at).desc()).limit(1)).first()
    if row is None:
        return Match(clinic=clinics[0] if clinics else None)
    patient = session.get(Patient, row.patient_id)
    if patient is not None and patient.phone_state == "stranger":
        return Match(clinic=session.get(Clinic, row.clinic_id))
    return Match(session.get(Clinic, row.clinic_id), row.patient_id, row.check_in_id)


def _whose(found: list[_Found], clinics: dict[int | None, Clinic], now: datetime) -> tuple[_Found, bool]:
    """The row to answer to, and whether it could be somebody else's too."""
    lately = now - _STILL_THEIRS
    asked = [row for row in found if row.asked_at is not None]
    running = [row for row in found if row.state == "open"]
    due = [row for row in found if row.state == "planned" and _is_due(row, clinics, now)]
    if due:
        # Somebody else of the household who was asked today may be the one who writes.
        due += [row for row in asked if row.asked_at is not None and row.asked_at > lately]
    waiting = [row for row in found if row.check_in_id is not None]
    candidates = running or due or asked or waiting or found
    shared = len({row.patient_id for row in candidates}) > 1 and candidates is not asked
    return candidates[0], shared


def _is_due(row: _Found, clinics: dict[int | None, Clinic], now: datetime) -> bool:
    return row.due_on is not None and has_come(row.due_on, clinic_file(clinics[row.clinic_id]), now)
