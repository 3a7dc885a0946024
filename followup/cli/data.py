"""Commands that make and fill the database: migrate, keys, clinics, rosters."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from followup.cli.base import (
    CouldNotStart,
    chosen_clinic,
    clinic_option,
    now_option,
    open_database,
    read_settings,
)
from followup.clock import utc_now


@click.command()
@click.option("--grant", "role", default="", help="PostgreSQL: also give this role what web and clock need.")
def migrate(role: str) -> None:
    """Create or upgrade the database."""
    from followup.store import SealError, open_store, unlock
    from followup.store.migrate import migrate as upgrade
    from followup.store.roles import RoleError, grant_to

    settings = read_settings(())
    unlock(settings.keys)
    store = open_store(settings.database_url)
    try:
        click.echo(f"The database is at revision {upgrade(store)}.")
        if role:
            grant_to(store, role)
            click.echo(f"{role} may read and write, and only add to the record.")
    except (SealError, RoleError) as problem:  # an older database holds in the open what is sealed now
        raise CouldNotStart(str(problem)) from None
    except Exception as problem:
        raise CouldNotStart(
            f"DATABASE_URL: the database cannot be opened ({type(problem).__name__})."
        ) from None
    finally:
        store.close()


@click.group()
def keys() -> None:
    """Encryption keys."""


@keys.command("new")
def keys_new() -> None:
    """Print a new key for FOLLOWUP_KEYS."""
    import base64
    import os

    click.echo(base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("="))


@click.group()
def clinic() -> None:
    """Clinics."""


@clinic.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@now_option
def clinic_set(file: Path, now: datetime | None) -> None:
    """Create or change a clinic from its FILE."""
    from followup.clinic import ClinicFileError
    from followup.intake.clinics import set_clinic

    with open_database() as (_, store):
        try:
            with store.write() as session:
                made, created = set_clinic(session, file.read_text(encoding="utf-8"), now or utc_now())
        except (ClinicFileError, UnicodeDecodeError) as problem:
            raise CouldNotStart(str(problem)) from None
        click.echo(f"Clinic {made.code} {'created' if created else 'updated'}.")


def _brake(code: str | None, paused: bool) -> None:
    from sqlmodel import select

    from followup.store.models import Clinic

    with open_database() as (_, store), store.write() as session:
        chosen = [chosen_clinic(session, code)] if code else list(session.exec(select(Clinic)).all())
        for one in chosen:
            one.paused, one.changed_at = paused, utc_now()
        names = ", ".join(one.code for one in chosen) or "no clinic"
    click.echo(f"{'Paused' if paused else 'Resumed'}: {names}.")


@click.command()
@clinic_option
def pause(code: str | None) -> None:
    """Stop everything unprompted; what comes in is still answered."""
    _brake(code, True)


@click.command()
@clinic_option
def resume(code: str | None) -> None:
    """Let messages leave again."""
    _brake(code, False)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@clinic_option
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@now_option
def import_(file: Path, code: str | None, dry_run: bool, now: datetime | None) -> None:
    """Take in a roster FILE: CSV, or a FHIR bundle (JSON)."""
    from followup.intake.importing import IntakeError, import_roster
    from followup.progress import bar

    with open_database() as (_, store), bar("Importing") as progress:
        try:
            result = import_roster(
                store, code, file.read_bytes(), now or utc_now(), dry_run=dry_run, progress=progress
            )
        except IntakeError as problem:
            raise CouldNotStart(str(problem)) from None
    for note in result.notes:
        click.echo(note)
    for refusal in result.refused:
        click.echo(str(refusal), err=True)
    click.echo(
        f"{result.lines} lines: {result.new} new, {result.changed} changed, {result.unchanged} unchanged, "
        f"{result.refused_lines} refused.{' Nothing was stored (dry run).' if dry_run else ''}"
    )
    sys.exit(1 if result.refused else 0)
