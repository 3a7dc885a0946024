"""Days played in a storm: everything that can go wrong does, while processes are killed and restarted.

Time steps a quarter of a minute at least: the product looks for due work every few seconds anyway, and a run
is worth the faults it meets in a minute of the machine's time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from followup.clock import SetClock
from followup.demo.play import PROCEDURE_DAY, ZONE
from followup.simulator import Carrier
from followup.simulator.faults import NAMES
from followup.simulator.people import cast, roster_rows
from followup.simulator.person import Person

# "--faults all": each often enough to strike in a run of a hundred patients, seldom enough that days go on.
ALL = {
    "busy": 0.05, "unavailable": 0.03, "reset_before": 0.02, "timeout_before": 0.01, "refused": 0.005,
    "timeout_after": 0.01, "reset_after": 0.02, "error_after": 0.03, "garbled_after": 0.02,
    "receipt_before_response": 0.05, "receipt_drop": 0.1, "receipt_duplicate": 0.1, "receipt_reorder": 0.1,
    "receipt_late": 0.03, "no_receipt": 0.05, "contradiction": 0.1, "unreachable": 0.01, "filtered": 0.01,
    "unknown_error": 0.02, "inbound_duplicate": 0.1, "inbound_late": 0.05, "answer_lost": 0.05,
    "wrong_verdict": 0.1, "call_receipt_drop": 0.1, "call_receipt_duplicate": 0.1,
    "call_receipt_reorder": 0.1,
}  # fmt: skip
FAR = ZoneInfo("Pacific/Honolulu")
_STEP = timedelta(seconds=15)
_LOOK_IN = timedelta(minutes=10)  # nothing due is still a round now and then: nights are compared in one


class Survivor(Protocol):
    """What a storm may ask of the product, whose processes die meanwhile."""

    def take_roster(self, csv: bytes) -> int:
        """Import a roster; returns how many lines were refused."""

    def tick(self) -> None:
        """One round of everything that is due, unless the worker dies in it."""

    def next_due(self) -> datetime | None:
        """When a tick will find work (UTC)."""

    def digest(self, day: date) -> dict[str, Any]:
        """The digest as JSON."""

    def reconcile(self, day: date) -> tuple[bool, list[str]]:
        """Whether it adds up, and the counts or the sentences that say what is missing."""

    def heard(self) -> set[str]:
        """The carrier's ids of every text that was stored."""

    def warned(self) -> set[str]:
        """Its rows, by number, that answer a warning sign with the safety text."""

    def unsettled(self) -> list[str]:
        """Messages whose fate is still open, in words."""


@dataclass
class Storm:
    """So many patients over so many days, a roster each day at noon; some live where the day begins later."""

    patients: int
    days: int
    seed: int
    people: list[list[Person]] = field(init=False)
    zones: dict[str, ZoneInfo] = field(init=False)  # by phone

    def __post_init__(self) -> None:
        everybody = cast(self.patients, self.seed)
        each = -(-len(everybody) // self.days)
        self.zones = {p.number: FAR if n % 4 == 3 else ZONE for n, p in enumerate(everybody)}
        self.people = [everybody[day * each : (day + 1) * each] for day in range(self.days)]

    @property
    def begins(self) -> datetime:
        return datetime.combine(PROCEDURE_DAY, time(12), tzinfo=ZONE)

    @property
    def ends(self) -> datetime:
        """After the last comparison with the carrier's list: for those who live late, a UTC day later."""
        return self.begins + timedelta(days=self.days + 1, hours=12)

    def check_in_days(self) -> list[date]:
        return [PROCEDURE_DAY + timedelta(days=n + 1) for n in range(self.days)]

    def play(
        self, product: Survivor, carrier: Carrier, clock: SetClock, on_step: Callable[[datetime], None]
    ) -> None:
        for number, patients in enumerate(self.people):
            self._run(product, carrier, clock, self.begins + timedelta(days=number), on_step)
            for zone in (ZONE, FAR):
                living_there = [p for p in patients if self.zones[p.number] == zone]
                rows = roster_rows(living_there, PROCEDURE_DAY + timedelta(days=number), zone.key)
                product.take_roster(rows.encode())
        self._run(product, carrier, clock, self.ends, on_step)

    def _run(
        self,
        product: Survivor,
        carrier: Carrier,
        clock: SetClock,
        end: datetime,
        on_step: Callable[[datetime], None],
    ) -> None:
        while clock() < end:
            moments = [m for m in (product.next_due(), carrier.next_due()) if m is not None]
            soonest = min([*moments, clock() + _LOOK_IN])
            clock.set(min(max(soonest, clock() + _STEP), end))
            on_step(clock())
            carrier.run_due()
            product.tick()
            carrier.run_due()


def chances(text: str) -> dict[str, float]:
    """`all`, `none`, or `busy=0.1,answer_lost=0.05`. Raises ValueError with a sentence."""
    if text in ("all", "none"):
        return ALL if text == "all" else {}
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name.strip() not in NAMES:
            raise ValueError(f"{name.strip()!r} is no fault; choose all, none, or of {', '.join(NAMES)}")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise ValueError(f"{part!r} has no number; write it like busy=0.1") from None
    return found


def survived(counts: Sequence[tuple[str, int]]) -> str:
    """How many of each fault there were, as a table."""
    widest = max((len(name) for name, _ in counts), default=0)
    return "\n".join(f"  {name:<{widest}}  {count:>5}" for name, count in counts)
