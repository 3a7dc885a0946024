"""What an answering machine keeps of a call: the words said after its greeting, as far as they were said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Tape:
    """Records from `starts` (aware UTC). Words are said evenly over the time their speech takes."""

    starts: datetime
    kept: list[str] = field(default_factory=list)
    _speech: tuple[datetime, float, list[str]] | None = None

    def speech(self, now: datetime, words: str, seconds: float) -> None:
        """Speech that begins now, and cuts off what was being said."""
        self.stop(now)
        self._speech = (now, seconds, words.split())

    def stop(self, now: datetime) -> str:
        """Everything kept, with what was being said up to now: whole words, begun after the greeting."""
        if self._speech:
            began, seconds, words = self._speech
            said = (now - began) / timedelta(seconds=1) + 0.001  # a thousandth over, for what rounding takes
            missed = (self.starts - began) / timedelta(seconds=1)
            each = seconds / max(1, len(words))
            self.kept += [w for n, w in enumerate(words) if n * each >= missed and (n + 1) * each <= said]
            self._speech = None
        return " ".join(self.kept)
