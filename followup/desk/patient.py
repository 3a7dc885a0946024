"""Everything the patient page shows: who, how to reach them, the check-in looked at, and the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.plan import opted_out
from followup.desk.story import AnswerRow, Event, story
from followup.digest.entries import entries
from followup.digest.model import Entry
from followup.digest.rows import load_some
from followup.store import is_one_of
from followup.store.models import CheckIn, Clinic, Inbound, OptOut, Patient, Procedure, Task

_MANY = 40  # check-ins listed; a patient with more has the series page


@dataclass(frozen=True)
class Stopped:
    """That the number asked us to stop: when, how (keyword, words, call, carrier, staff), in which words."""

    at: datetime
    how: str
    words: str


@dataclass
class PatientFile:
    patient: Patient
    check_in: CheckIn | None
    entries: list[Entry]
    events: list[Event]
    answers: list[AnswerRow]
    tasks: list[Task]
    stopped: Stopped | None
    others: list[tuple[int, date, str]]  # id, local day, outcome of the patient's other check-ins
    unasked: list[Procedure]  # procedures without a check-in

    @property
    def name(self) -> str:
        return f"{self.patient.given_name} {self.patient.family_name}".strip()


def patient_file(session: Session, patient: Patient, check_in_id: int | None) -> PatientFile:
    """The file with one check-in open: the one asked for, else the newest that is due or was asked."""
    check_ins = session.exec(
        select(CheckIn)
        .where(CheckIn.patient_id == patient.id)
        .order_by(col(CheckIn.due_on).desc())
        .limit(_MANY)
    ).all()
    chosen = next((c for c in check_ins if c.id == check_in_id), None) or next(iter(check_ins), None)
    file = clinic_file(session.get_one(Clinic, patient.clinic_id))
    procedures = session.exec(
        select(Procedure).where(Procedure.patient_id == patient.id).order_by(col(Procedure.id))
    ).all()
    here = [p for p in procedures if chosen is not None and p.check_in_id == chosen.id]
    events, answers = story(session, chosen) if chosen else ([], [])
    return PatientFile(
        patient=patient,
        check_in=chosen,
        entries=list(entries(load_some(session, here), file)),
        events=events,
        answers=answers,
        tasks=_tasks(session, chosen),
        stopped=_stopped(session, file.sender, patient),
        others=[
            (c.id or 0, c.due_on, c.outcome or c.state) for c in check_ins if chosen and c.id != chosen.id
        ],
        unasked=[p for p in procedures if p.check_in_id is None and p.status != "cancelled"],
    )


def _tasks(session: Session, check_in: CheckIn | None) -> list[Task]:
    if check_in is None:
        return []
    return list(
        session.exec(
            select(Task)
            .where(Task.check_in_id == check_in.id, col(Task.closed_at).is_(None))
            .order_by(col(Task.id))
        ).all()
    )


def _stopped(session: Session, sender: str, patient: Patient) -> Stopped | None:
    if not patient.phone or not opted_out(session, sender, patient.phone):
        return None
    row = session.exec(
        select(OptOut).where(
            OptOut.sender == sender, is_one_of(OptOut.phone_hash, "phone", patient.phone), col(OptOut.stopped)
        )
    ).first()
    if row is None:
        return None
    said = session.get(Inbound, row.inbound_id) if row.inbound_id else None
    return Stopped(row.at, row.how, said.body.strip() if said else "")
