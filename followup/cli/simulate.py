"""`followup simulate`: days under faults, processes killed, and proof that nobody was missed or asked twice.

Here and not in the demo because it starts the product's own processes and opens its database for the counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, TextIO

import click

from followup.cli.base import CouldNotStart
from followup.cli.mortal import SharedClock
from followup.cli.processes import Outlasting, set_up
from followup.cli.product import held

if TYPE_CHECKING:
    from followup.simulator import Carrier
    from followup.simulator.person import Person


@click.command()
@click.option("--patients", default=60, show_default=True, type=click.IntRange(1, 4000))
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 30))
@click.option("--faults", default="all", show_default=True, help="all, none, or NAME=P,NAME=P ...")
@click.option(
    "--kill-every", default=2.0, show_default=True, help="Seconds between two kills; 0 kills nobody."
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 8), help="PostgreSQL only.")
@click.option("--webs", default=1, show_default=True, type=click.IntRange(1, 8))
@click.option("--seed", default=7, show_default=True)
@click.option("--log", type=click.File("w"), help="Write the carrier's log there, a JSON object a line.")
def simulate(
    patients: int,
    days: int,
    faults: str,
    kill_every: float,
    workers: int,
    webs: int,
    seed: int,
    log: TextIO | None,
) -> None:
    """Play days under faults and check what must be true from the carrier's log; exit 1 if it is not.

    On SQLite in a folder of its own, or on the database that DATABASE_URL names, which must be empty. With
    FOLLOWUP_KEYS given, the commands of the product can read the same days afterwards.
    """
    from followup.demo.invariants import violations
    from followup.demo.storm import Storm, chances, survived
    from followup.demo.welcome import harbor

    try:
        likely = chances(faults)
    except ValueError as problem:
        raise CouldNotStart(f"--faults: {problem}.") from None
    began, storm = time.monotonic(), Storm(patients, days, seed)
    clock = SharedClock(storm.begins)
    text = harbor()
    clinic = text if "[day_of]" in text else f"{text}\n[day_of]\nat_minutes = 60\n"
    with set_up(clock, seed, clinic, webs=webs, workers=workers) as (product, carrier):
        for person in (p for day in storm.people for p in day):
            carrier.add_person(person.number, person, person.name)
        carrier.faults.hang_seconds, carrier.faults.refuse_seconds = 1.0, 0.2
        carrier.faults.set(**likely)
        if kill_every > 0:
            product.mortals.storm(kill_every)
        storm.play(product, carrier, clock, _Shown())
        product.mortals.calm()
        wrong = violations(storm, product, carrier)
        for fact in carrier.log if log else ():
            click.echo(
                json.dumps({"at": str(fact.at), "kind": fact.kind, **fact.data}, default=str), file=log
            )
        days_said = [_day(product, day, carrier, people, not likely and kill_every <= 0, wrong)
                     for day, people in zip(storm.check_in_days(), storm.people, strict=True)]  # fmt: skip
        killed, troubles = product.mortals.killed, len(product.mortals.troubles)
        made = len(carrier.log.of("create", "call"))
        came = len(carrier.log.of("inbound"))
        lost = sum(f["error"] != 0 for f in carrier.log.of("webhook"))
        rows = sorted((name, count) for name, count in carrier.faults.counts.items() if count)
    rows += [("worker killed", killed["worker"]), ("web killed", killed["web"])]
    rows += [("webhooks that failed", lost), ("rounds that failed", troubles)]
    click.echo("\nSurvived\n" + survived(rows))
    click.echo("\nDigests\n" + "\n".join(days_said))
    click.echo(f"\n{patients} patients, {made} texts and calls made, {came} texts came in.")
    click.echo(f"Played in {time.monotonic() - began:.0f} s: {len(wrong)} violations.")
    for sentence in wrong:
        click.echo(sentence, err=True)
    sys.exit(1 if wrong else 0)


def _day(
    product: Outlasting, day: date, carrier: Carrier, people: Sequence[Person], calm: bool, wrong: list[str]
) -> str:
    """The digest's own sum; on a day without faults every number of it is counted again from the log."""
    digest = product.digest(day)
    buckets = " + ".join(f"{len(found)} {name}" for name, found in digest["buckets"].items())
    said = f"  {day}  {digest['procedures']} = {buckets}"
    if not calm:
        return said
    verdict = held(product, day, carrier, people, 0)
    wrong.extend(verdict.wrong)
    cost = digest["cost"]
    return (
        f"{said}\n  {cost['segments']} segments, {cost['calls']} calls, {cost['currency']} {cost['amount']}; "
        f"{verdict.held} numbers held against the carrier's log, the patients and reconcile"
    )


class _Shown:
    """A line for each hour played, so that a long run is seen to move."""

    def __init__(self) -> None:
        self._hour = -1

    def __call__(self, now: datetime) -> None:
        if now.hour != self._hour:
            self._hour = now.hour
            click.echo(f"{now:%Y-%m-%d %H:%M} UTC", err=True)
