"""A procedure typed in at the desk: one roster line, held to the same rules and leaving the same witness.

It goes through the import and not beside it, so that a file that comes later finds the procedure, plans
move as they do for a changed row, and the day still reconciles.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from followup.intake.importing import take_sheet
from followup.intake.result import ImportResult
from followup.intake.roster import PATIENT, Refusal, RefusedLine, read_cells
from followup.store import Store, is_one_of
from followup.store.models import Patient, Procedure

_PROCEDURE = (
    "status", "kind", "levels", "side", "intent", "agent", "steroid", "sedation", "provider",
    "baseline_score", "post_score", "prior_positive", "sessions_12m",
)  # fmt: skip
COLUMNS = ("patient_id", *PATIENT, "procedure_id", "performed_at", *_PROCEDURE)
MADE_UP = "hand-"  # how a procedure_id begins that nobody gave


def find_patient(session: Session, clinic_id: int, chart: str) -> Patient | None:
    """The clinic's patient with this chart id."""
    return session.exec(
        select(Patient).where(
            Patient.clinic_id == clinic_id, is_one_of(Patient.chart_hash, "chart", chart.strip())
        )
    ).one_or_none()


def add_by_hand(
    store: Store, clinic_id: int, zone: ZoneInfo, cells: Mapping[str, str], now: datetime
) -> ImportResult:
    """Add one procedure. `cells` are a roster line's, as typed; refusals say which cell and why.

    1. A known chart id fills in what was left empty. Another given name than the one on record is refused:
       a slip in the chart id would send one patient's questions to another.
    2. A procedure_id that is already there is refused: adding is not changing.
    3. An empty procedure_id gets one of its own.
    """
    given = {name: text for name, text in cells.items() if text.strip()}
    with store.read() as session:
        patient = find_patient(session, clinic_id, given.get("patient_id", ""))
        taken = given.get("procedure_id", "").strip()
        exists = session.exec(
            select(Procedure.id).where(Procedure.clinic_id == clinic_id, Procedure.reference == taken)
        ).first()
    if patient is not None and "given_name" not in given:
        given["given_name"] = patient.given_name
    elif patient is not None and given["given_name"].strip().casefold() != patient.given_name.casefold():
        why = "another given name is on record under this chart number"
        return _refused("patient_id", given["patient_id"], why, "check both, or change the name first")
    if exists is not None:
        why = "is on the schedule already"
        return _refused("procedure_id", taken, why, "open that one, or give this one another")
    given.setdefault("procedure_id", f"{MADE_UP}{secrets.token_hex(4)}")
    sheet = read_cells(given, zone, now)
    return take_sheet(store, clinic_id, sheet, now, all_or_nothing=True)


def change_by_hand(
    store: Store,
    clinic_id: int,
    zone: ZoneInfo,
    procedure_id: int,
    cells: Mapping[str, str],
    now: datetime,
) -> ImportResult:
    """Change one procedure and its patient: the cells given are taken, an empty one takes the value away.

    Whose procedure it is and its number cannot be changed. A time that was not touched stays to the second.
    Raises LookupError when there is no such procedure in this clinic.
    """
    with store.read() as session:
        procedure = session.get(Procedure, procedure_id)
        if procedure is None or procedure.clinic_id != clinic_id:
            raise LookupError(procedure_id)
        patient = session.get_one(Patient, procedure.patient_id)
    before = cells_of(patient, procedure, zone)
    # Without a status a line counts as performed, which would bring back what was cancelled.
    wanted = {"given_name": before["given_name"], "status": before["status"], **cells}
    wanted |= {"patient_id": patient.chart, "procedure_id": procedure.reference}
    if wanted.get("performed_at", before["performed_at"]) == before["performed_at"]:
        wanted["performed_at"] = procedure.performed_at.isoformat()
    return take_sheet(store, clinic_id, read_cells(wanted, zone, now), now, all_or_nothing=True)


def cells_of(patient: Patient, procedure: Procedure, zone: ZoneInfo) -> dict[str, str]:
    """A procedure and its patient as the roster line that would change nothing; times clinic-local."""
    values: dict[str, Any] = {
        name: getattr(patient if name in PATIENT else procedure, name)
        for name in (*PATIENT, *_PROCEDURE)
        if name != "baseline_score"
    }
    values |= {
        "patient_id": patient.chart,
        "procedure_id": procedure.reference,
        "baseline_score": procedure.baseline,
        "performed_at": f"{procedure.performed_at.astimezone(zone):%Y-%m-%dT%H:%M}",
    }
    return {name: _cell(values[name]) for name in COLUMNS}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _refused(field: str, value: str, why: str, instead: str) -> ImportResult:
    result = ImportResult()
    result.count([(RefusedLine(1, (Refusal(1, field, value, why, instead),)), "refused")])
    return result


def in_words(refusal: Refusal) -> str:
    """The refusal for the person at the form: the field stands above it, and there is no line to name."""
    why = refusal.why[:1].upper() + refusal.why[1:]
    return f"{why}; {refusal.instead}."
