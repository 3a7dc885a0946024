"""The simulated carrier as one object: texts, calls and phones over one clock.

With the real clock, `start(port)` serves the API and does what is due from a thread. With a virtual clock the
owner moves time itself: `next_due()` says to when, `run_due()` does it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from .calls import Call
from .exchange import Exchange
from .inbound import Inbound
from .ledger import Prices
from .messages import Message
from .server import Listener
from .texts import Texts
from .voice import Calls

logger = logging.getLogger(__name__)
PUMP_SECONDS = 0.05
AT_ONCE = 100  # API requests; the real limit is per account and unpublished


class Door:
    """Counts requests under way."""

    def __init__(self) -> None:
        self._inside = 0
        self._lock = threading.Lock()

    def enter(self) -> int:
        with self._lock:
            self._inside += 1
            return self._inside

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1


class Carrier(Exchange):
    """See `Exchange` for the arguments."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        now: Callable[[], datetime],
        public_url: str,
        deliver_to: str = "",
        seed: object = 0,
        prices: Prices | None = None,
    ) -> None:
        super().__init__(
            account_sid=account_sid,
            auth_token=auth_token,
            now=now,
            public_url=public_url,
            deliver_to=deliver_to,
            seed=seed,
            prices=prices,
        )
        self.texts = Texts(self)
        self.inbound = Inbound(self, self.texts)
        self.calls = Calls(self)
        self.door = Door()
        self.most_at_once = AT_ONCE
        self.api_keys: dict[str, str] = {}  # SK... -> secret
        self._listener: Listener | None = None
        self._pumping = threading.Lock()
        self._stopping = threading.Event()
        self._pump: threading.Thread | None = None

    def logins(self) -> set[tuple[str, str]]:
        return {(self.account_sid, self.auth_token), *self.api_keys.items()}

    def run_due(self) -> int:
        """Do everything due at now(), and what that makes due at once; how many things were done.

        Safe to call from several threads: they take turns, so the order stays the agenda's.
        """
        done = 0
        with self._pumping:
            while action := self.agenda.pop_due(self.now()):
                action()
                done += 1
        return done

    def next_due(self) -> datetime | None:
        """When something is due next (aware UTC, maybe past), or None when nothing is promised."""
        return self.agenda.next_due()

    def text(self, phone: str, to: str, body: str, media: int = 0) -> Message:
        """A text from a phone to one of our numbers; the webhook follows with `run_due`."""
        return self.inbound.receive(phone, to, body, media)

    def call_in(self, phone: str, to: str) -> Call:
        """A call from a phone to one of our numbers; it goes on with `run_due`."""
        return self.calls.call_in(phone, to)

    def add_desk(self, number: str, talks_for: float = 30.0) -> None:
        """A number that picks up when a `<Dial>` rings it, and talks for so many seconds; others ring out."""
        self.calls.desks[number] = talks_for

    def fault_next(self, name: str) -> None:
        """Let a fault of `faults.NAMES` strike once, at its next occasion."""
        self.faults.next(name)

    def serve(self, port: int = 0) -> int:
        """Serve the API and the phones on loopback without doing what is due; the port (a free one for 0)."""
        self._listener = Listener(self, port)
        return self._listener.port

    def start(self, port: int = 0) -> int:
        """`serve`, and do what is due from a thread on the real clock. Returns the port."""
        port = self.serve(port)
        self._stopping.clear()
        self._pump = threading.Thread(target=self._run, name="carrier", daemon=True)
        self._pump.start()
        return port

    def stop(self) -> None:
        """Stop serving and pumping; what was promised stays promised."""
        self._stopping.set()
        if self._pump:
            self._pump.join()
            self._pump = None
        if self._listener:
            self._listener.close()
            self._listener = None

    def unplug(self) -> None:
        """Refuse new connections for `faults.refuse_seconds` real seconds."""
        if self._listener:
            self._listener.refuse_for(self.faults.refuse_seconds)

    def _run(self) -> None:
        while not self._stopping.wait(PUMP_SECONDS):
            try:
                self.run_due()
            except Exception as error:  # one broken promise must not end the day for everybody else
                logger.exception("the simulated carrier could not do one of its promises")
                self.log.note("broken", error=repr(error))
