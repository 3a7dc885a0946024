"""`followup demo`: the product, a sample clinic and a simulated carrier on this machine.

The only place where all of them meet: it starts the real web app and the real rounds, and hands the demo
what the commands of the product do.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from followup.cli.base import chosen_clinic
from followup.cli.product import ACCOUNT, FOLDER, FRONT_DESK, RETRIES, SENDER, RealProduct, held
from followup.clock import SetClock, utc_now
from followup.config import Settings

if TYPE_CHECKING:
    from followup.clock import Clock
    from followup.store import Store


@click.command()
@click.option(
    "--headless", is_flag=True, help="Play a whole day without a browser and check that it adds up."
)
@click.option("--patients", default=12, show_default=True, type=click.IntRange(1, 4000))
@click.option("--seed", default=7, show_default=True)
@click.option("--webs", default=0, help="Headless, on PostgreSQL: so many web processes.")
@click.option("--workers", default=0, help="And so many workers, one of which is killed half-way.")
@click.option("--port", default=8000, show_default=True, help="The console and webhooks.")
@click.option("--phones-port", default=8010, show_default=True, help="The simulated carrier and its phones.")
def demo(
    headless: bool, patients: int, seed: int, webs: int, workers: int, port: int, phones_port: int
) -> None:
    """Show the whole line at work with invented patients."""
    if headless:
        sys.exit(_play(patients, seed, webs, workers))
    _open_for_business(patients, seed, port, phones_port)


def _fresh(name: str, *, web: str, carrier: str, token: str) -> tuple[Settings, Store]:
    """A new, migrated database in its own folder, and settings that point at the simulated carrier."""
    from followup.store import open_store, unlock
    from followup.store.migrate import migrate

    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = Settings.from_env(
        env={
            "DATABASE_URL": f"sqlite:///{folder / 'followup.db'}",
            "PUBLIC_URL": web,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": token,
            "TWILIO_API_URL": carrier,
            "FOLLOWUP_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "SECRET_KEY": secrets.token_hex(32),
            "SMTP_URL": f"file:{folder / 'mail'}",
            "FOLLOWUP_TICK_SECONDS": "1",
        }
    )
    unlock(settings.keys)
    store = open_store(settings.database_url)
    migrate(store)
    return settings, store


def _new_carrier(token: str, web: str, clock: Clock, seed: int) -> Any:
    from followup.simulator import Carrier

    carrier = Carrier(account_sid=ACCOUNT, auth_token=token, now=clock, public_url=web, seed=seed)
    carrier.add_number(
        SENDER, sms_url=f"{web}/twilio/sms{RETRIES}", voice_url=f"{web}/twilio/voice/incoming{RETRIES}"
    )
    carrier.add_desk(FRONT_DESK)
    return carrier


def _play(patients: int, seed: int, webs: int, workers: int) -> int:
    """A whole day on a virtual clock; 0 only if everything adds up."""
    from followup.demo.checks import faults_of_the_day
    from followup.demo.funnel import funnel, table
    from followup.demo.on_call import NUMBER, OnCallDoctor
    from followup.demo.play import CHECK_IN_DAY, PROCEDURE_DAY, play_day
    from followup.simulator.people import cast, roster_rows

    began = time.monotonic()
    with _alone(seed) if webs + workers == 0 else _in_processes(seed, webs, workers) as stage:
        product, carrier, clock, on_step = stage
        people = cast(patients, seed)
        for person in people:
            carrier.add_person(person.number, person, person.name)
        carrier.add_person(NUMBER, OnCallDoctor(), "Dr K, on call")
        refused = product.take_roster(roster_rows(people, PROCEDURE_DAY).encode())
        play_day(product, carrier, clock, on_step)
        digest = product.digest(CHECK_IN_DAY)
        click.echo(product.digest_text(CHECK_IN_DAY))
        adds_up, counts = product.reconcile(CHECK_IN_DAY)
        verdict = held(product, CHECK_IN_DAY, carrier, people, refused)
    wrong = [*faults_of_the_day(carrier, digest, len(people), refused), *verdict.wrong]
    click.echo("\nFunnel\n" + table(funnel(carrier, digest)))
    click.echo("\nReconciliation\n" + "\n".join(f"  {line}" for line in counts))
    click.echo(f"  {verdict.held} numbers of the digest held against the carrier's log and the patients")
    click.echo("\nCarrier's bill\n  " + json.dumps(carrier.ledger()))
    click.echo(
        f"\nPlayed in {time.monotonic() - began:.1f} s. " + ("It adds up." if adds_up and not wrong else "")
    )
    for sentence in wrong:
        click.echo(f"It does not add up: {sentence}.", err=True)
    return 0 if adds_up and not wrong else 1


# The product, the carrier, the clock that both read, and what happens at each step of it.
Stage = tuple[RealProduct, Any, SetClock, Callable[[datetime], None]]


@contextmanager
def _alone(seed: int) -> Iterator[Stage]:
    """Web and clock in this process, on SQLite."""
    from followup.demo.play import evening_before
    from followup.demo.welcome import harbor
    from followup.outreach.send import Post
    from followup.setup import open_post
    from webhooks.app import create_app
    from webhooks.server import Server

    web, token, clock = "https://demo.followup.example", secrets.token_hex(16), SetClock(evening_before())
    carrier = _new_carrier(token, web, clock, seed)
    settings, store = _fresh(
        f"day-{seed}", web=web, carrier=f"http://127.0.0.1:{carrier.serve()}", token=token
    )
    server = Server(create_app(settings, store, clock), "127.0.0.1", 0)
    carrier.webhooks.deliver_to = f"http://127.0.0.1:{server.port}"
    way_out = open_post(settings, store)
    with server.in_background():
        _add_clinic(store, harbor(), clock)
        post = Post(way_out.carrier, way_out.mailbox, web, threads=1)
        yield RealProduct(store, post, clock), carrier, clock, lambda _: None
    carrier.stop()
    store.close()


@contextmanager
def _in_processes(seed: int, webs: int, workers: int) -> Iterator[Stage]:
    """Web and worker processes on the PostgreSQL that DATABASE_URL names; one worker is killed half-way."""
    from followup.cli.base import CouldNotStart
    from followup.cli.mortal import SharedClock
    from followup.cli.processes import set_up
    from followup.demo.play import evening_before, half_way
    from followup.demo.welcome import harbor

    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        raise CouldNotStart(
            "Several workers need PostgreSQL: let DATABASE_URL name an empty database, or leave out "
            "--webs and --workers."
        )
    clock = SharedClock(evening_before())
    with set_up(clock, seed, harbor(), webs=max(webs, 1), workers=max(workers, 1)) as (product, carrier):

        def kill_one(now: datetime) -> None:
            if now >= half_way() and not product.mortals.killed["worker"]:
                product.mortals.doom_a_worker()

        yield product, carrier, clock, kill_one
        if product.mortals.troubles:
            raise RuntimeError("a part of a round failed: " + ", ".join(product.mortals.troubles))
        click.echo(f"{webs} webs, {workers} workers, {product.mortals.killed['worker']} of them killed.\n")


def _add_clinic(store: Store, text: str, clock: Clock) -> None:
    from followup.intake.clinics import set_clinic

    with store.write() as session:
        set_clinic(session, text, clock())


def _open_for_business(patients: int, seed: int, port: int, phones_port: int) -> None:
    """Web, clock and carrier on the real clock, until Ctrl-C."""
    from followup.cli.base import CouldNotStart
    from followup.console.accounts import add_staff
    from followup.demo.welcome import PASSWORD, STAFF, sample_clinic, seat, welcome, yesterday
    from followup.logs import set_up_logs
    from followup.setup import open_post
    from followup.simulator.people import cast, roster_rows
    from scheduler.metronome import start
    from webhooks.app import create_app
    from webhooks.server import Server, until_stopped

    set_up_logs(logging.WARNING)  # the visitor's terminal is for the addresses
    web, token = f"http://127.0.0.1:{port}", secrets.token_hex(16)
    carrier = _new_carrier(token, web, utc_now, seed)
    settings, store = _fresh("open", web=web, carrier=f"http://127.0.0.1:{phones_port}", token=token)
    try:
        server = Server(create_app(settings, store, utc_now), "127.0.0.1", port)
        carrier.start(phones_port)
    except OSError as problem:
        raise CouldNotStart(
            f"A port of the demo is taken ({problem}); see --port and --phones-port."
        ) from None
    _add_clinic(store, sample_clinic(utc_now()), utc_now)
    with store.write() as session:
        for email, role in STAFF:
            add_staff(session, chosen_clinic(session, "harbor"), email, role, PASSWORD, utc_now())
    people = cast(patients, seed)
    seat(carrier, people)
    product = RealProduct(store, open_post(settings, store), utc_now)
    product.take_roster(roster_rows(people, yesterday(utc_now())).encode())
    clock = start(settings, store, product.post, utc_now)
    click.echo(welcome(web, f"http://127.0.0.1:{phones_port}"))
    with server.in_background(), until_stopped():
        pass
    clock.shutdown(wait=True)
    carrier.stop()
    store.close()
