"""Take a roster in: each good row stored with its plan, each bad one refused in words.

In short transactions of many rows, each row under its own savepoint: one transaction for the whole file
would keep replies from being stored while it runs, and lose every row for the sake of one; one per row
would wait for the disk ten thousand times. Killed half-way, the file is simply imported again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.plan import plan
from followup.checkin.propose import propose
from followup.checkin.timing import local_moment
from followup.clinic import ClinicFile
from followup.intake.chart import keep_patient, keep_procedure
from followup.intake.reach import DECIDES_CONTACT, reach_differently
from followup.intake.result import ImportResult, Line, Told, told
from followup.intake.roster import RefusedLine, RosterFile, RosterRow, read_roster
from followup.intake.sheet import IntakeError
from followup.store import Store, known_hashes
from followup.store.models import Clinic, Patient, Procedure, Proposal, Roster, RosterLine

__all__ = ["BATCH", "ImportResult", "IntakeError", "import_roster"]

BATCH = 50  # rows a transaction; on SQLite a reply waits for its turn meanwhile, about 0.2 s
# SQLite has no queue: who waits for the lock looks again every 0.1 s, and a writer that takes it back at once
# starves them. Without this pause a reply waited 7.5 s beside a large import, with it 2 to 3 s at most.
_BREATH = 0.02  # seconds between transactions


@dataclass
class _Run:
    """One import under way."""

    clinic_id: int
    sheet: RosterFile
    now: datetime
    dry_run: bool
    result: ImportResult
    roster_id: int | None = None
    patients_changed: set[str] = field(default_factory=set)  # by patient_id: all their rows say "changed"
    differs: dict[int, dict[str, tuple[Any, Any]]] = field(default_factory=dict)  # by line: before and after


class _TakenBackError(Exception):
    """Takes a batch back that was only rehearsed, or of which nothing may go in when a part may not."""


def import_roster(
    store: Store,
    clinic_code: str | None,
    data: bytes,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportResult:
    """Take a roster CSV into a clinic (the only one when `clinic_code` is None) as of `now` (aware).

    A dry run does all the work, batch by batch, and takes each batch back. `progress(done, total)` is called
    after each batch. Raises IntakeError when nothing of the file can be taken in: no such clinic, no
    usable header. Importing the same file again changes nothing.
    """
    clinic_id, zone = find_clinic(store, clinic_code)
    sheet = read_roster(data, zone, now)
    return take_sheet(store, clinic_id, sheet, now, dry_run=dry_run, progress=progress)


def take_sheet(
    store: Store,
    clinic_id: int,
    sheet: RosterFile,
    now: datetime,
    *,
    dry_run: bool = False,
    all_or_nothing: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportResult:
    """Take a roster that has been read into a clinic.

    all_or_nothing: a batch of which a line is refused is taken back whole, and leaves no witness: whoever
    typed it is still there to put it right.
    """
    result = ImportResult(notes=list(sheet.notes))
    run = _Run(clinic_id, sheet, now, dry_run, result)
    total = len(sheet.lines)
    for start in range(0, total, BATCH):
        batch = sheet.lines[start : start + BATCH]
        if start and store.is_sqlite:
            time.sleep(_BREATH)
        try:
            with store.write() as session:
                _take_batch(session, run, batch)
                if dry_run or (all_or_nothing and result.refused):
                    raise _TakenBackError
        except _TakenBackError:
            pass
        if progress:
            progress(min(start + BATCH, total), total)
    return result


def find_clinic(store: Store, code: str | None) -> tuple[int, ZoneInfo]:
    """The id and zone of the clinic with this code, or of the only one. Raises IntakeError."""
    with store.read() as session:
        clinics = session.exec(select(Clinic).order_by(col(Clinic.code))).all()
        if not clinics:
            raise IntakeError("There is no clinic yet; create one with `followup clinic set FILE.toml`.")
        codes = ", ".join(c.code for c in clinics)
        if code is None and len(clinics) > 1:
            raise IntakeError(f"There are several clinics ({codes}); say which one with --clinic CODE.")
        found = clinics[0] if code is None else next((c for c in clinics if c.code == code), None)
        if found is None or found.id is None:
            raise IntakeError(f'There is no clinic with the code "{code}"; there is {codes}.')
        return found.id, clinic_file(found).zone


def _take_batch(session: Session, run: _Run, batch: Sequence[Line]) -> None:
    """Take in some lines within one transaction, and leave a witness of each that is not unchanged."""
    clinic = session.get_one(Clinic, run.clinic_id)
    file = clinic_file(clinic)
    rows = [line for line in batch if isinstance(line, RosterRow)]
    patients = _patients(session, clinic, rows)
    procedures = _procedures(session, clinic, rows)
    done: list[tuple[Line, str]] = []
    for line in batch:
        if isinstance(line, RosterRow):
            line, outcome = _take_safely(session, run, clinic, file, line, patients, procedures)
        else:
            outcome = "refused"
        if run.dry_run:
            run.result.told.append(_told(session, run, file, line, outcome, patients))
        done.append((line, outcome))
    run.result.count(done)
    if not run.dry_run:
        _witness(session, run, done)


def _patients(session: Session, clinic: Clinic, rows: Sequence[RosterRow]) -> dict[str, Patient]:
    """Those of the batch's patients whom we know already, by patient_id."""
    charts = {hashed: r.patient_id for r in rows for hashed in known_hashes("chart", r.patient_id)}
    found = session.exec(
        select(Patient).where(Patient.clinic_id == clinic.id, col(Patient.chart_hash).in_(charts))
    ).all()
    return {charts[patient.chart_hash]: patient for patient in found}


def _procedures(session: Session, clinic: Clinic, rows: Sequence[RosterRow]) -> dict[str, Procedure]:
    found = session.exec(
        select(Procedure).where(
            Procedure.clinic_id == clinic.id, col(Procedure.reference).in_([r.procedure_id for r in rows])
        )
    ).all()
    return {procedure.reference: procedure for procedure in found}


def _take_safely(
    session: Session,
    run: _Run,
    clinic: Clinic,
    file: ClinicFile,
    row: RosterRow,
    patients: dict[str, Patient],
    procedures: dict[str, Procedure],
) -> tuple[Line, str]:
    """Take in a row under its own savepoint: whatever the database refuses, the other rows go in."""
    owner = patients.get(row.patient_id)
    procedure = procedures.get(row.procedure_id)
    if procedure is not None and (owner is None or procedure.patient_id != owner.id):
        how = "correct patient_id, or give this procedure its own procedure_id"
        return RefusedLine.of(row, "procedure_id", "belongs to another patient already", how), "refused"
    try:
        with session.begin_nested():
            patient, procedure, outcome = _take(session, run, clinic, file, row, owner, procedure)
    except (IntegrityError, DataError, ValueError, OverflowError):
        how = "import the file again; if it is refused again, tell whoever looks after this system"
        return RefusedLine.of(row, "", "the database would not store this row", how), "refused"
    patients[row.patient_id], procedures[row.procedure_id] = patient, procedure
    return row, outcome


def _take(
    session: Session,
    run: _Run,
    clinic: Clinic,
    file: ClinicFile,
    row: RosterRow,
    owner: Patient | None,
    before: Procedure | None,
) -> tuple[Patient, Procedure, str]:
    """Store one row and do what follows from it.

    1. Patient, then procedure: only what differs is written.
    2. A patient who can be reached differently: every check-in that has not left is brought in line.
    3. A procedure that is new or differs is planned in this same transaction, so that none can be lost.
    4. What is closed already is judged again, in case a baseline, drug or intent was put right.
    """
    columns = run.sheet.columns
    patient, of_patient = keep_patient(session, clinic, file, row, columns, owner, run.now)
    session.flush()
    procedure, of_procedure = keep_procedure(session, clinic, row, columns, patient, before, run.now)
    session.flush()
    if owner is not None and of_patient:
        run.patients_changed.add(row.patient_id)
        if of_patient.keys() & DECIDES_CONTACT:
            reach_differently(session, file, patient, run.now)
    if of_procedure:
        check_in = plan(session, clinic, file, patient, procedure, run.now)
        if (
            check_in is not None
            and check_in.state == "closed"
            and (before or not _judged(session, procedure))
        ):
            propose(session, check_in, file, run.now)
    if before is None:
        return patient, procedure, "new"
    if run.dry_run:
        run.differs[row.line] = {**of_patient, **of_procedure}
    differs = of_procedure or row.patient_id in run.patients_changed
    return patient, procedure, "changed" if differs else "unchanged"


def _judged(session: Session, procedure: Procedure) -> bool:
    """Whether there is a proposal already: closing made one, unless the check-in was closed before."""
    found = session.exec(select(Proposal.id).where(Proposal.procedure_id == procedure.id)).first()
    return found is not None


def _told(
    session: Session, run: _Run, file: ClinicFile, line: Line, outcome: str, patients: dict[str, Patient]
) -> Told:
    """A line for the preview; a new one also says what else the patient has on that local day."""
    if outcome != "new" or isinstance(line, RefusedLine):
        return told(line, outcome, run.differs.get(line.line))
    start = local_moment(line.performed_on, time_of_day.min, file.zone)
    beside = session.exec(
        select(Procedure.reference).where(
            Procedure.patient_id == patients[line.patient_id].id,
            Procedure.performed_at >= start,
            Procedure.performed_at < start + timedelta(days=1),
            Procedure.reference != line.procedure_id,
            Procedure.status != "cancelled",
        )
    ).first()
    return told(line, outcome, beside=beside or "")


def _witness(session: Session, run: _Run, done: Sequence[tuple[Line, str]]) -> None:
    """Write down what became of each line, apart from the procedures that it is later compared with."""
    if run.roster_id is None:
        roster = Roster(clinic_id=run.clinic_id, at=run.now)
        session.add(roster)
        session.flush()
        run.roster_id = roster.id
    assert run.roster_id is not None
    roster = session.get_one(Roster, run.roster_id)
    roster.lines += len(done)
    roster.unchanged += sum(outcome == "unchanged" for _, outcome in done)
    for line, outcome in done:
        if outcome != "unchanged":
            said = " ".join(map(str, line.refusals)) if isinstance(line, RefusedLine) else ""
            session.add(
                RosterLine(
                    clinic_id=run.clinic_id,
                    roster_id=run.roster_id,
                    line=line.line,
                    result=outcome,
                    reference=line.procedure_id,
                    performed_on=line.performed_on,
                    said=said,
                )
            )
