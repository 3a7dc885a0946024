"""Ask the carrier what became of what left and was not heard of again.

A callback can be lost for good; without this a call would ring for ever in our books, and a text that the
network threw away would count as read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Exists, exists
from sqlmodel import Session, col, select

from followup.checkin.call_progress import progressed
from followup.checkin.tasks import open_task
from followup.checkin.text_progress import text_told
from followup.outreach.carrier import Carrier
from followup.outreach.lookup import Seen, looked_up
from followup.outreach.outcome import SKEW
from followup.store import NOW, Store, word
from followup.store.models import CheckIn, Outbound

_CALL_LOOK = timedelta(minutes=30)
_CALL_LOOKS = 3
_TEXT_LOOK = timedelta(hours=1)  # until the carrier can be asked again
_MANY = 500
_LEFT = col(Outbound.state) == word("sent")


def _unheard(*channels: str) -> Exists:
    return exists().where(
        _LEFT, col(Outbound.channel).in_([*map(word, channels)]), col(Outbound.deadline) <= NOW
    )


# Whether the two below have anything to ask about.
CALLS, TEXTS = _unheard("call"), _unheard("text", "answer")


def ask_how_calls_ended(store: Store, carrier: Carrier, clock: Callable[[], datetime]) -> int:
    """Ask the carrier about calls that no callback ever ended; returns how many were asked about."""
    with store.read() as session:
        rows = _overdue(session, ("call",), clock())

    def look(row: Outbound) -> Seen:
        return carrier.find_calls(row.to, (row.started_at or row.created_at) - SKEW)

    asked = 0
    for row, seen in looked_up(rows, look, clock):
        asked += 1
        with store.write() as session:
            mine = session.get_one(Outbound, row.id, with_for_update=True)
            mine.deadline = clock() + _CALL_LOOK if mine.looks < _CALL_LOOKS else None
            mine.looks += 1
            found = next((s for s in seen or () if s.sid == mine.sid), None)
            if found is not None:
                progressed(session, mine, found.status, found.seconds, clock())
    return asked


def ask_how_texts_ended(store: Store, carrier: Carrier, clock: Callable[[], datetime]) -> int:
    """Ask once about each text without a last word twelve hours after it left; returns how many.

    Twilio, outbound message logging: without `delivered` or `undelivered` after 12 hours, fetch by SID.
    "sent" may stay the last word for ever, so nobody asks a second time once there was an answer.
    """
    with store.read() as session:
        rows = _overdue(session, ("text", "answer"), clock())
    asked = 0
    for row, seen in looked_up(rows, lambda row: carrier.find_text(row.sid), clock):
        asked += 1
        with store.write() as session:
            mine = session.get_one(Outbound, row.id, with_for_update=True)
            if mine.deadline is None:
                continue  # a receipt came while we asked
            mine.deadline = clock() + _TEXT_LOOK if seen is None else None
            if seen == []:
                _not_there(session, mine, clock())
            for found in seen or ():
                error = str(found.error) if found.error else ""
                text_told(session, mine, found.status, error, clock())
    return asked


def _overdue(session: Session, channels: Sequence[str], now: datetime) -> Sequence[Outbound]:
    return session.exec(
        select(Outbound)
        .where(col(Outbound.channel).in_(channels), _LEFT, col(Outbound.deadline) <= now)
        .limit(_MANY)
    ).all()


def _not_there(session: Session, row: Outbound, now: datetime) -> None:
    open_task(
        session,
        dedupe=f"compare:gone:{row.id}",
        kind="compare",
        reason="The carrier no longer knows a text that it took from us. Please see whether it arrived.",
        clinic_id=row.clinic_id,
        check_in=session.get(CheckIn, row.check_in_id) if row.check_in_id else None,
        now=now,
    )
