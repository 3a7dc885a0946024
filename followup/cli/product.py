"""The product and its numbers as the demo and the storms see them: what its commands do, nothing behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from followup.cli.base import chosen_clinic

if TYPE_CHECKING:
    from followup.clock import Clock
    from followup.demo.witness import Verdict
    from followup.outreach.send import Post
    from followup.simulator import Carrier
    from followup.simulator.person import Person
    from followup.store import Store

FOLDER = Path(".demo")
ACCOUNT = "AC" + "0" * 32
SENDER = "+12025550123"
FRONT_DESK = "+12025550101"
RETRIES = "#rc=3&rp=all"  # as a clinic sets its numbers up: Twilio then asks again, whatever failed


@dataclass
class RealProduct:
    """The product as the demo sees it (`followup.demo.product.Product`)."""

    store: Store
    post: Post
    clock: Clock

    def take_roster(self, csv: bytes) -> int:
        from followup.intake.importing import import_roster

        return import_roster(self.store, "harbor", csv, self.clock()).refused_lines

    def tick(self) -> None:
        from scheduler.rounds import one_round

        if one_round(self.store, self.post, "demo", self.clock):
            raise RuntimeError("a part of the round failed; the log says which")

    def next_due(self) -> datetime | None:
        from scheduler.rounds import next_round

        return next_round(self.store)

    def digest(self, day: date) -> dict[str, Any]:
        from followup.digest.build import build
        from followup.digest.render_json import render_json

        with self.store.read() as session:
            return render_json(build(session, chosen_clinic(session, "harbor"), day, self.clock()))

    def digest_text(self, day: date) -> str:
        from followup.digest.build import build
        from followup.digest.render_text import render_text

        with self.store.read() as session:
            return render_text(build(session, chosen_clinic(session, "harbor"), day, self.clock()))

    def reconcile(self, day: date) -> tuple[bool, list[str]]:
        from followup.digest.reconcile import reconcile

        with self.store.read() as session:
            found = reconcile(session, chosen_clinic(session, "harbor"), day, self.clock())
        return found.ok, [*(f"{name}: {count}" for name, count in found.counts.items()), *found.missing]


def held(
    product: RealProduct, day: date, carrier: Carrier, people: Sequence[Person], refused: int
) -> Verdict:
    """Every number of a day's digest against `reconcile`, the carrier's log and what the patients know."""
    from followup.demo.witness import hold
    from followup.digest.cost import prices

    counts = (line.rpartition(": ") for line in product.reconcile(day)[1])
    reconciled = {name: int(count) for name, _, count in counts if count.isdecimal()}
    return hold(product.digest(day), reconciled, carrier, people, refused, prices())
