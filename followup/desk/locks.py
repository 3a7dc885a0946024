"""Who has a row in hand: two people at one desk must not phone the same patient at the same moment.

A lock is a row that runs out by itself, so that a closed laptop holds nobody up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from followup.checkin.cases import CaseError
from followup.desk.urgent import names
from followup.store.models import CaseLock

LASTS = timedelta(minutes=10)


class TakenError(CaseError):
    """Somebody else has the row; the sentence says who and until when in UTC is in `until`."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"{holder.name} has this case open.")
        self.holder = holder


@dataclass(frozen=True)
class Holder:
    staff_id: int
    name: str
    until: datetime


def take(session: Session, check_in_id: int, staff_id: int, now: datetime) -> datetime:
    """Have the row for `staff_id` until the moment returned. Raises TakenError while somebody else has it.

    1. An UPDATE that demands that it be ours or run out; another desk may win the same moment.
    2. No row changed: there is none yet, or it is another's. An insert tells which.
    """
    until = now + LASTS
    changed = session.execute(
        update(CaseLock)
        .where(
            col(CaseLock.check_in_id) == check_in_id,
            or_(col(CaseLock.staff_id) == staff_id, col(CaseLock.until) <= now),
        )
        .values(staff_id=staff_id, until=until)
    )
    if changed.rowcount == 1:  # type: ignore[attr-defined]
        return until
    try:
        with session.begin_nested():
            session.add(CaseLock(check_in_id=check_in_id, staff_id=staff_id, until=until))
    except IntegrityError:
        raise TakenError(holders(session, [check_in_id], now)[check_in_id]) from None
    return until


def release(session: Session, check_in_id: int, staff_id: int, now: datetime) -> None:
    """Give the row back; somebody else's lock is left alone."""
    session.execute(
        update(CaseLock)
        .where(col(CaseLock.check_in_id) == check_in_id, col(CaseLock.staff_id) == staff_id)
        .values(until=now)
    )


def holders(session: Session, check_in_ids: Iterable[int], now: datetime) -> dict[int, Holder]:
    """Who has which of these check-ins now."""
    found = session.exec(
        select(CaseLock).where(col(CaseLock.check_in_id).in_(list(check_in_ids)), col(CaseLock.until) > now)
    ).all()
    known = names(session, [f"staff {lock.staff_id}" for lock in found])
    return {
        lock.check_in_id: Holder(
            lock.staff_id, known.get(f"staff {lock.staff_id}", f"staff {lock.staff_id}"), lock.until
        )
        for lock in found
    }
