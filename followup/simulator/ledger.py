"""What the day would have cost: list prices of US texting and calling, added up as Twilio bills them.

The prices are public list prices in US dollars and only as good as the day they were read; pass others to
`Ledger(prices=...)`. Calls are billed in whole minutes, automatic STOP replies are free.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Prices:
    """US dollars: per segment, per message, per begun minute, per detection."""

    segment_out: Decimal = Decimal("0.0083")
    segment_in: Decimal = Decimal("0.0083")
    carrier_fee: Decimal = Decimal("0.0035")  # per outbound segment that left
    failed_message: Decimal = Decimal("0.001")
    minute_out: Decimal = Decimal("0.014")
    minute_in: Decimal = Decimal("0.0085")
    detection: Decimal = Decimal("0.0075")


class Ledger:
    def __init__(self, prices: Prices | None = None) -> None:
        self.prices = prices or Prices()
        self._lock = threading.Lock()
        self._count = {"segments_out": 0, "segments_in": 0, "calls": 0, "minutes": 0, "detections": 0}
        self._amount = Decimal(0)

    def text_out(self, segments: int) -> Decimal:
        return self._add(
            segments * (self.prices.segment_out + self.prices.carrier_fee), segments_out=segments
        )

    def text_in(self, segments: int) -> Decimal:
        return self._add(segments * self.prices.segment_in, segments_in=segments)

    def text_failed(self) -> Decimal:
        return self._add(self.prices.failed_message)

    def call(self, seconds: int, *, inbound: bool) -> Decimal:
        """A call that was answered, `seconds` long; one that nobody answered costs nothing, leave it out."""
        minutes = max(1, -(-seconds // 60))
        rate = self.prices.minute_in if inbound else self.prices.minute_out
        return self._add(minutes * rate, calls=1, minutes=minutes)

    def detection(self) -> Decimal:
        return self._add(self.prices.detection, detections=1)

    def _add(self, price: Decimal, **counts: int) -> Decimal:
        with self._lock:
            for name, number in counts.items():
                self._count[name] += number
            self._amount += price
        return price

    def __call__(self) -> dict[str, int | str]:
        """The totals so far: counts as whole numbers, `amount` a decimal string, `currency` USD.

        `calls` counts those that were answered, and so billed.
        """
        with self._lock:
            return {**self._count, "amount": f"{self._amount:.4f}", "currency": "USD"}
