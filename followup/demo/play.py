"""Play a clinic day on a virtual clock that steps from one due moment to the next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from followup.clock import SetClock
from followup.demo.product import Product
from followup.simulator import Carrier

ZONE = ZoneInfo("America/New_York")
PROCEDURE_DAY = date(2026, 3, 9)
CHECK_IN_DAY = date(2026, 3, 10)
_STUCK = timedelta(minutes=1)


def evening_before() -> datetime:
    """When the roster comes in: after the last procedure of the day."""
    return datetime.combine(PROCEDURE_DAY, time(18, 30), tzinfo=ZONE).astimezone(UTC)


def half_way() -> datetime:
    """When reminders leave, replies come in and the first phones have rung."""
    return datetime.combine(CHECK_IN_DAY, time(13), tzinfo=ZONE).astimezone(UTC)


def play_day(
    product: Product, carrier: Carrier, clock: SetClock, on_step: Callable[[datetime], None] = lambda _: None
) -> None:
    """From the evening of the procedures to half past eight in the evening after."""
    end = datetime.combine(CHECK_IN_DAY, time(20, 30), tzinfo=ZONE).astimezone(UTC)
    while (step := _next_step(product, carrier, clock())) <= end:
        clock.set(step)
        on_step(step)
        _do_all(product, carrier)
    clock.set(end)
    _do_all(product, carrier)


def _do_all(product: Product, carrier: Carrier) -> None:
    carrier.run_due()
    product.tick()
    carrier.run_due()


def _next_step(product: Product, carrier: Carrier, now: datetime) -> datetime:
    moments = [moment for moment in (product.next_due(), carrier.next_due()) if moment is not None]
    ahead = [moment for moment in moments if moment > now]
    if len(ahead) < len(moments):
        # Something past that is still owed waits for another thing to end; standing still would be for ever.
        ahead.append(now + _STUCK)
    return min(ahead, default=datetime.max.replace(tzinfo=UTC))
