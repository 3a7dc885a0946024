"""The send path: claim, look again, call the carrier with no transaction open, settle.

Every step is its own short transaction. A crash between any two leaves a row that says how far it
came: `sending` past its deadline means nobody knows, and the sweep asks the carrier before anyone resends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from followup.outreach.carrier import SENDERS, Carrier
from followup.outreach.claim import Envelope, claim, still_wanted
from followup.outreach.mail import Mailbox
from followup.outreach.outcome import Outcome, Refused
from followup.outreach.settle import settle
from followup.store import Store

log = logging.getLogger(__name__)

BATCH = 200  # at 16 threads and the carrier's 15 s timeout a batch ends well within its lease
_ROUNDS = 50  # what one call may send at most, so that a tick ends and the sweep gets its turn


@dataclass(frozen=True)
class Post:
    """Where things leave through, and the address receipts come back to."""

    carrier: Carrier
    mailbox: Mailbox
    public_url: str
    threads: int = SENDERS


def send_due(store: Store, post: Post, owner: str, clock: Callable[[], datetime]) -> int:
    """Send everything due at `clock()`; returns how many rows were claimed."""
    sent = 0
    for _ in range(_ROUNDS):
        with store.write() as session:
            envelopes = claim(session, owner, clock(), BATCH)
        sent += len(envelopes)
        if len(envelopes) <= 1 or post.threads == 1:
            for envelope in envelopes:
                _send_one(store, post, owner, clock, envelope)
        else:
            with ThreadPoolExecutor(min(post.threads, len(envelopes))) as threads:
                list(threads.map(lambda e: _send_one(store, post, owner, clock, e), envelopes))
        if len(envelopes) < BATCH:
            break
    return sent


def _send_one(
    store: Store, post: Post, owner: str, clock: Callable[[], datetime], envelope: Envelope
) -> None:
    """One row, by itself: what fails here leaves this row `sending`, for the sweep, and the others alone."""
    try:
        _send(store, post, owner, clock, envelope)
    except Exception as problem:
        log.error("outbound %s was not settled: %s", envelope.id, type(problem).__name__)


def _send(store: Store, post: Post, owner: str, clock: Callable[[], datetime], envelope: Envelope) -> None:
    with store.write() as session:
        if not still_wanted(session, envelope, owner, clock()):
            return
    outcome = deliver(post, envelope, clock())
    with store.write() as session:
        settle(session, envelope.id, owner, outcome, clock())
    log.info("outbound %s %s: %s", envelope.id, envelope.channel, type(outcome).__name__.lower())


def deliver(post: Post, envelope: Envelope, now: datetime) -> Outcome:
    """The request itself, with no transaction open; what came of it is for `settle` to write down."""
    if envelope.channel == "email":
        return post.mailbox.send(
            to=envelope.to,
            sender=envelope.sender,
            subject=envelope.subject,
            body=envelope.body,
            message_id=f"<outbound-{envelope.id}@followup>",
        )
    voice = f"{post.public_url}/twilio/voice"
    if envelope.channel == "call":
        return post.carrier.place_call(
            to=envelope.to,
            sender=envelope.sender,
            answer=f"{voice}/answer?o={envelope.id}",
            status=f"{voice}/status?o={envelope.id}",
            # A page needs no verdict: only a key takes it.
            machine=f"{voice}/machine?o={envelope.id}" if envelope.prompted else "",
        )
    if envelope.channel == "live":
        return post.carrier.redirect_call(envelope.sid, envelope.body)
    if envelope.channel != "text":
        return Refused(0)
    # Without an end the carrier may deliver a queued text in the middle of the night.
    seconds = int((envelope.not_after - now).total_seconds()) if envelope.not_after else 4 * 3600
    return post.carrier.send_text(
        to=envelope.to,
        sender=envelope.sender,
        body=envelope.body,
        status_callback=f"{post.public_url}/twilio/sms/status?o={envelope.id}",
        validity_seconds=seconds,
    )
