"""The send path: claim, look again, call the carrier with no transaction open, settle.

Every step is its own short transaction. A crash between any two leaves a row that says how far it
came: `sending` past its deadline means nobody knows, and the sweep asks the carrier before anyone resends.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from followup.outreach.carrier import SENDERS, Carrier
from followup.outreach.claim import Envelope, claim, give_back, still_wanted
from followup.outreach.mail import Mailbox
from followup.outreach.outcome import Outcome, Refused
from followup.outreach.settle import settle
from followup.store import Store

log = logging.getLogger(__name__)

BATCH = 200  # at 16 threads and the carrier's 15 s timeout a batch ends well within its lease
_ROUNDS = 50  # what one call may claim at most, so that a tick ends and the sweep gets its turn


@dataclass(frozen=True)
class Post:
    """Where things leave through, and the address receipts come back to."""

    carrier: Carrier
    mailbox: Mailbox
    public_url: str
    threads: int = SENDERS
    # Set when the process is asked to end: what was not begun is given back, what is under way is finished.
    halt: threading.Event = field(default_factory=threading.Event)


def send_due(store: Store, post: Post, owner: str, clock: Callable[[], datetime]) -> int:
    """Send everything due at `clock()`; returns how many rows were claimed."""
    if post.threads == 1:
        return sum(
            _one_by_one(store, post, owner, clock, envelopes)
            for envelopes in _claims(store, post, owner, clock)
        )
    sent = 0
    # Twice as many as may be under way: the next are claimed while the last of a batch are still waiting for
    # the carrier, and nothing is claimed long before its turn.
    room = threading.BoundedSemaphore(2 * post.threads)
    with ThreadPoolExecutor(post.threads) as threads:
        for envelopes in _claims(store, post, owner, clock):
            sent += len(envelopes)
            for envelope in envelopes:
                room.acquire()
                done = threads.submit(_send_one, store, post, owner, clock, envelope)
                done.add_done_callback(lambda _: room.release())
    return sent


def _claims(store: Store, post: Post, owner: str, clock: Callable[[], datetime]) -> Iterator[list[Envelope]]:
    """One batch after the other until nothing may leave any more."""
    for _ in range(_ROUNDS):
        if post.halt.is_set():
            return
        with store.write() as session:
            envelopes = claim(session, owner, clock(), BATCH)
        if not envelopes:
            return
        yield envelopes


def _one_by_one(
    store: Store, post: Post, owner: str, clock: Callable[[], datetime], envelopes: list[Envelope]
) -> int:
    for envelope in envelopes:
        _send_one(store, post, owner, clock, envelope)
    return len(envelopes)


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
        if post.halt.is_set():
            give_back(session, envelope, owner, clock())
            return
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
