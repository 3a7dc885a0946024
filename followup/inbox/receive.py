"""Something a person sent us, from the request's fields to the TwiML answered.

Stored first and understood afterwards: whatever goes wrong in the understanding is rolled back, and the
message is still there for staff, marked unread.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, select

from followup.checkin.tasks import open_task
from followup.inbox import twiml
from followup.inbox.answer import answer
from followup.inbox.polite import polite_answer, warn_anyway
from followup.inbox.refusals import stopped_anyway
from followup.protocol import segments
from followup.store import Store, add_now, keyed_hash
from followup.store.models import Inbound

log = logging.getLogger(__name__)


def receive_text(store: Store, form: Mapping[str, str], public_url: str, now: datetime) -> str:
    """Store an inbound text once and return the TwiML to answer; a repeat gets the same answer again."""
    return take(
        store,
        (form["MessageSid"], 0),
        lambda: _text(form, now),
        lambda session, inbound: answer(session, inbound, form, public_url, now),
        lambda inbound: polite_answer(inbound.body),
        now,
    )


def take(
    store: Store,
    event: tuple[str, int],
    arrived: Callable[[], Inbound],
    understand: Callable[[Session, Inbound], str],
    excuse: Callable[[Inbound], str],
    now: datetime,
) -> str:
    """Store what `arrived` once for each `event` (the carrier's id, the turn); return the TwiML to answer.

    1. Insert the raw event, unique on the carrier's id and the turn; a repeat is refused by that key, and
       gets the answer kept with it. Looking first would cost every text what only a repeat needs.
    2. In the same transaction: understand it, which makes the answer.
    3. If that fails: undo it all, and in a transaction of its own keep the event as unread, open a task,
       answer with an excuse. A savepoint would do this in one, at the cost of two statements a text.
    """
    try:
        try:
            with store.write() as session:
                inbound = arrived()
                add_now(session, inbound)
                _understand(session, inbound, understand)
        except _NotUnderstoodError as failed:
            with store.write() as session:
                inbound = arrived()
                add_now(session, inbound)
                _keep_unread(session, inbound, excuse, now)
            log.error("inbound %s could not be read: %s", inbound.id, failed)
    except IntegrityError:
        with store.read() as session:
            seen = _seen(session, event)
        if seen is None:
            raise  # no repeat: the row itself was refused, and the request must not be lost
        return seen or twiml.NOTHING
    log.info("inbound %s from ...%s: %s", inbound.id, inbound.from_number[-4:], inbound.state)
    return inbound.reply


class _NotUnderstoodError(Exception):
    """Says what kind of thing went wrong, and no more: the words of the message may be in the cause."""


def _seen(session: Session, event: tuple[str, int]) -> str | None:
    sid, turn = event
    found = session.exec(select(Inbound).where(Inbound.sid == sid, Inbound.turn == turn)).one_or_none()
    return None if found is None else found.reply


def _text(form: Mapping[str, str], now: datetime) -> Inbound:
    body, from_number = form.get("Body", ""), form.get("From", "")
    return Inbound(
        sid=form["MessageSid"],
        channel="sms",
        sender=form.get("To", "")[:40],
        from_number=from_number,
        from_hash=keyed_hash("phone", from_number),
        body=body,
        raw=json.dumps(dict(form), ensure_ascii=False),
        media=count(form.get("NumMedia", "")),
        segments=segments(body),
        received_at=now,
    )


def count(text: str) -> int:
    """A number of the carrier's, 0 when it is none or larger than anything it counts for us."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def _understand(session: Session, inbound: Inbound, understand: Callable[[Session, Inbound], str]) -> None:
    try:
        inbound.reply = understand(session, inbound)
        inbound.state = "read"
        session.flush()
    except Exception as problem:
        if isinstance(problem, DBAPIError) and problem.connection_invalidated:
            raise  # not the message's fault: it is read when the database is back
        raise _NotUnderstoodError(type(problem).__name__) from None


def _keep_unread(session: Session, inbound: Inbound, excuse: Callable[[Inbound], str], now: datetime) -> None:
    inbound.state = "unread"
    open_task(
        session,
        dedupe=f"unread:{inbound.id}",
        kind="unread",
        reason="A message came in that the program could not handle. Please read it.",
        inbound=inbound,
        now=now,
    )
    warn_anyway(session, inbound, now)
    inbound.reply = twiml.NOTHING if stopped_anyway(session, inbound, now) else excuse(inbound)
