"""The rows behind the trend and the outcomes: plain columns of some weeks, nothing sealed, no names.

Everything is found by the day a check-in was due, so the cost of asking is that of the period and not of
the years before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from followup.digest.cost import cost
from followup.digest.model import Cost
from followup.store.models import Answer, CheckIn, Decision, Inbound, Outbound, Patient, Procedure, Proposal

CONTACTS = ("first", "reminder", "call", "second_call")
_ARRIVED = ("delivered", "in-progress", "completed")


class FollowUp(NamedTuple):
    """One check-in of the period; `answered_at` is the moment of the first usable answer."""

    id: int
    due_on: date
    state: str
    outcome: str
    asked_at: datetime | None
    language: str
    channel: str
    answered_at: datetime | None = None

    @property
    def answered(self) -> bool:
        return self.outcome == "answered"


class Contact(NamedTuple):
    """A routine text or call that left."""

    check_in_id: int
    step: str
    sent_at: datetime
    delivery: str

    @property
    def arrived(self) -> bool:
        return self.delivery in _ARRIVED


class Done(NamedTuple):
    """A procedure that was not cancelled, with what its newest proposal was made from (JSON, or None)."""

    id: int
    check_in_id: int
    intent: str
    ended: str
    decided: bool
    inputs: str | None


@dataclass
class Spent:
    """What left and came on one day's check-ins: segments, and the seconds of each call."""

    segments_out: int = 0
    segments_in: int = 0
    calls: list[int] = field(default_factory=list)


@dataclass
class Period:
    """The check-ins due from `first` to `last`, both included; cancelled ones are left out."""

    first: date
    last: date
    follow_ups: list[FollowUp]
    spent: dict[date, Spent]
    contacts: dict[int, list[Contact]] = field(default_factory=dict)
    procedures: list[Done] = field(default_factory=list)

    def cost(self, first: date, last: date) -> Cost:
        """Of the check-ins due from `first` to `last`, at the prices of prices.toml."""
        days = [spent for day, spent in self.spent.items() if first <= day <= last]
        return cost(
            segments_out=sum(s.segments_out for s in days),
            segments_in=sum(s.segments_in for s in days),
            calls=[seconds for s in days for seconds in s.calls],
            completed=sum(f.answered for f in self.follow_ups if first <= f.due_on <= last),
        )


def load_period(session: Session, clinic_id: int, first: date, last: date, *, whole: bool) -> Period:
    """The clinic's check-ins due from `first` to `last`; `whole` also loads contacts and procedures."""
    within = _Within(clinic_id, first, last)
    period = Period(first, last, _follow_ups(session, within), _spent(session, within))
    if whole:
        period.contacts = _contacts(session, within)
        period.procedures = _procedures(session, within, {f.id for f in period.follow_ups})
    return period


class _Within(NamedTuple):
    clinic_id: int
    first: date
    last: date

    def of(self, query: Any) -> Any:
        """Narrow a query that has joined the check-ins."""
        return query.where(
            col(CheckIn.clinic_id) == self.clinic_id,
            col(CheckIn.due_on).between(self.first, self.last),
            col(CheckIn.outcome) != "cancelled",
        )


def _rows(session: Session, query: Any) -> Sequence[Any]:
    return session.execute(query).all()


def _follow_ups(session: Session, within: _Within) -> list[FollowUp]:
    asked = within.of(
        select(
            *(getattr(CheckIn, name) for name in ("id", "due_on", "state", "outcome", "first_asked_at")),
            col(Patient.language),
            col(Patient.channel),
        ).join(Patient, col(Patient.id) == col(CheckIn.patient_id))
    )
    first_answers = within.of(
        select(col(Answer.check_in_id), func.min(col(Answer.at)))
        .join(CheckIn, col(CheckIn.id) == col(Answer.check_in_id))
        .group_by(col(Answer.check_in_id))
    )
    answered_at = {row[0]: row[1] for row in _rows(session, first_answers)}
    found = (FollowUp._make((*row, answered_at.get(row[0]))) for row in _rows(session, asked))
    return sorted(found, key=lambda f: f.id)


def _spent(session: Session, within: _Within) -> dict[date, Spent]:
    spent: dict[date, Spent] = defaultdict(Spent)
    left = within.of(
        select(col(CheckIn.due_on), func.sum(col(Outbound.segments)))
        .join(CheckIn, col(CheckIn.id) == col(Outbound.check_in_id))
        .where(col(Outbound.state) == "sent", col(Outbound.channel).in_(("text", "answer")))
        .group_by(col(CheckIn.due_on))
    )
    for day, segments in _rows(session, left):
        spent[day].segments_out = int(segments)
    came = within.of(
        select(col(CheckIn.due_on), func.sum(col(Inbound.segments)))
        .join(CheckIn, col(CheckIn.id) == col(Inbound.check_in_id))
        .group_by(col(CheckIn.due_on))
    )
    for day, segments in _rows(session, came):
        spent[day].segments_in = int(segments)
    calls = within.of(
        select(col(CheckIn.due_on), col(Outbound.seconds))
        .join(CheckIn, col(CheckIn.id) == col(Outbound.check_in_id))
        .where(col(Outbound.state) == "sent", col(Outbound.channel) == "call")
    )
    for day, seconds in _rows(session, calls):
        spent[day].calls.append(seconds)
    return dict(spent)


def _contacts(session: Session, within: _Within) -> dict[int, list[Contact]]:
    query = within.of(
        select(col(Outbound.check_in_id), col(Outbound.step), col(Outbound.sent_at), col(Outbound.delivery))
        .join(CheckIn, col(CheckIn.id) == col(Outbound.check_in_id))
        .where(
            col(Outbound.state) == "sent",
            col(Outbound.step).in_(CONTACTS),
            col(Outbound.channel).in_(("text", "call")),
            col(Outbound.sent_at).is_not(None),
        )
        .order_by(col(Outbound.sent_at))
    )
    contacts: dict[int, list[Contact]] = defaultdict(list)
    for row in _rows(session, query):
        contacts[row[0]].append(Contact._make(row))
    return contacts


def _procedures(session: Session, within: _Within, check_ins: set[int]) -> list[Done]:
    done = within.of(
        select(col(Procedure.id), col(Procedure.check_in_id), col(Procedure.intent), col(Procedure.ended))
        .join(CheckIn, col(CheckIn.id) == col(Procedure.check_in_id))
        .where(col(Procedure.status) != "cancelled")
    )
    proposals = within.of(
        select(col(Proposal.procedure_id), col(Proposal.seq), col(Proposal.inputs))
        .join(Procedure, col(Procedure.id) == col(Proposal.procedure_id))
        .join(CheckIn, col(CheckIn.id) == col(Procedure.check_in_id))
    )
    newest = {row[0]: row[2] for row in sorted(_rows(session, proposals), key=lambda row: row[1])}
    decisions = within.of(
        select(col(Decision.procedure_id))
        .join(Procedure, col(Procedure.id) == col(Decision.procedure_id))
        .join(CheckIn, col(CheckIn.id) == col(Procedure.check_in_id))
    )
    decided = {row[0] for row in _rows(session, decisions)}
    found = (Done._make((*row, row[0] in decided, newest.get(row[0]))) for row in _rows(session, done))
    return sorted((d for d in found if d.check_in_id in check_ins), key=lambda d: d.id)


def score(value: object) -> Decimal | None:
    """A score as it stands in a proposal's JSON."""
    return None if value is None else Decimal(str(value))
