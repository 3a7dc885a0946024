"""The phones of a simulated day: what stands on each screen, and whose hand holds it.

A phone belongs to a script, which answers by itself, until somebody types on it: then it is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal

from .scripts import Line, Script

Side = Literal["clinic", "patient", "note", "voicemail"]
_ids = count(1)  # bubbles are told apart across phones, so that a page can ask "anything after 17?"


@dataclass
class Bubble:
    """One thing on a phone's screen, at `at` (aware UTC)."""

    side: Side
    text: str
    at: datetime
    other: str = ""  # the number at the far end
    id: int = field(default_factory=lambda: next(_ids))

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "side": self.side,
            "text": self.text,
            "at": self.at.isoformat(),
            "other": self.other,
        }


@dataclass
class Phone:
    number: str
    name: str = ""
    script: Script | None = None
    auto: bool = True  # False: a hand on the page holds it, the script keeps still
    bubbles: list[Bubble] = field(default_factory=list)
    unread: int = 0
    call: str = ""  # sid of the call it is in or that rings

    @property
    def line(self) -> Line:
        return self.script.line if self.script else "mobile"

    @property
    def acting(self) -> Script | None:
        """The script, while it is the one that answers."""
        return self.script if self.auto else None

    def show(self, side: Side, text: str, at: datetime, other: str = "") -> None:
        self.bubbles.append(Bubble(side, text, at, other))
        if side in ("clinic", "voicemail"):
            self.unread += 1
