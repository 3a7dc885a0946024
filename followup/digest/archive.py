"""The days a clinic has digests of, the newest first: a list to go back through, not a digest itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from followup.store.models import CheckIn, DigestRun

PAGE = 30


@dataclass(frozen=True, slots=True)
class ArchivedDay:
    """A local day: its check-ins, how many of them were answered, and the times its digest was e-mailed."""

    day: date
    check_ins: int
    answered: int
    sent: tuple[str, ...]


def archive(session: Session, clinic_id: int, before: date, limit: int = PAGE) -> Sequence[ArchivedDay]:
    """The newest days before `before` on which somebody was to be asked."""
    answered = func.sum(case((col(CheckIn.outcome) == "answered", 1), else_=0))
    rows = session.execute(
        columns(col(CheckIn.due_on), func.count(), answered)
        .where(col(CheckIn.clinic_id) == clinic_id, col(CheckIn.due_on) < before)
        .group_by(col(CheckIn.due_on))
        .order_by(col(CheckIn.due_on).desc())
        .limit(limit)
    ).all()
    if not rows:
        return []
    runs = session.exec(
        select(DigestRun)
        .where(DigestRun.clinic_id == clinic_id, col(DigestRun.day).between(rows[-1][0], rows[0][0]))
        .order_by(col(DigestRun.slot))
    ).all()
    slots: dict[date, tuple[str, ...]] = {}
    for run in runs:
        slots[run.day] = (*slots.get(run.day, ()), run.slot)
    return [ArchivedDay(day, count, int(told or 0), slots.get(day, ())) for day, count, told in rows]
