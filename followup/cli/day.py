"""Commands of a clinic day: tick, digest, series, outcomes, reconcile."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from followup.cli.base import (
    DAY,
    CouldNotStart,
    chosen_clinic,
    clinic_option,
    now_option,
    open_database,
    owner,
)
from followup.clock import SetClock, utc_now
from followup.config import CLOCK

if TYPE_CHECKING:
    from markupsafe import Markup


out_option = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False, writable=True), help="Write into this file."
)


@click.command()
@now_option
def tick(now: datetime | None) -> None:
    """One round of everything that is due, then exit; 1 when a part of it failed."""
    from followup.inbox.spool import Spool
    from followup.logs import set_up_logs
    from followup.setup import open_post
    from scheduler.rounds import one_round

    with open_database(CLOCK) as (settings, store):
        set_up_logs(settings.log_level, settings.log_format)
        clock = SetClock(now) if now else utc_now
        spool = Spool(settings.spool_folder)
        failed = one_round(store, open_post(settings, store), owner(), clock, spool)
    sys.exit(1 if failed else 0)


@click.command()
@clinic_option
@click.option("--date", "day", type=DAY, required=True)
@now_option
@click.option("--format", "shape", type=click.Choice(["text", "html", "json", "pdf"]), default="text")
@out_option
@click.option("--send", is_flag=True, help="Also send the e-mail to the clinic's recipients.")
def digest(
    code: str | None, day: date, now: datetime | None, shape: str, out: Path | None, send: bool
) -> None:
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
                planned = send_now(session, chosen_clinic(session, code), day, moment)
            click.echo(_sent(planned), err=True)
    if shape == "json":
        _give(json.dumps(render_json(made), ensure_ascii=False, indent=2) + "\n", out)
    elif shape == "text":
        _give(render_text(made), out)
    else:
        _give_page(render_html(made, standalone=True), shape, out)


@click.command()
@clinic_option
@click.option("--patient", "chart", required=True, help="The roster's patient_id.")
@now_option
@click.option("--format", "shape", type=click.Choice(["text", "csv", "html", "pdf"]), default="text")
@out_option
def series(code: str | None, chart: str, now: datetime | None, shape: str, out: Path | None) -> None:
    """A patient's block series, as evidence for the chart."""
    from followup.digest.render_series import render_series_csv, render_series_html, render_series_text
    from followup.digest.series import find_patient, series_sheet

    with open_database() as (_, store), store.read() as session:
        clinic = chosen_clinic(session, code)
        patient = find_patient(session, clinic, chart)
        if patient is None:
            raise CouldNotStart(f"No patient {chart!r} at this clinic; --patient is the roster's patient_id.")
        sheet = series_sheet(session, clinic, patient, now or utc_now())
    if shape in ("text", "csv"):
        _give(render_series_text(sheet) if shape == "text" else render_series_csv(sheet), out)
    else:
        _give_page(render_series_html(sheet, standalone=True), shape, out)


@click.command()
@clinic_option
@click.option("--date", "day", type=DAY, required=True, help="The last day of the weeks.")
@click.option("--weeks", type=click.IntRange(1, 53), default=12)
@now_option
@click.option("--format", "shape", type=click.Choice(["text", "html", "pdf"]), default="text")
@out_option
def outcomes(
    code: str | None, day: date, weeks: int, now: datetime | None, shape: str, out: Path | None
) -> None:
    """What came of the weeks up to a day: relief with its range, funnel, ladder, answer rates."""
    from followup.digest.render_outcomes import outcomes_sheet, render_outcomes_html, render_outcomes_text

    with open_database() as (_, store), store.read() as session:
        sheet = outcomes_sheet(session, chosen_clinic(session, code), day, now or utc_now(), weeks)
    if shape == "text":
        _give(render_outcomes_text(sheet), out)
    else:
        _give_page(render_outcomes_html(sheet, standalone=True), shape, out)


@click.command()
@clinic_option
@click.option("--date", "day", type=DAY, required=True)
@now_option
def reconcile(code: str | None, day: date, now: datetime | None) -> None:
    """Prove that every procedure stands in exactly one place; exit 1 and the list if not."""
    from followup.digest.reconcile import reconcile as count
    from followup.digest.week import reconcile_week

    with open_database() as (_, store), store.read() as session:
        clinic = chosen_clinic(session, code)
        result = count(session, clinic, day, now or utc_now())
        week = reconcile_week(session, clinic.id or 0, day)
    for name, number in result.counts.items():
        click.echo(f"{name}: {number}")
    click.echo(f"week to {day}: {week.procedures} procedures = {sum(week.buckets.values())} in the buckets")
    for sentence in [*result.missing, *(f"this week: {sentence}" for sentence in week.missing)]:
        click.echo(sentence, err=True)
    adds_up = result.ok and week.ok
    click.echo("It adds up." if adds_up else "It does not add up.")
    sys.exit(0 if adds_up else 1)


def _sent(planned: int) -> str:
    if not planned:
        return "Nothing was sent: the clinic's file names no recipients under [digest]."
    return f"{planned} e-mail{'' if planned == 1 else 's'} will leave with the next tick of the clock."


def _give(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="")


def _give_page(html: Markup, shape: str, out: Path | None) -> None:
    """The page itself, or printed: a PDF is never written to a terminal."""
    from followup.digest.pdf import NoPrinterError, print_pdf

    if shape == "html":
        _give(f"{html}\n", out)
        return
    if out is None:
        raise CouldNotStart("A PDF needs a place: say where with --out FILE.")
    try:
        out.write_bytes(print_pdf(html))
    except NoPrinterError as problem:
        raise CouldNotStart(str(problem)) from None
