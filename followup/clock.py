"""One clock behind everything: real, or set by hand.

A clock is any callable that returns an aware UTC datetime. `--now` and the headless demo set it by hand;
nothing in the program asks the system for the time anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._moment

    def set(self, moment: datetime) -> None:
        """Move to `moment`, never back: rows already written would lie in the future."""
        self._moment = max(self._moment, moment.astimezone(UTC))


def parse_moment(value: str) -> datetime:
    """An ISO 8601 moment with its zone, in UTC. Raises ValueError with a sentence."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a moment; write it like 2026-03-10T14:00:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone; write it like 2026-03-10T14:00:00Z")
    return moment.astimezone(UTC)
