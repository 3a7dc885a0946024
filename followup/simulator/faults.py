"""What can go wrong, each by name, with a probability or once on request.

Faults are data: tests ask for exactly one (`carrier.fault_next("timeout_after")`), a long run gives each a
probability, and every fault that struck is counted so that a report can say what was survived.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from dataclasses import dataclass, fields


@dataclass
class Probabilities:
    """Chance of each fault per occasion, 0 to 1; all are off by default."""

    # A create request, before anything exists: the client may safely send again.
    busy: float = 0.0  # 429, code 20429
    unavailable: float = 0.0  # 503
    reset_before: float = 0.0  # connection reset unanswered
    timeout_before: float = 0.0  # no answer
    refused: float = 0.0  # this connection dies unanswered and the port refuses new ones for a while
    # A create request, after the message or call exists: the client cannot know.
    timeout_after: float = 0.0
    reset_after: float = 0.0
    error_after: float = 0.0  # 500
    garbled_after: float = 0.0  # 201 with half a JSON document
    # Receipts of texts.
    receipt_before_response: float = 0.0  # the first change is told before create() has answered
    receipt_drop: float = 0.0
    receipt_duplicate: float = 0.0
    receipt_reorder: float = 0.0  # told after the one that follows it
    receipt_late: float = 0.0  # told hours later
    no_receipt: float = 0.0  # the network never confirms: `sent` stays the last word
    contradiction: float = 0.0  # a text of several segments is told undelivered, then delivered
    # Handsets and networks.
    unreachable: float = 0.0  # 30003
    filtered: float = 0.0  # 30007
    unknown_error: float = 0.0  # 30008
    # Webhooks to the product.
    inbound_duplicate: float = 0.0  # the same inbound text is posted a second time
    inbound_late: float = 0.0  # an inbound text is posted minutes late
    answer_lost: float = 0.0  # the product answered, the carrier never saw it
    # Calls.
    wrong_verdict: float = 0.0  # detection takes a person for a machine or the other way round
    call_receipt_drop: float = 0.0
    call_receipt_duplicate: float = 0.0
    call_receipt_reorder: float = 0.0


NAMES = tuple(field.name for field in fields(Probabilities))
BEFORE = ("busy", "unavailable", "reset_before", "timeout_before", "refused")
AFTER = ("timeout_after", "reset_after", "error_after", "garbled_after")


class Faults:
    """Which fault strikes now: first those asked for once, in order, then by chance."""

    def __init__(self, seed: object, hang_seconds: float = 30.0, refuse_seconds: float = 2.0) -> None:
        self.chance = Probabilities()
        self.counts: Counter[str] = Counter()
        self.hang_seconds = hang_seconds  # how long a request is left without an answer (real seconds)
        self.refuse_seconds = refuse_seconds  # how long the port stays closed (real seconds)
        self._once: deque[str] = deque()
        self._random = random.Random(f"faults:{seed}")  # noqa: S311 - reproducible, not secret
        self._lock = threading.Lock()

    def set(self, **chances: float) -> None:
        """Set probabilities by name. Raises ValueError: an unknown name, a value not in 0..1."""
        for name, value in chances.items():
            _known(name)
            if not 0 <= value <= 1:
                raise ValueError(f"the probability of {name!r} is {value}: give a number from 0 to 1")
        for name, value in chances.items():
            setattr(self.chance, name, float(value))

    def next(self, name: str) -> None:
        """Let `name` strike once, at its next occasion."""
        _known(name)
        with self._lock:
            self._once.append(name)

    def strikes(self, *names: str) -> str | None:
        """The fault of `names` that strikes on this occasion, or None; counted when it does."""
        with self._lock:
            struck = next((name for name in self._once if name in names), None)
            if struck:
                self._once.remove(struck)
            else:
                chances = ((name, getattr(self.chance, name)) for name in names)
                struck = next((name for name, p in chances if p and self._random.random() < p), None)
            if struck:
                self.counts[struck] += 1
            return struck

    def waiting(self) -> list[str]:
        with self._lock:
            return list(self._once)


def _known(name: str) -> None:
    if name not in NAMES:
        raise ValueError(f"no fault is called {name!r}: choose from {', '.join(NAMES)}")
