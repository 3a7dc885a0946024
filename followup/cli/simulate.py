"""`followup simulate`: days under faults, processes killed, and proof that nobody was missed or asked twice.

Here and not in the demo because it starts the product's own processes and opens its database for the counts.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from followup.cli.base import CouldNotStart
from followup.cli.demo import ACCOUNT, FOLDER, FRONT_DESK, SENDER, RealProduct, held
from followup.cli.mortal import Mortals, SharedClock
from followup.config import Settings, SettingsError

if TYPE_CHECKING:
    from followup.outreach.send import Post
    from followup.simulator import Carrier
    from followup.simulator.person import Person
    from followup.store import Store

PUBLIC = "https://storm.followup.example"
_RETRIES = "#rc=3&rp=all"  # as the clinic's numbers are set up: Twilio then asks again, whatever failed


class Outlasting(RealProduct):
    """The product as a storm sees it: rounds are done by processes that may die."""

    def __init__(self, store: Store, post: Post, clock: SharedClock, mortals: Mortals) -> None:
        super().__init__(store, post, clock)
        self.mortals = mortals

    def tick(self) -> None:
        self.mortals.tick()

    def heard(self) -> set[str]:
        from sqlmodel import select

        from followup.store.models import Inbound

        with self.store.read() as session:
            return set(session.exec(select(Inbound.sid)).all())

    def warned(self) -> set[str]:
        from sqlmodel import select

        from followup.store.models import Outbound

        with self.store.read() as session:
            rows = session.exec(select(Outbound.id).where(Outbound.step == "safety")).all()
        return {str(row) for row in rows}

    def unsettled(self) -> list[str]:
        from sqlmodel import col, select

        from followup.store.models import Outbound

        with self.store.read() as session:
            rows = session.exec(
                select(Outbound).where(
                    col(Outbound.state).in_(("planned", "sending", "unsure")), Outbound.step != "page"
                )
            ).all()
        return [f"{r.channel} {r.id} ({r.step}) is still {r.state}: {r.reason}" for r in rows]


@click.command()
@click.option("--patients", default=60, show_default=True, type=click.IntRange(1, 4000))
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 30))
@click.option("--faults", default="all", show_default=True, help="all, none, or NAME=P,NAME=P ...")
@click.option(
    "--kill-every", default=2.0, show_default=True, help="Seconds between two kills; 0 kills nobody."
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 8), help="PostgreSQL only.")
@click.option("--seed", default=7, show_default=True)
@click.option("--log", type=click.File("w"), help="Write the carrier's log there, a JSON object a line.")
def simulate(
    patients: int, days: int, faults: str, kill_every: float, workers: int, seed: int, log: TextIO | None
) -> None:
    """Play days under faults and check what must be true from the carrier's log; exit 1 if it is not.

    On SQLite in a folder of its own, or on the database that DATABASE_URL names, which must be empty. With
    FOLLOWUP_KEYS given, the commands of the product can read the same days afterwards.
    """
    from followup.demo.invariants import violations
    from followup.demo.storm import Storm, chances, survived

    try:
        likely = chances(faults)
    except ValueError as problem:
        raise CouldNotStart(f"--faults: {problem}.") from None
    began, storm = time.monotonic(), Storm(patients, days, seed)
    clock = SharedClock(storm.begins)
    with _set_up(clock, seed, workers) as (product, carrier):
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


@contextmanager
def _set_up(clock: SharedClock, seed: int, workers: int) -> Iterator[tuple[Outlasting, Carrier]]:
    """An empty database, the carrier, the processes, and the demo's clinic with a text on the day."""
    from followup.demo.on_call import NUMBER, OnCallDoctor
    from followup.intake.clinics import set_clinic
    from followup.setup import open_post
    from followup.simulator import Carrier

    token, port = secrets.token_hex(16), _free_port()
    carrier = Carrier(
        account_sid=ACCOUNT, auth_token=token, now=clock, public_url=PUBLIC,
        deliver_to=f"http://127.0.0.1:{port}", seed=seed,
    )  # fmt: skip
    carrier.add_number(
        SENDER,
        sms_url=f"{PUBLIC}/twilio/sms{_RETRIES}",
        voice_url=f"{PUBLIC}/twilio/voice/incoming{_RETRIES}",
    )
    carrier.add_desk(FRONT_DESK)
    carrier.add_person(NUMBER, OnCallDoctor(), "Dr K, on call")
    env = _environment(seed, token, carrier.serve())
    settings, store = _empty(env)
    text = (Path(__file__).parents[1] / "demo" / "harbor.toml").read_text(encoding="utf-8")
    with store.write() as session:
        set_clinic(session, text if "[day_of]" in text else f"{text}\n[day_of]\nat_minutes = 60\n", clock())
    mortals = Mortals(env, clock, port, workers if settings.sqlite_path is None else 1, seed)
    try:
        yield Outlasting(store, open_post(settings, store), clock, mortals), carrier
    finally:
        mortals.close()
        carrier.stop()
        store.close()


def _environment(seed: int, token: str, carrier_port: int) -> dict[str, str]:
    given = os.environ.get("DATABASE_URL")
    folder = FOLDER / f"storm-{seed}{'-elsewhere' if given else ''}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {
        "DATABASE_URL": given or f"sqlite:///{folder.resolve() / 'followup.db'}",
        "PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": token,
        "TWILIO_API_URL": f"http://127.0.0.1:{carrier_port}",
        "FOLLOWUP_KEYS": os.environ.get("FOLLOWUP_KEYS")
        or base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SECRET_KEY": secrets.token_hex(32),
        "SMTP_URL": f"file:{folder.resolve() / 'mail'}",
        "FOLLOWUP_SPOOL": str(folder.resolve() / "spool"),
    }


def _empty(env: dict[str, str]) -> tuple[Settings, Store]:
    """A migrated database without a clinic: invented patients must never meet real ones."""
    from sqlmodel import select

    from followup.store import open_store, unlock
    from followup.store.migrate import migrate
    from followup.store.models import Clinic

    try:
        settings = Settings.from_env(env=env)
    except SettingsError as problem:
        raise CouldNotStart(str(problem)) from None
    unlock(settings.keys)
    store = open_store(settings.database_url)
    migrate(store)
    with store.read() as session:
        if session.exec(select(Clinic.id)).first() is not None:
            raise CouldNotStart(
                "DATABASE_URL names a database with a clinic in it; give `simulate` an empty one."
            )
    return settings, store


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
