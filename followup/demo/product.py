"""What the demo may ask of the product: the same things its commands do, and nothing behind them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Protocol


class Product(Protocol):
    def take_roster(self, csv: bytes) -> int:
        """Import a roster; returns how many lines were refused."""

    def tick(self) -> None:
        """One round of everything that is due."""

    def next_due(self) -> datetime | None:
        """When a tick will find work (UTC)."""

    def digest(self, day: date) -> dict[str, Any]:
        """The digest as JSON."""

    def digest_text(self, day: date) -> str:
        """The digest as staff would print it."""

    def reconcile(self, day: date) -> tuple[bool, list[str]]:
        """Whether it adds up, and the counts or the sentences that say what is missing."""
