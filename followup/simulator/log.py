"""The carrier's own record of what happened, in order: what invariants are checked against.

It is a list and nothing else, so that a check reads it with a comprehension. It holds bodies and numbers:
everything in a simulator is invented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened at `at` (aware UTC). `kind` says what, `data` the particulars; the kinds are
    listed in docs/simulator.md."""

    at: datetime
    kind: str
    data: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self.data.get(key, default)


class Log(list[Fact]):
    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now

    def note(self, kind: str, **data: Any) -> None:
        self.append(Fact(self._now(), kind, data))

    def of(self, *kinds: str) -> list[Fact]:
        return [fact for fact in list(self) if fact.kind in kinds]
