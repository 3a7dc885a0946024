"""How the product is, as one clinic may see it: the page that support asks for on the phone.

Like the vitals, only cheap questions; what is counted of messages is the clinic's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from followup.store.models import Heartbeat, Outbound
from followup.vitals import last_mailed

BACKUP = "backup"  # the heartbeat that `followup backup` leaves
LATELY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Refusals:
    """A carrier's code, how many of the day's messages met it, and when the last did."""

    channel: str
    code: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """Moments are aware UTC, None when it never happened."""

    last_tick: datetime | None
    last_backup: datetime | None
    last_digest: datetime | None
    oldest_due: datetime | None  # of what should have left by now
    in_doubt: int  # claimed, or not known to have left
    left: int  # texts and calls within a day
    refusals: Sequence[Refusals]
    database_bytes: int


def health(session: Session, clinic_id: int, now: datetime) -> Health:
    """How this clinic's follow-ups are at `now`."""
    ours = Outbound.clinic_id == clinic_id
    since = now - LATELY
    return Health(
        last_tick=_beat(session, "clock"),
        last_backup=_beat(session, BACKUP),
        last_digest=last_mailed(session, now, col(Outbound.clinic_id) == clinic_id),
        oldest_due=session.exec(
            select(func.min(Outbound.due_at)).where(ours, Outbound.state == "planned", Outbound.due_at <= now)
        ).one(),
        in_doubt=session.exec(
            select(func.count()).where(
                ours, col(Outbound.deadline).is_not(None), col(Outbound.state).in_(("sending", "unsure"))
            )
        ).one(),
        left=session.exec(
            select(func.count()).where(
                ours, col(Outbound.sent_at) >= since, col(Outbound.channel).in_(("text", "answer", "call"))
            )
        ).one(),
        refusals=_refusals(session, clinic_id, since),
        database_bytes=database_bytes(session),
    )


def database_bytes(session: Session) -> int:
    """How much room the database takes, in bytes; on SQLite without what waits in its write-ahead log."""
    if session.get_bind().dialect.name == "postgresql":
        size = session.execute(text("SELECT pg_database_size(current_database())"))
    else:
        size = session.execute(
            text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        )
    return int(size.scalar_one())


def _beat(session: Session, name: str) -> datetime | None:
    beat = session.get(Heartbeat, name)
    return beat.at if beat else None


def _refusals(session: Session, clinic_id: int, since: datetime) -> list[Refusals]:
    """What the carrier said no to, at once or in a receipt, the most frequent first."""
    error = col(Outbound.error)
    met = select(Outbound.channel, Outbound.error, func.count(), func.max(Outbound.changed_at)).where(
        Outbound.clinic_id == clinic_id, error != ""
    )
    in_a_receipt = met.where(Outbound.state == "sent", col(Outbound.sent_at) >= since)
    at_once = met.where(Outbound.state == "refused", col(Outbound.changed_at) >= since)
    found: dict[tuple[str, str], Refusals] = {}
    for statement in (in_a_receipt, at_once):
        for channel, code, count, last in session.exec(
            statement.group_by(col(Outbound.channel), error)
        ).all():
            before = found.get((channel, code), Refusals(channel, code, 0, last))
            found[channel, code] = Refusals(channel, code, before.count + count, max(last, before.last_at))
    return sorted(found.values(), key=lambda refusal: -refusal.count)
