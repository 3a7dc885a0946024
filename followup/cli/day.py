"""Commands of a clinic day: tick, digest, reconcile."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime

import click

from followup.cli.base import DAY, chosen_clinic, clinic_option, now_option, open_database, owner
from followup.clock import SetClock, utc_now
from followup.config import CLOCK


@click.command()
@now_option
def tick(now: datetime | None) -> None:
    """One round of everything that is due, then exit."""
    from followup.logs import set_up_logs
    from followup.setup import open_post
    from scheduler.rounds import one_round

    set_up_logs()
    with open_database(CLOCK) as (settings, store):
        one_round(store, open_post(settings, store), owner(), SetClock(now) if now else utc_now)


@click.command()
@clinic_option
@click.option("--date", "day", type=DAY, required=True)
@now_option
@click.option("--format", "shape", type=click.Choice(["text", "html", "json"]), default="text")
@click.option("--send", is_flag=True, help="Also send the e-mail to the clinic's recipients.")
def digest(code: str | None, day: date, now: datetime | None, shape: str, send: bool) -> None:
    """The digest of a local day."""
    from followup.digest.build import build
    from followup.digest.deliver import send_now
    from followup.digest.render_html import render_html
    from followup.digest.render_json import render_json
    from followup.digest.render_text import render_text

    moment = now or utc_now()
    with open_database() as (_, store):
        with store.read() as session:
            made = build(session, chosen_clinic(session, code), day, moment)
        if send:
            with store.write() as session:
                send_now(session, chosen_clinic(session, code), day, moment)
    if shape == "json":
        click.echo(json.dumps(render_json(made), ensure_ascii=False, indent=2))
    else:
        click.echo(render_text(made) if shape == "text" else render_html(made, standalone=True))


@click.command()
@clinic_option
@click.option("--date", "day", type=DAY, required=True)
@now_option
def reconcile(code: str | None, day: date, now: datetime | None) -> None:
    """Prove that every procedure stands in exactly one place; exit 1 and the list if not."""
    from followup.digest.reconcile import reconcile as count

    with open_database() as (_, store), store.read() as session:
        result = count(session, chosen_clinic(session, code), day, now or utc_now())
    for name, number in result.counts.items():
        click.echo(f"{name}: {number}")
    for sentence in result.missing:
        click.echo(sentence, err=True)
    click.echo("It adds up." if result.ok else "It does not add up.")
    sys.exit(0 if result.ok else 1)
