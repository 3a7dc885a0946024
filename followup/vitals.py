"""The signs of life that somebody outside should watch, as cheap questions to the database.

Only what a single partial index or key answers: this is asked every few seconds, for years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from followup.store.models import Alert, Comparison, DigestRun, Heartbeat, Outbound, Pace, Task

_LATELY = timedelta(hours=24)
_NEWEST = 1000  # digests: a morning of a large system


@dataclass(frozen=True, slots=True)
class Vitals:
    """Moments are aware UTC, None when it never happened. The counts of texts and calls are of a day."""

    last_tick: datetime | None
    last_backup: datetime | None
    last_digest: datetime | None
    digest_seconds: float  # what the slowest of the newest digests took to make, 0 when none was made
    last_comparison: datetime | None
    oldest_due: datetime | None  # of what should have left by now
    due: int  # how many should have left by now
    claimed: int  # in the hands of a worker this moment
    in_doubt: int  # claimed or not known to have left
    out_of_breath: int  # senders that wait for their pace
    sent: Mapping[tuple[str, str, str], int]  # (channel, state, code): how many
    unacknowledged: int
    open_tasks: int


def vitals(session: Session, now: datetime) -> Vitals:
    """How the product is at `now`."""
    due = select(func.min(Outbound.due_at)).where(Outbound.state == "planned", Outbound.due_at <= now)
    return Vitals(
        last_tick=session.exec(select(Heartbeat.at).where(Heartbeat.name == "clock")).one_or_none(),
        last_backup=session.exec(select(Heartbeat.at).where(Heartbeat.name == "backup")).one_or_none(),
        last_digest=last_mailed(session, now),
        digest_seconds=_slowest_digest(session),
        last_comparison=session.exec(
            select(Comparison.finished_at).order_by(col(Comparison.id).desc()).limit(1)
        ).one_or_none(),
        oldest_due=session.exec(due).one(),
        due=_count(session, Outbound.id, col(Outbound.state) == "planned", col(Outbound.due_at) <= now),
        claimed=_count(session, Outbound.id, col(Outbound.deadline).is_not(None),
                       col(Outbound.state) == "sending"),
        out_of_breath=_count(session, Pace.id, col(Pace.free_at) > now),
        in_doubt=_count(session, Outbound.id, col(Outbound.deadline).is_not(None),
                        col(Outbound.state).in_(("sending", "unsure"))),
        sent=_sent(session, now - _LATELY),
        unacknowledged=_count(session, Alert.id, col(Alert.resolved_at).is_(None),
                              col(Alert.acknowledged_at).is_(None)),
        open_tasks=_count(session, Task.id, col(Task.closed_at).is_(None)),
    )  # fmt: skip


def last_mailed(session: Session, now: datetime, *of: ColumnElement[bool]) -> datetime | None:
    """When a mail server last took a digest, None when none did within two days.

    Not when a digest was made: with a server that takes nothing that would look well for ever.
    """
    mails = (col(Outbound.channel) == "email", col(Outbound.step) == "digest")
    lately = col(Outbound.sent_at) >= now - 2 * _LATELY
    return session.exec(select(func.max(Outbound.sent_at)).where(lately, *mails, *of)).one()


def _slowest_digest(session: Session) -> float:
    newest = select(func.max(DigestRun.id)).scalar_subquery()
    slowest = select(func.max(DigestRun.seconds)).where(col(DigestRun.id) > newest - _NEWEST)
    return session.exec(slowest).one() or 0.0


def _count(session: Session, of: object, *where: object) -> int:
    return int(session.exec(select(func.count(of)).where(*where)).one())  # type: ignore[arg-type]


def _sent(session: Session, since: datetime) -> dict[tuple[str, str, str], int]:
    """What left and how it ended; what the carrier refused."""
    left = session.exec(
        select(Outbound.channel, Outbound.delivery, Outbound.error, func.count())
        .where(col(Outbound.sent_at) >= since)
        .group_by(col(Outbound.channel), col(Outbound.delivery), col(Outbound.error))
    ).all()
    refused = session.exec(
        select(Outbound.channel, Outbound.state, Outbound.error, func.count())
        .where(Outbound.state == "refused", col(Outbound.changed_at) >= since)
        .group_by(col(Outbound.channel), col(Outbound.state), col(Outbound.error))
    ).all()
    return {(channel, state or "sent", code): count for channel, state, code, count in (*left, *refused)}
