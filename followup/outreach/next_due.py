"""Whether something is due to be sent, and when it will be next: what a virtual clock steps to.

The latter is not asked by the real clock, which looks every few seconds anyway.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from followup.checkin.clinics import readable_clinics
from followup.outreach.pace import AHEAD, key_of
from followup.store import NOW, word
from followup.store.models import CheckIn, Outbound, Pace
from followup.store.models.messages import PROMPTS

_PLANNED = col(Outbound.state) == word("planned")
DUE = exists().where(_PLANNED, col(Outbound.due_at) <= NOW)  # whether `send_due` has anything to claim


def next_due(session: Session) -> datetime | None:
    """The earliest moment (UTC) at which a tick would find work, None when nothing is owed."""
    planned = Outbound.state == "planned"
    moments = [
        session.exec(
            select(func.min(Outbound.due_at)).where(planned, col(Outbound.step).not_in(PROMPTS))
        ).one(),
        *_prompts(session),
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


def _prompts(session: Session) -> list[datetime]:
    """When each clinic's next contact may leave: not before its sender has caught its breath."""
    free = {(p.sender, p.channel): p.free_at - AHEAD for p in session.exec(select(Pace)).all()}
    files = {clinic.id: file for clinic, file in readable_clinics(session)}
    found = []
    for clinic_id, sender, channel, due_at in session.exec(
        select(Outbound.clinic_id, Outbound.sender, Outbound.channel, func.min(Outbound.due_at))
        .where(Outbound.state == "planned", col(Outbound.step).in_(PROMPTS))
        .group_by(col(Outbound.clinic_id), col(Outbound.sender), col(Outbound.channel))
    ).all():
        file = files.get(clinic_id)
        found.append(max(due_at, free.get(key_of(file, sender, channel), due_at)) if file else due_at)
    return found
