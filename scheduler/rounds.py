"""One round of everything that is due. Asking twice, or from two processes, does nothing twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from followup.alerts.page import next_page, page_due
from followup.audit.seal import seal_new
from followup.compare.night import compare_days
from followup.custody.purge import purge_nightly
from followup.digest.deliver import owe_digests
from followup.inbox.spool import Spool
from followup.intake.preview import forget_old
from followup.outreach.ask import ask_how_calls_ended, ask_how_texts_ended
from followup.outreach.next_due import next_due
from followup.outreach.redact import redact_texts
from followup.outreach.send import Post, send_due
from followup.outreach.sweep import clear_doubts, close_overdue, expire_claims
from followup.replay import replay
from followup.store import Store
from scheduler.due import CLOCK, Due, beat

log = logging.getLogger(__name__)


def next_round(store: Store) -> datetime | None:
    """When a round would find work next (UTC), None when nothing is owed: what a virtual clock steps to."""
    with store.read() as session:
        moments = [next_due(session), next_page(session)]
    return min((moment for moment in moments if moment is not None), default=None)


def one_round(
    store: Store, post: Post, owner: str, clock: Callable[[], datetime], spool: Spool | None = None
) -> int:
    """1. Say that the clock lives, and hear what was spooled. 2. Page. 3. Clear up doubt; compare once a
    night. 4. Close what ran out of time, and owe digests. 5. Send what is due.

    Returns how many steps failed.

    Each step by itself: one that fails for one clinic must not keep another clinic's pages from leaving.
    Pages are planned before anything that asks the carrier; doubt comes before sending, so that what a dead
    worker left is asked about before its next rung goes out. What is certainly not due is left out.
    """
    due = Due(store, owner, clock)
    steps: list[tuple[str, Callable[[], object]]] = [
        ("heartbeat", lambda: beat(store, CLOCK, owner, clock())),
        ("spool", lambda: replay(store, spool, post.public_url) if spool is not None else 0),
        ("pages", lambda: page_due(store, clock())),
        ("claims", lambda: _expire(store, clock())),
        ("doubts", lambda: clear_doubts(store, post.carrier, clock)),
        ("calls", lambda: ask_how_calls_ended(store, post.carrier, clock)),
        ("texts", lambda: ask_how_texts_ended(store, post.carrier, clock)),
        ("comparison", lambda: compare_days(store, post.carrier, post.public_url, clock)),
        ("record", lambda: seal_new(store, clock())),
        ("purge", lambda: purge_nightly(store, clock())),
        ("previews", lambda: forget_old(store, clock())),
        ("overdue", lambda: close_overdue(store, clock())),
        ("digests", lambda: owe_digests(store, clock())),
        ("sending", lambda: send_due(store, post, owner, clock)),
        ("redaction", lambda: redact_texts(store, post.carrier, clock)),
        ("end", due.end),
    ]
    failed = 0
    for name, step in steps:
        if name not in due:
            continue
        try:
            due.after(name, found=bool(step()))
        except Exception as problem:
            # Only its kind: the words and numbers of patients must not get into the log with it.
            log.error("the round's %s failed: %s", name, type(problem).__name__)
            due.after(name, found=True)
            failed += 1
    return failed


def _expire(store: Store, now: datetime) -> int:
    with store.write() as session:
        return expire_claims(session, now)
