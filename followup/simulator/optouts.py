"""The carrier's own STOP list, one per sender or messaging service.

By default only a message that is exactly one English keyword counts, whatever its case: "STOP please" and
"ALTO" do nothing here, which is why a product may never rely on the carrier for them. (Twilio: Advanced
Opt-Out; the toll-free layer; Message Redaction, under which the filter must be off.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["default", "tollfree", "advanced", "off"]

STOP = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
START = frozenset(["START", "YES", "UNSTOP"])
HELP = frozenset(["HELP", "INFO"])
TOLLFREE_START = frozenset(["START", "UNSTOP"])

STOPPED = "You are unsubscribed and will get no more messages from this number. Reply START to undo."
STARTED = "You are subscribed again to messages from this number. Reply HELP for help, STOP to stop."
HELPED = "Reply STOP to get no more messages from this number. Message and data rates may apply."
NETWORK_STOPPED = 'NETWORK MSG: "STOP" was received; texts from this number are blocked. UNSTOP undoes it.'


@dataclass(frozen=True)
class Heard:
    """What the carrier made of an inbound text. `kind` is "" when it was no keyword to it."""

    kind: Literal["", "STOP", "START", "HELP"] = ""
    reply: str = ""


class OptOuts:
    """`key` is the number texted, or the messaging service it belongs to: one list for the whole pool."""

    def __init__(self) -> None:
        self._blocked: set[tuple[str, str]] = set()
        self.extra: dict[str, frozenset[str]] = {
            "STOP": frozenset(),
            "START": frozenset(),
            "HELP": frozenset(),
        }

    def blocked(self, key: str, phone: str) -> bool:
        return (key, phone) in self._blocked

    def heard(self, key: str, phone: str, body: str, mode: Mode) -> Heard:
        """Apply `body` to the list and say what the carrier answers by itself."""
        if mode == "off":
            return Heard()
        word = body.strip().upper()
        if self._is(word, "STOP", STOP, mode):
            self._blocked.add((key, phone))
            return Heard("STOP", NETWORK_STOPPED if mode == "tollfree" else STOPPED)
        if self._is(word, "START", TOLLFREE_START if mode == "tollfree" else START, mode):
            # A START from someone who never stopped changes nothing and is not answered.
            was_blocked = (key, phone) in self._blocked
            self._blocked.discard((key, phone))
            return Heard("START", STARTED if was_blocked else "")
        if self._is(word, "HELP", HELP, mode):
            return Heard("HELP", HELPED)
        return Heard()

    def _is(self, word: str, kind: str, standard: frozenset[str], mode: Mode) -> bool:
        return word in standard or (mode == "advanced" and word in self.extra[kind])
