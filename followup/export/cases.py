"""The procedures of some local days with everything that came of them, read a day at a time.

Each day in a transaction of its own: an export of years takes minutes, and a reader who stays keeps SQLite's
journal and PostgreSQL's old rows from being cleared away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.timing import local_moment
from followup.digest.entries import entries
from followup.digest.model import Entry
from followup.digest.rows import Sent, among, load_some
from followup.store import Store
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


def cases(store: Store, clinic_id: int, first: date, last: date) -> Iterator[list[Case]]:
    """The procedures of the clinic's local days `first` to `last`, both included; a list for each day."""
    for offset in range((last - first).days + 1):
        with store.read() as session:
            found = list(_of_day(session, session.get_one(Clinic, clinic_id), first + timedelta(days=offset)))
        yield found


def how_many(session: Session, clinic: Clinic, first: date, last: date) -> int:
    """How many procedures those days have."""
    found = select(func.count()).select_from(Procedure).where(*_within(clinic, first, last))
    return session.exec(found).one()


def _of_day(session: Session, clinic: Clinic, day: date) -> Iterator[Case]:
    file = clinic_file(clinic)
    found = session.exec(
        select(Procedure)
        .where(*_within(clinic, day, day))
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


def _within(clinic: Clinic, first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    zone = clinic_file(clinic).zone
    return (
        col(Procedure.clinic_id) == clinic.id,
        col(Procedure.performed_at) >= local_moment(first, time(0), zone),
        col(Procedure.performed_at) < local_moment(last + timedelta(days=1), time(0), zone),
    )
