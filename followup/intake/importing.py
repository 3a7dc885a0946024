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
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, col, or_, select

from followup.checkin.clinics import clinic_file, contact_hours
from followup.checkin.close import ROUTINE
from followup.checkin.plan import arrange, plan
from followup.checkin.propose import propose
from followup.clinic import ClinicFile
from followup.intake.chart import keep_patient, keep_procedure
from followup.intake.roster import Refusal, RefusedLine, RosterFile, RosterRow, read_roster
from followup.intake.sheet import IntakeError
from followup.store import Store, known_hashes
from followup.store.models import CheckIn, Clinic, Outbound, Patient, Procedure, Proposal, Roster, RosterLine

__all__ = ["BATCH", "ImportResult", "IntakeError", "import_roster"]

BATCH = 50  # rows a transaction; on SQLite a reply waits for its turn meanwhile, about 0.2 s
# SQLite has no queue: who waits for the lock looks again every 0.1 s, and a writer that takes it back at once
# starves them. Without this pause a reply waited 7.5 s beside a large import, with it 2 to 3 s at most.
_BREATH = 0.02  # seconds between transactions
_DECIDES_CONTACT = {"phone", "timezone", "consent", "channel"}

Line = RosterRow | RefusedLine


@dataclass
class ImportResult:
    """What became of a roster's lines: lines = new + changed + unchanged + refused_lines."""

    lines: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def refused_lines(self) -> int:
        return len({refusal.line for refusal in self.refused})


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


class _DryRunOverError(Exception):
    """Takes a rehearsed batch back."""


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
    clinic_id, zone = _clinic(store, clinic_code)
    sheet = read_roster(data, zone, now)
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
                if dry_run:
                    raise _DryRunOverError
        except _DryRunOverError:
            pass
        if progress:
            progress(min(start + BATCH, total), total)
    return result


def _clinic(store: Store, code: str | None) -> tuple[int, ZoneInfo]:
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
        done.append((line, outcome))
    _count(run.result, done)
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
        if of_patient & _DECIDES_CONTACT:
            _reach_differently(session, file, patient, run.now)
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
    differs = of_procedure or row.patient_id in run.patients_changed
    return patient, procedure, "changed" if differs else "unchanged"


def _judged(session: Session, procedure: Procedure) -> bool:
    """Whether there is a proposal already: closing made one, unless the check-in was closed before."""
    found = session.exec(select(Proposal.id).where(Proposal.procedure_id == procedure.id)).first()
    return found is not None


def _reach_differently(session: Session, file: ClinicFile, patient: Patient, now: datetime) -> None:
    """Let a new number, zone or consent act on every check-in still worth having."""
    recent = now - timedelta(hours=file.hours.useful_hours)
    check_ins = session.exec(
        select(CheckIn).where(
            CheckIn.patient_id == patient.id, or_(CheckIn.state != "closed", col(CheckIn.due_at) >= recent)
        )
    ).all()
    for check_in in check_ins:
        arrange(session, file, patient, check_in, now)
    session.flush()
    hours = contact_hours(file, patient)
    waiting = session.exec(
        select(Outbound).where(
            col(Outbound.check_in_id).in_([c.id for c in check_ins if c.state == "open"]),
            Outbound.state == "planned",
            col(Outbound.channel).in_(ROUTINE),
        )
    ).all()
    for contact in waiting:
        contact.to, contact.to_hash = patient.phone, patient.phone_hash
        contact.due_at = hours.next_allowed(max(contact.due_at, now))
        contact.changed_at = now


def _count(result: ImportResult, done: Sequence[tuple[Line, str]]) -> None:
    for line, outcome in done:
        result.lines += 1
        if isinstance(line, RefusedLine):
            result.refused += line.refusals
        else:
            setattr(result, outcome, getattr(result, outcome) + 1)


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
                    roster_id=run.roster_id,
                    line=line.line,
                    result=outcome,
                    reference=line.procedure_id,
                    performed_on=line.performed_on,
                    said=said,
                )
            )
