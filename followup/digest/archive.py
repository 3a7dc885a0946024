"""The days a clinic has digests of, the newest first: a list to go back through, not a digest itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from followup.checkin.clinics import clinic_file
from followup.digest.mail import mail_key
from followup.digest.rows import among
from followup.store.models import CheckIn, Clinic, DigestRun, Outbound

PAGE = 30


@dataclass(frozen=True, slots=True)
class ArchivedDay:
    """A local day: its check-ins, how many of them were answered, and the times its digest was e-mailed.

    `stuck` are those of `sent` at which a mail has not left, or was refused.
    """

    day: date
    check_ins: int
    answered: int
    sent: tuple[str, ...]
    stuck: frozenset[str] = frozenset()


def archive(session: Session, clinic: Clinic, before: date, limit: int = PAGE) -> Sequence[ArchivedDay]:
    """The newest days before `before` on which somebody was to be asked."""
    answered = func.sum(case((col(CheckIn.outcome) == "answered", 1), else_=0))
    rows = session.execute(
        columns(col(CheckIn.due_on), func.count(), answered)
        .where(col(CheckIn.clinic_id) == clinic.id, col(CheckIn.due_on) < before)
        .group_by(col(CheckIn.due_on))
        .order_by(col(CheckIn.due_on).desc())
        .limit(limit)
    ).all()
    if not rows:
        return []
    runs = session.exec(
        select(DigestRun)
        .where(DigestRun.clinic_id == clinic.id, col(DigestRun.day).between(rows[-1][0], rows[0][0]))
        .order_by(col(DigestRun.slot))
    ).all()
    slots: dict[date, tuple[str, ...]] = {}
    for run in runs:
        slots[run.day] = (*slots.get(run.day, ()), run.slot)
    stuck = _stuck(session, clinic, slots)
    return [
        ArchivedDay(day, count, int(told or 0), slots.get(day, ()), stuck.get(day, frozenset()))
        for day, count, told in rows
    ]


def _stuck(
    session: Session, clinic: Clinic, slots: Mapping[date, Sequence[str]]
) -> dict[date, frozenset[str]]:
    """Planned is not sent: a mail that no server takes would stand here as e-mailed."""
    keys = {
        mail_key(clinic.code, f"{day}:{slot.replace(':', '')}", address): (day, slot)
        for day, times in slots.items()
        for slot in times
        for address in clinic_file(clinic).digest.recipients
    }
    waiting = among(session, select(Outbound), col(Outbound.dedupe), keys)
    found = [keys[row.dedupe] for row in waiting if row.state != "sent"]
    return {day: frozenset(slot for on, slot in found if on == day) for day in {day for day, _ in found}}
