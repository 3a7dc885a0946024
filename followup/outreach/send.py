"""The send path: claim, look again, call the carrier with no transaction open, settle.

Every step is its own short transaction. A crash between any two leaves a row that says how far it
came: `sending` past its deadline means nobody knows, and the sweep asks the carrier before anyone resends.

One hand writes and many send. A commit costs the disk as much for one row as for fifty, so one thread
claims, looks again and settles for all the sending threads at once; they do nothing but wait for the carrier.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep

from followup.outreach.carrier import SENDERS, Carrier
from followup.outreach.claim import Envelope, claim
from followup.outreach.last_look import give_back, still_wanted
from followup.outreach.mail import Mailbox
from followup.outreach.outcome import Accepted, Outcome, Refused
from followup.outreach.settle import settle, settle_taken
from followup.store import Store

log = logging.getLogger(__name__)

BATCH = 100  # at 16 threads and the carrier's 15 s timeout a batch ends well within its lease
_ROUNDS = 100  # what one call may claim at most, so that a tick ends and the sweep gets its turn
_FRESH = 0.5  # seconds: a call that has not begun by then is looked at again
_FEW = 16  # what came back, to be written by one commit: for fewer it is waited a little
_GATHER = 0.02  # seconds
_LOOK_UP = 0.2  # seconds until it is seen that the process is asked to end, while all wait for the carrier


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
    writer = _Writer(store, post, owner, clock)
    if post.threads == 1:
        while writer.may_claim:
            for envelope in writer.claim():
                _one(writer, envelope)
    else:
        with ThreadPoolExecutor(post.threads) as threads:
            _Line(writer, threads).run()
    return writer.claimed


class _Writer:
    """The one hand that writes. What fails by itself leaves its row `sending`, for the sweep."""

    def __init__(self, store: Store, post: Post, owner: str, clock: Callable[[], datetime]) -> None:
        self.store, self.post, self.owner, self.clock = store, post, owner, clock
        self.claimed, self._rounds, self._nothing_left = 0, 0, False

    @property
    def may_claim(self) -> bool:
        return not self._nothing_left and self._rounds < _ROUNDS and not self.post.halt.is_set()

    def claim(self) -> list[Envelope]:
        with self.store.write() as session:
            envelopes = claim(session, self.owner, self.clock(), BATCH)
        self._rounds, self._nothing_left = self._rounds + 1, not envelopes
        self.claimed += len(envelopes)
        return envelopes

    def give_back(self, envelopes: Sequence[Envelope]) -> None:
        with self.store.write() as session:
            give_back(session, envelopes, self.owner, self.clock())

    def look(self, envelopes: Sequence[Envelope]) -> list[Envelope]:
        """Those whose call may begin now."""
        if self.post.halt.is_set():
            self.give_back(envelopes)
            return []
        try:
            with self.store.write() as session:
                return still_wanted(session, envelopes, self.owner, self.clock())
        except Exception as problem:
            if len(envelopes) > 1:
                return [wanted for one in envelopes for wanted in self.look([one])]
            log.error("outbound %s was not looked at: %s", envelopes[0].id, type(problem).__name__)
            return []

    def settle(self, came: Sequence[tuple[Envelope, Outcome]]) -> None:
        """What the carrier took is written together; what it did not take, and all if that fails, singly."""
        taken = [(envelope.id, outcome) for envelope, outcome in came if isinstance(outcome, Accepted)]
        singly = [one for one in came if not isinstance(one[1], Accepted)]
        try:
            if taken:
                with self.store.write() as session:
                    settle_taken(session, taken, self.owner, self.clock())
        except Exception as problem:
            log.warning("outbound rows are settled one by one: %s", type(problem).__name__)
            singly = list(came)
        for envelope, outcome in singly:
            try:
                with self.store.write() as session:
                    settle(session, envelope.id, self.owner, outcome, self.clock())
            except Exception as problem:
                _lost(envelope, problem)
        for envelope, outcome in came:
            log.info("outbound %s %s: %s", envelope.id, envelope.channel, type(outcome).__name__.lower())


def _one(writer: _Writer, envelope: Envelope) -> None:
    for wanted in writer.look([envelope]):
        try:
            outcome = deliver(writer.post, wanted, writer.clock())
        except Exception as problem:
            _lost(wanted, problem)
        else:
            writer.settle([(wanted, outcome)])


def _lost(envelope: Envelope, problem: BaseException) -> None:
    log.error("outbound %s was not settled: %s", envelope.id, type(problem).__name__)


class _Line:
    """From claimed to settled, through many threads; `out` is what is with them, begun or not."""

    def __init__(self, writer: _Writer, threads: ThreadPoolExecutor) -> None:
        self._writer, self._threads = writer, threads
        self._waiting: deque[Envelope] = deque()
        self._out: dict[Future[Outcome | None], Envelope] = {}
        self._back: queue.SimpleQueue[Future[Outcome | None]] = queue.SimpleQueue()

    def run(self) -> None:
        """1. Claim before the threads run out of work. 2. Look again at what they take up at once, and hand
        it over. 3. Settle what came back.
        """
        writer, post = self._writer, self._writer.post
        try:
            while writer.may_claim or self._waiting or self._out:
                if writer.may_claim and len(self._waiting) < post.threads:
                    self._waiting.extend(writer.claim())
                if post.halt.is_set():
                    self._give_back()
                self._hand_over()
                self._settle()
        finally:
            while self._out:
                self._settle()

    def _hand_over(self) -> None:
        """Twice as many as may be under way: no thread has to wait for the next commit."""
        room = 2 * self._writer.post.threads - len(self._out)
        some = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        wanted = self._writer.look(some) if some else []
        looked_at = monotonic()
        for envelope in wanted:
            future = self._threads.submit(_call, self._writer.post, envelope, self._writer.clock, looked_at)
            self._out[future] = envelope
            future.add_done_callback(self._back.put)

    def _settle(self) -> None:
        came: list[tuple[Envelope, Outcome]] = []
        again: list[Envelope] = []
        for future in _gathered(self._back, len(self._out)):
            envelope = self._out.pop(future)
            if future.cancelled():
                again.append(envelope)
            elif (problem := future.exception()) is not None:
                _lost(envelope, problem)
            elif (outcome := future.result()) is None:
                again.append(envelope)
            else:
                came.append((envelope, outcome))
        self._waiting.extendleft(reversed(again))
        self._writer.settle(came)

    def _give_back(self) -> None:
        for future in list(self._out):
            future.cancel()  # only what no thread has begun
        if self._waiting:
            self._writer.give_back(list(self._waiting))
            self._waiting.clear()


def _call(post: Post, envelope: Envelope, clock: Callable[[], datetime], looked_at: float) -> Outcome | None:
    """What came of it; None when nothing was begun, since the last look is too long ago."""
    if post.halt.is_set() or monotonic() - looked_at > _FRESH:
        return None
    return deliver(post, envelope, clock())


def _gathered(back: queue.SimpleQueue[Future[Outcome | None]], out: int) -> list[Future[Outcome | None]]:
    """What has come back, of so many; when that is little, also what comes soon after."""
    came: list[Future[Outcome | None]] = []
    try:
        if out:
            came.append(back.get(timeout=_LOOK_UP))
        if back.qsize() < min(out - 1, _FEW):
            sleep(_GATHER)
        while len(came) < out:
            came.append(back.get_nowait())
    except queue.Empty:
        pass
    return came


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
