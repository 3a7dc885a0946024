"""One round of everything that is due. Asking twice, or from two processes, does nothing twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from followup.alerts.page import next_page, page_due
from followup.compare import compare_days
from followup.digest.deliver import owe_digests
from followup.inbox.spool import Spool
from followup.outreach.ask import ask_how_calls_ended, ask_how_texts_ended
from followup.outreach.next_due import next_due
from followup.outreach.send import Post, send_due
from followup.outreach.sweep import clear_doubts, close_overdue, expire_claims
from followup.replay import replay
from followup.store import Store
from followup.store.models import Heartbeat

log = logging.getLogger(__name__)


def next_round(store: Store) -> datetime | None:
    """When a round would find work next (UTC), None when nothing is owed: what a virtual clock steps to."""
    with store.read() as session:
        moments = [next_due(session), next_page(session)]
    return min((moment for moment in moments if moment is not None), default=None)


def one_round(
    store: Store, post: Post, owner: str, clock: Callable[[], datetime], spool: Spool | None = None
) -> None:
    """1. Hear what was spooled. 2. Say that the clock lives. 3. Clear up doubt, and once a night compare.
    4. Close what ran out of time. 5. Page, and send what is due.

    Doubt comes before sending, so that what a dead worker left is asked about before its next rung goes out;
    digests come before sending, so that their mails leave in the same round.
    """
    if spool is not None:
        replay(store, spool, post.public_url)
    _beat(store, owner, clock())
    with store.write() as session:
        expire_claims(session, clock())
    clear_doubts(store, post.carrier, clock)
    ask_how_calls_ended(store, post.carrier, clock)
    ask_how_texts_ended(store, post.carrier, clock)
    compare_days(store, post.carrier, post.public_url, clock)
    close_overdue(store, clock())
    page_due(store, clock())
    owe_digests(store, clock())
    send_due(store, post, owner, clock)


def _beat(store: Store, owner: str, now: datetime) -> None:
    try:
        with store.write() as session:
            session.merge(Heartbeat(name="clock", at=now, owner=owner))
    except IntegrityError:
        return  # the very first beat, and another clock's came in between: one is as good as the other
