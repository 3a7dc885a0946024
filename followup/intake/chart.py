"""What one roster row makes of its patient and its procedure.

Only columns the file has are written: a short file that cancels three procedures must not empty the phone
numbers it does not mention. Each function says which fields changed, because what follows depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from followup.clinic import ClinicFile
from followup.intake.roster import RosterRow
from followup.store import keyed_hash
from followup.store.models import Clinic, Patient, Procedure

Changes = dict[str, tuple[Any, Any]]  # by field: the value before, None for a new row, and the one now
ROSTER = "roster"  # who ended a case that the roster cancelled


def keep_patient(
    session: Session,
    clinic: Clinic,
    file: ClinicFile,
    row: RosterRow,
    columns: Iterable[str],
    patient: Patient | None,
    now: datetime,
) -> tuple[Patient, Changes]:
    """The row's patient, made or brought up to date, and what changed."""
    told: dict[str, Any] = {
        "given_name": row.given_name,
        "family_name": row.family_name,
        "phone": row.phone,
        "language": row.language or "en",
        "channel": row.channel or "text",
        "timezone": row.timezone,
        "consent": file.intake.consent_default == "yes" if row.consent is None else row.consent,
        "birth_year": row.birth_year,
        "blood_thinner": row.blood_thinner,
    }
    if patient is None:
        assert clinic.id is not None
        patient = Patient(
            clinic_id=clinic.id,
            chart=row.patient_id,
            chart_hash=keyed_hash("chart", row.patient_id),
            created_at=now,
            changed_at=now,
            **told,
        )
        know_number(patient)
        session.add(patient)
        return patient, {name: (None, value) for name, value in told.items()}
    changed = _write(patient, {name: told[name] for name in told.keys() & set(columns)}, now)
    if "phone" in changed:
        know_number(patient)
    return patient, changed


def know_number(patient: Patient) -> None:
    """A number we have not used yet: whatever was learnt of the one before no longer holds."""
    patient.phone_hash = keyed_hash("phone", patient.phone) if patient.phone else ""
    patient.phone_state = "ok" if patient.phone else "none"


def keep_procedure(
    session: Session,
    clinic: Clinic,
    row: RosterRow,
    columns: Iterable[str],
    patient: Patient,
    procedure: Procedure | None,
    now: datetime,
) -> tuple[Procedure, Changes]:
    """The row's procedure, made or brought up to date, and what changed."""
    told: dict[str, Any] = {
        "performed_at": row.performed_at,
        "status": row.status,
        "kind": row.kind,
        "levels": row.levels,
        "side": row.side,
        "intent": row.intent,
        "agent": row.agent,
        "steroid": row.steroid,
        "sedation": row.sedation,
        "provider": row.provider,
        "baseline_score": row.baseline_score,
        "post_score": row.post_score,
        "prior_positive": row.prior_positive,
        "sessions_12m": row.sessions_12m,
    }
    if procedure is None:
        assert clinic.id is not None
        assert patient.id is not None
        told["baseline"] = told.pop("baseline_score")
        procedure = Procedure(
            clinic_id=clinic.id,
            patient_id=patient.id,
            reference=row.procedure_id,
            created_at=now,
            changed_at=now,
            **told,
        )
        session.add(procedure)
        changed = {name: (None, value) for name, value in told.items()}
    else:
        # A file without the column status lists what was performed: absent means performed, not "as before".
        given = {name: told[name] for name in told.keys() & {*columns, "status"}}
        if "baseline_score" in given:
            given["baseline"] = given.pop("baseline_score")
        changed = _write(procedure, given, now)
    _end_or_reopen(procedure, now)
    return procedure, changed


def _end_or_reopen(procedure: Procedure, now: datetime) -> None:
    """A cancelled case needs nobody; one that comes back does. What a person ended stays ended."""
    if procedure.status == "cancelled" and not procedure.ended:
        procedure.ended, procedure.ended_at, procedure.ended_by = "cancelled", now, ROSTER
    elif procedure.status != "cancelled" and (procedure.ended, procedure.ended_by) == ("cancelled", ROSTER):
        procedure.ended, procedure.ended_at, procedure.ended_by = "", None, ""


def _write(row: Patient | Procedure, values: Mapping[str, Any], now: datetime) -> Changes:
    """Set what differs; returns it."""
    changed = {
        name: (before, value) for name, value in values.items() if (before := getattr(row, name)) != value
    }
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    if changed:
        row.changed_at = now
    return changed
