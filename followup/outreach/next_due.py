"""When something is due next: what a virtual clock steps to, and what staff read as "next send 10:00"."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, select

from followup.store.models import CheckIn, Outbound


def next_due(session: Session) -> datetime | None:
    """The earliest moment (UTC) at which a tick would find work, None when nothing is owed."""
    moments = [
        session.exec(select(func.min(Outbound.due_at)).where(Outbound.state == "planned")).one(),
        # Claims, doubts, and calls that no callback has ended: whatever has a deadline is looked at then.
        session.exec(
            select(func.min(Outbound.deadline)).where(
                col(Outbound.deadline).is_not(None), col(Outbound.state).in_(("sending", "unsure", "sent"))
            )
        ).one(),
        session.exec(select(func.min(CheckIn.give_up_at)).where(CheckIn.state != "closed")).one(),
    ]
    known = [moment for moment in moments if moment is not None]
    return min(known, default=None)
