"""What a day's follow-up cost at the carrier: segments and calls times prices kept as data."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

from followup.digest.model import Cost


def cost(*, segments_out: int, segments_in: int, calls: Sequence[int], completed: int) -> Cost:
    """Price texts that left and came, and calls by their seconds; one that nobody answered (0) is free."""
    price = prices()
    amount = (
        segments_out * (price["segment_out"] + price["carrier_fee_out"])
        + segments_in * price["segment_in"]
        + sum(math.ceil(seconds / 60) for seconds in calls) * price["call_minute"]
        + sum(seconds > 0 for seconds in calls) * price["machine_detection"]
    )
    return Cost(segments_out + segments_in, len(calls), amount, _currency(), completed)


@cache
def _file() -> dict[str, str]:
    return dict(tomllib.loads((Path(__file__).parent / "prices.toml").read_text(encoding="utf-8")))


def prices() -> dict[str, Decimal]:
    """US dollars by name, as prices.toml has them."""
    return {name: Decimal(value) for name, value in _file().items() if name != "currency"}


def _currency() -> str:
    return _file()["currency"]
