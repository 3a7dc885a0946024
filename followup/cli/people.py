"""Commands about one person's data, and about letting go of what is no longer kept."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from followup.cli.base import CouldNotStart, chosen_clinic, clinic_option, now_option, open_database
from followup.clock import utc_now

if TYPE_CHECKING:
    from sqlmodel import Session

    from followup.store.models import Patient

patient_option = click.option("--patient", "chart", required=True, help="The roster's patient_id.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")


@click.group()
def person() -> None:
    """One patient's data."""


@person.command("export")
@clinic_option
@patient_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False, writable=True), help="Write into this file."
)
def person_export(code: str | None, chart: str, out: Path | None) -> None:
    """Everything we hold on a patient, as JSON, for the patient."""
    from followup.custody.person import all_we_hold

    with open_database() as (_, store), store.write() as session:
        told = all_we_hold(session, _found(session, code, chart), utc_now())
    text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


@person.command("hold")
@clinic_option
@patient_option
@click.option("--lift", is_flag=True, help="Lift the hold.")
def person_hold(code: str | None, chart: str, lift: bool) -> None:
    """Lay a legal hold on a patient's data: nothing of it is erased or purged until it is lifted."""
    from followup.custody.person import hold

    with open_database() as (_, store), store.write() as session:
        hold(session, _found(session, code, chart), utc_now(), on=not lift)
    click.echo("The hold is lifted." if lift else "Held: nothing of this patient is erased or purged.")


@click.command()
@clinic_option
@patient_option
@dry_run_option
def erase(code: str | None, chart: str, dry_run: bool) -> None:
    """Empty everything that names a patient or was written by them; say what stays, and why."""
    from followup.custody.erase import KEPT, EraseError
    from followup.custody.erase import erase as take_out

    with open_database() as (_, store), store.write() as session:
        try:
            result = take_out(session, _found(session, code, chart), utc_now(), dry_run=dry_run)
        except EraseError as problem:
            raise CouldNotStart(str(problem)) from None
    for table, count in result.rows.items():
        click.echo(f"{table}: {count} {'would be' if dry_run else 'are'} emptied")
    click.echo("What stays:")
    for reason in KEPT:
        click.echo(f"- {reason}")
    if not dry_run:
        click.echo("Take the patient out of the roster's source too, or the next import brings them back.")


@click.command()
@clinic_option
@dry_run_option
@now_option
def purge(code: str | None, dry_run: bool, now: datetime | None) -> None:
    """Let go of what the clinics' [retention] no longer keeps; the clock does it each night."""
    from sqlmodel import select

    from followup.custody.purge import count
    from followup.custody.purge import purge as let_go
    from followup.store.models import Clinic

    moment = now or utc_now()
    with open_database() as (_, store):
        with store.read() as session:
            chosen = [chosen_clinic(session, code)] if code else list(session.exec(select(Clinic)).all())
            would = {clinic.code: count(session, clinic, moment) for clinic in chosen}
        for clinic in chosen:
            counts = would[clinic.code] if dry_run else let_go(store, clinic.id or 0, moment)[0]
            if not counts:
                click.echo(f"{clinic.code}: its file has no [retention]; everything is kept.")
            for what, number in counts.items():
                click.echo(f"{clinic.code}: {what}: {number}{' would go' if dry_run else ''}")


def _found(session: Session, code: str | None, chart: str) -> Patient:
    from followup.custody.person import find_person

    patient = find_person(session, chosen_clinic(session, code), chart)
    if patient is None:
        raise CouldNotStart("There is no such patient at this clinic; --patient is the roster's patient_id.")
    return patient
