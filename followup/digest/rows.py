"""The rows behind a digest, loaded in bulk: a fixed number of queries, whatever the day holds.

Every query goes through an index that does not grow with history: the check-ins of one day, the open
procedures, the open alerts and tasks. What was closed in earlier years is never read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, any_, literal, literal_column
from sqlmodel import Session, col, select

from followup.store.models import (
    Alert,
    Answer,
    CheckIn,
    Decision,
    DeskAct,
    Inbound,
    Outbound,
    Patient,
    Procedure,
    Proposal,
    Staff,
    Task,
)

# A literal, not a parameter: neither database uses a partial index for `ended = ?`.
NOT_ENDED = col(Procedure.ended) == literal_column("''")
_CHUNK = 500  # ids in one IN list; SQLite and PostgreSQL both have limits far above it


class Sent(NamedTuple):
    """An outbound row without its sealed words, which the page does not show."""

    id: int
    check_in_id: int
    channel: str
    step: str
    state: str
    delivery: str
    reason: str
    segments: int
    seconds: int
    due_at: datetime
    sent_at: datetime | None
    started_at: datetime | None


class Came(NamedTuple):
    """An inbound row as the patient wrote it."""

    id: int
    check_in_id: int
    channel: str
    body: str
    segments: int
    received_at: datetime

    @property
    def by_key(self) -> bool:
        """Keys of a phone are answers, but nobody's words."""
        return self.channel == "dtmf"


@dataclass
class Rows:
    """Everything of one clinic's day, by the key it is looked up with."""

    procedures: list[Procedure] = field(default_factory=list)
    astray: list[Procedure] = field(default_factory=list)  # open and performed, but without a check-in
    overdue: list[Procedure] = field(default_factory=list)  # open and still only planned
    check_ins: dict[int, CheckIn] = field(default_factory=dict)
    patients: dict[int, Patient] = field(default_factory=dict)
    proposals: dict[int, Proposal] = field(default_factory=dict)  # the newest, by procedure
    decisions: dict[int, Decision] = field(default_factory=dict)  # the newest, by procedure
    staff: dict[int, str] = field(default_factory=dict)
    alerts: dict[int, list[Alert]] = field(default_factory=lambda: defaultdict(list))
    paged: dict[int, datetime] = field(default_factory=dict)  # when an alert's first page left
    tasks: dict[int, list[Task]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[int, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    acts: dict[int, list[DeskAct]] = field(default_factory=lambda: defaultdict(list))  # of the desk, standing
    sent: dict[int, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    came: dict[int, list[Came]] = field(default_factory=lambda: defaultdict(list))
    loose_alerts: list[Alert] = field(default_factory=list)  # unresolved, of no procedure of the page
    loose_tasks: list[Task] = field(default_factory=list)  # open, of no procedure of the page


def load(session: Session, clinic_id: int, day: date) -> Rows:
    """Load the digest of local day `day`.

    1. The check-ins due that day, the open procedures, the unresolved alerts, the open tasks.
    2. The check-ins and procedures those lead to; open procedures due later are left for their day.
    3. What belongs to the procedures that stay.
    """
    rows = Rows()
    due = session.exec(
        select(CheckIn).where(CheckIn.clinic_id == clinic_id, CheckIn.due_on == day).order_by(col(CheckIn.id))
    ).all()
    still_open = session.exec(
        select(Procedure).where(Procedure.clinic_id == clinic_id, NOT_ENDED, Procedure.status != "cancelled")
    ).all()
    alerts = session.exec(
        select(Alert).where(Alert.clinic_id == clinic_id, col(Alert.resolved_at).is_(None))
    ).all()
    alarmed = {a.check_in_id for a in alerts if a.check_in_id is not None}
    rows.check_ins = {_id(c): c for c in due}
    wanted = ({p.check_in_id for p in still_open if p.check_in_id is not None} | alarmed) - set(
        rows.check_ins
    )
    rows.check_ins |= {_id(c): c for c in among(session, select(CheckIn), col(CheckIn.id), wanted)}
    _choose_procedures(session, rows, still_open, alarmed, day)
    _load_around(session, rows)
    on_page = {p.check_in_id for p in rows.procedures}
    rows.loose_alerts = [a for a in alerts if a.check_in_id not in on_page]
    rows.loose_tasks = [t for t in _open_tasks(session, clinic_id) if t.check_in_id not in on_page]
    return rows


def load_some(session: Session, procedures: Sequence[Procedure]) -> Rows:
    """The same rows for procedures chosen by somebody else, each with a check-in."""
    rows = Rows(procedures=list(procedures))
    wanted = {p.check_in_id for p in procedures}
    rows.check_ins = {_id(c): c for c in among(session, select(CheckIn), col(CheckIn.id), wanted)}
    _load_around(session, rows)
    return rows


def _choose_procedures(
    session: Session, rows: Rows, still_open: Sequence[Procedure], alarmed: set[int], day: date
) -> None:
    carried = {
        _id(p): p
        for p in still_open
        if p.check_in_id in rows.check_ins and rows.check_ins[p.check_in_id].due_on < day
    }
    today_or_alarmed = {i for i, c in rows.check_ins.items() if c.due_on == day or i in alarmed}
    found = among(session, select(Procedure), col(Procedure.check_in_id), today_or_alarmed)
    rows.procedures = sorted((carried | {_id(p): p for p in found}).values(), key=_id)
    rows.overdue = [p for p in still_open if p.status == "planned" and p.check_in_id is None]
    rows.astray = [p for p in still_open if p.status == "performed" and p.check_in_id not in rows.check_ins]


def _load_around(session: Session, rows: Rows) -> None:
    procedure_ids = {_id(p) for p in rows.procedures}
    check_in_ids = {p.check_in_id for p in rows.procedures if p.check_in_id is not None}
    patient_ids = {p.patient_id for p in rows.procedures}
    rows.patients = {_id(p): p for p in among(session, select(Patient), col(Patient.id), patient_ids)}
    proposals = among(session, select(Proposal), col(Proposal.procedure_id), procedure_ids)
    rows.proposals = {p.procedure_id: p for p in sorted(proposals, key=lambda p: p.seq)}
    decisions = among(session, select(Decision), col(Decision.procedure_id), procedure_ids)
    rows.decisions = {d.procedure_id: d for d in sorted(decisions, key=_id)}
    for alert in _in_order(session, select(Alert), col(Alert.check_in_id), check_in_ids):
        rows.alerts[alert.check_in_id].append(alert)
    rows.paged = _paged(session, rows)
    rows.staff = _staff(session, rows)
    for task in _in_order(session, select(Task), col(Task.check_in_id), check_in_ids):
        rows.tasks[task.check_in_id].append(task)
    for answer in _in_order(session, select(Answer), col(Answer.check_in_id), check_in_ids):
        rows.answers[answer.check_in_id].append(answer)
    acts = _in_order(session, select(DeskAct), col(DeskAct.check_in_id), check_in_ids)
    taken_back = {act.takes_back for act in acts}
    for act in acts:
        if act.takes_back is None and act.id not in taken_back:
            rows.acts[act.check_in_id].append(act)
    for sent in _messages(session, check_in_ids):
        rows.sent[sent.check_in_id].append(sent)
    for came in _replies(session, check_in_ids):
        rows.came[came.check_in_id].append(came)


def _staff(session: Session, rows: Rows) -> dict[int, str]:
    """The addresses of whoever decided, closed a case or acknowledged an alert."""
    marks = [p.ended_by for p in rows.procedures]
    marks += [a.acknowledged_by for alerts in rows.alerts.values() for a in alerts]
    ids = {d.staff_id for d in rows.decisions.values()} | {i for mark in marks if (i := staff_id(mark))}
    return {_id(s): s.email for s in among(session, select(Staff), col(Staff.id), ids)}


def _paged(session: Session, rows: Rows) -> dict[int, datetime]:
    """The first page of each unresolved alert, by the key it was planned under: an index lookup each."""
    open_now = [_id(a) for alerts in rows.alerts.values() for a in alerts if a.resolved_at is None]
    keys = {f"alert:{number}:page:1": number for number in open_now}
    first = among(session, select(Outbound.dedupe, Outbound.sent_at), col(Outbound.dedupe), keys)
    return {keys[dedupe]: sent_at for dedupe, sent_at in first if sent_at is not None}


def staff_id(mark: str) -> int | None:
    """3 for "staff 3", the mark that the console leaves; None for anybody else ("Dr K", "roster")."""
    word, _, number = mark.partition(" ")
    return int(number) if word == "staff" and number.isdecimal() else None


_SENT = select(*(getattr(Outbound, name) for name in Sent._fields))
_CAME = select(*(getattr(Inbound, name) for name in Came._fields))


def _messages(session: Session, check_in_ids: Iterable[int]) -> list[Sent]:
    found = among(session, _SENT, col(Outbound.check_in_id), check_in_ids)
    return sorted((Sent(*row) for row in found), key=lambda row: row.id)


def _replies(session: Session, check_in_ids: Iterable[int]) -> list[Came]:
    found = among(session, _CAME, col(Inbound.check_in_id), check_in_ids)
    return sorted((Came(*row) for row in found), key=lambda row: row.id)


def _open_tasks(session: Session, clinic_id: int) -> list[Task]:
    """Open tasks of the clinic, and those of no clinic at all: somebody has to see them too."""
    found: list[Task] = []
    for whose in (col(Task.clinic_id) == clinic_id, col(Task.clinic_id).is_(None)):
        found += session.exec(select(Task).where(whose, col(Task.closed_at).is_(None))).all()
    return sorted(found, key=_id)


def _in_order(session: Session, query: Any, column: Any, values: Iterable[Any]) -> list[Any]:
    return sorted(among(session, query, column, values), key=_id)


def among(session: Session, query: Any, column: Any, values: Iterable[Any]) -> Iterator[Any]:
    """The rows whose `column` is one of `values`, asked for in chunks."""
    listed = sorted(values)
    as_array = session.get_bind().dialect.name == "postgresql"
    for start in range(0, len(listed), _CHUNK):
        some = listed[start : start + _CHUNK]
        # One value to PostgreSQL: five hundred of them cost its driver ten milliseconds to write.
        fits = column == any_(literal(some, ARRAY(column.type))) if as_array else column.in_(some)
        yield from session.exec(query.where(fits)).all()


def _id(row: Any) -> int:
    assert row.id is not None
    return int(row.id)
