"""The procedures of some local days with everything that came of them, read a day at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.timing import local_moment
from followup.digest.entries import entries
from followup.digest.model import Entry
from followup.digest.rows import Sent, among, load_some
from followup.store.models import Alert, Answer, CheckIn, Clinic, Patient, Procedure


@dataclass(frozen=True)
class Case:
    """A procedure done, planned or cancelled on one of the days. `entry` is None without a check-in."""

    clinic: str
    zone: ZoneInfo
    procedure: Procedure
    patient: Patient
    check_in: CheckIn | None = None
    entry: Entry | None = None
    answers: dict[str, Answer] = field(default_factory=dict)  # the newest of each question
    sent: list[Sent] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)


def cases(session: Session, clinic: Clinic, first: date, last: date) -> Iterator[Case]:
    """Every procedure of the clinic's local days `first` to `last`, both included, oldest day first."""
    for offset in range((last - first).days + 1):
        yield from _of_day(session, clinic, first + timedelta(days=offset))


def _of_day(session: Session, clinic: Clinic, day: date) -> Iterator[Case]:
    file = clinic_file(clinic)
    start, end = (_midnight(day + timedelta(days=n), file.zone) for n in (0, 1))
    found = session.exec(
        select(Procedure)
        .where(
            Procedure.clinic_id == clinic.id, Procedure.performed_at >= start, Procedure.performed_at < end
        )
        .order_by(col(Procedure.performed_at), col(Procedure.id))
    ).all()
    rows = load_some(session, [p for p in found if p.check_in_id is not None])
    made = {entry.id: entry for entry in entries(rows, file)}
    people = {
        p.id: p for p in among(session, select(Patient), col(Patient.id), {p.patient_id for p in found})
    }
    for procedure in found:
        home = procedure.check_in_id or 0
        yield Case(
            clinic.code, file.zone, procedure, people[procedure.patient_id],
            rows.check_ins.get(home), made.get(procedure.id or 0),
            {answer.question: answer for answer in rows.answers.get(home, [])},
            [row for row in rows.sent.get(home, []) if row.state == "sent" and row.channel in _CONTACTS],
            rows.alerts.get(home, []),
        )  # fmt: skip


_CONTACTS = ("text", "answer", "call")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return local_moment(day, time(0), zone)
