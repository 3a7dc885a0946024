"""What texts and calls share: the clock, the numbers, the phones, the record, the one lock.

State changes happen under `lock`, which is never held while a request to the product is under way: the
product may call back into the carrier's API from inside its webhook.
"""

from __future__ import annotations

import hashlib
import random
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from .agenda import Action, Agenda
from .faults import Faults
from .ledger import Ledger, Prices
from .log import Log
from .optouts import Mode, OptOuts
from .phones import Phone
from .scripts import Script
from .webhooks import Webhooks

API_VERSION = "2010-04-01"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NANP = re.compile(r"\+1[2-9]\d\d[2-9]\d{6}")


def is_number(text: str) -> bool:
    """Whether `text` is E.164 and, in North America, a number the numbering plan allows."""
    return bool((_NANP if text.startswith("+1") else _E164).fullmatch(text))


@dataclass
class Sender:
    """A number of the account, with where its inbound texts and calls go.

    `mps` is text segments per second; `optout` says who listens for STOP; `free_at` is when the next text may
    leave.
    """

    number: str
    sms_url: str = ""
    voice_url: str = ""
    sms_fallback: str = ""
    voice_fallback: str = ""
    voice_status: str = ""
    mps: float = 1.0
    optout: Mode = "default"
    service: str = ""
    free_at: datetime = LONG_AGO


@dataclass
class Service:
    """A messaging service: a pool of senders with one opt-out list and a default status callback."""

    sid: str
    numbers: list[str] = field(default_factory=list)
    status_callback: str = ""


class Exchange:
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
        """`now` returns aware UTC. `public_url` is the base that webhooks are signed with, `deliver_to` (the
        same when empty) the base they are posted to. The same seed and start give the same day."""
        self.account_sid, self.auth_token, self.seed = account_sid, auth_token, seed
        self.now = now
        self.lock = threading.RLock()
        self.agenda = Agenda()
        self.log = Log(now)
        self.ledger = Ledger(prices)
        self.faults = Faults(seed)
        self.optouts = OptOuts()
        self.senders: dict[str, Sender] = {}
        self.services: dict[str, Service] = {}
        self.phones: dict[str, Phone] = {}
        self.regions: tuple[str, ...] = ("+1",)  # where texts and calls may go
        self.redaction = False  # Message Redaction bought: retention parameters are accepted
        self.calls_per_second = 1.0
        self._started = now()
        self._counters: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self.webhooks = Webhooks(
            auth_token, public_url, deliver_to or public_url, now, self.log, self.faults, self.unique
        )

    def random(self, *key: object) -> random.Random:
        """A reproducible stream for one purpose: it does not matter what else drew numbers before."""
        return random.Random(f"{self.seed}:{':'.join(map(str, key))}")  # noqa: S311 - not secret

    def unique(self, purpose: str) -> str:
        """32 hex digits, never the same twice; the start moment keeps two runs with one seed apart, since a
        product that kept its database would take a repeated id for a repeated delivery."""
        text = f"{self.seed}:{self._started.isoformat()}:{purpose}:{next(self._counters[purpose])}"
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def sid(self, prefix: str) -> str:
        return prefix + self.unique(prefix)

    def after(self, seconds: float, action: Action) -> None:
        self.agenda.at(self.now() + timedelta(seconds=seconds), action)

    def add_number(self, number: str, **settings: object) -> Sender:
        """A sender of the account; `settings` are the fields of `Sender`. Adding it again changes it."""
        if not is_number(number):
            raise ValueError(f"{number!r} is not a phone number: write it like +12025550123")
        sender = self.senders.setdefault(number, Sender(number))
        for name, value in settings.items():
            if not hasattr(sender, name):
                raise TypeError(f"a number has no setting called {name!r}")
            setattr(sender, name, value)
        return sender

    def add_service(self, sid: str, numbers: list[str], status_callback: str = "") -> Service:
        """A messaging service over numbers added before."""
        for number in numbers:
            self.senders[number].service = sid
        self.services[sid] = Service(sid, list(numbers), status_callback)
        return self.services[sid]

    def add_person(self, number: str, script: Script | None = None, name: str = "") -> Phone:
        """Give `number` to a person. Without a script it lies on the table until somebody uses the page."""
        if not is_number(number):
            raise ValueError(f"{number!r} is not a phone number: write it like +12025550123")
        phone = self.phone(number)
        phone.script, phone.name, phone.auto = script, name or phone.name, True
        return phone

    def phone(self, number: str) -> Phone:
        with self.lock:
            return self.phones.setdefault(number, Phone(number))

    def optout_key(self, number: str) -> str:
        """The STOP list a number belongs to: its messaging service's, or its own."""
        sender = self.senders.get(number)
        return sender.service if sender and sender.service else number
