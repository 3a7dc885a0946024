"""How a virtual person behaves: the shape of a script, and a plain one that follows a list.

Tests use `Scripted`; the demo's patients, who read what they are asked, are in `person.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

# What happens to texts sent to this number, and the error the sender is told.
Line = Literal["mobile", "landline", "unreachable", "inactive", "filtered", "blocked"]
LINE_ERRORS: dict[str, int] = {
    "landline": 30006,
    "unreachable": 30003,
    "inactive": 30005,
    "filtered": 30007,
    "blocked": 30004,
}


@dataclass(frozen=True)
class Ring:
    """What a phone does when it rings, after so many seconds.

    `ring`: nobody comes, until the caller's timeout. A `machine` plays its greeting for `greeting` seconds
    and then records, with a beep if `beep`.
    """

    outcome: Literal["answer", "ring", "busy", "reject", "machine", "fail"] = "answer"
    after: float = 6.0
    greeting: float = 9.0
    beep: bool = True


class Script(Protocol):
    """A person's side of everything. Delays are in seconds from the moment they are asked."""

    @property
    def line(self) -> Line: ...

    def text_arrived(self, text: str, at: datetime) -> Sequence[tuple[float, str]]:
        """Replies to send: (delay, words)."""

    def rings(self, at: datetime) -> Ring: ...

    def hears(self, words: str, seconds: float, at: datetime) -> Sequence[tuple[float, str]]:
        """What to do while or after `words` are said, which takes `seconds`: (delay, act).

        An act is keys ("7#", one at a time 0.6 s apart), "say:" and words, or "hang up".
        """


@dataclass
class Scripted:
    """Follows lists: the nth text gets the nth reply, the nth thing heard the nth act; then silence.

    None or "" in a list is silence for that turn. `text_delay` and `act_delay` are seconds; an act comes that
    long after the words have ended.
    """

    texts: Sequence[str | None] = ()
    calls: Sequence[Ring] = (Ring(),)
    acts: Sequence[str | None] = ()
    line: Line = "mobile"
    text_delay: float = 60.0
    act_delay: float = 1.0
    heard: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    _rung: int = 0

    def text_arrived(self, text: str, at: datetime) -> Sequence[tuple[float, str]]:
        turn = len(self.received)
        self.received.append(text)
        reply = self.texts[turn] if turn < len(self.texts) else None
        return [(self.text_delay, reply)] if reply else []

    def rings(self, at: datetime) -> Ring:
        """The nth call gets the nth ring, later ones the last."""
        ring = self.calls[min(self._rung, len(self.calls) - 1)]
        self._rung += 1
        return ring

    def hears(self, words: str, seconds: float, at: datetime) -> Sequence[tuple[float, str]]:
        turn = len(self.heard)
        self.heard.append(words)
        act = self.acts[turn] if turn < len(self.acts) else None
        return [(seconds + self.act_delay, act)] if act else []
