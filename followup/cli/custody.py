"""Commands for keeping what we hold and giving it up: keys, backups, retention, one person's data."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from followup.cli.base import CouldNotStart, open_database, read_settings
from followup.cli.data import keys
from followup.clock import utc_now
from followup.config import DATA


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal everything under the newest key of FOLLOWUP_KEYS; 1 when something is left under an older one.

    Web and clock may go on working, once they were started with the same FOLLOWUP_KEYS.
    """
    from followup.audit.record import record
    from followup.custody.rotate import rotate
    from followup.inbox.spool import Spool
    from followup.progress import bar

    with open_database() as (settings, store), bar("Sealing anew") as progress:
        result = rotate(store, progress)
        with store.write() as session:
            record(session, action="keys.rotate", now=utc_now(), detail=f"{result.changed} rows")
        spooled = len(Spool(settings.spool_folder).waiting())
    click.echo(f"{result.rows} rows looked at, {result.changed} sealed anew.")
    for table, count in result.stuck.items():
        click.echo(f"{table}: {count} rows are still under an older key; the log says why.", err=True)
    if spooled:
        click.echo(f"{spooled} requests wait on disk for the database, under the key of their day.", err=True)
    if result.stuck or spooled:
        click.echo("Keep the older keys, and run this again.", err=True)
        sys.exit(1)
    click.echo("Nothing is left under an older key: take those out of FOLLOWUP_KEYS.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write everything into a new FILE, locked with the newest key, while web and clock go on."""
    from followup.custody.backup import BackupError, back_up

    with open_database() as (settings, store):
        try:
            made = back_up(store, settings, file, utc_now())
        except BackupError as problem:
            raise CouldNotStart(str(problem)) from None
    click.echo(
        f"{file}: {made.bytes} bytes, locked. Keep FOLLOWUP_KEYS elsewhere: without it nobody opens it."
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put a backup FILE into the empty place DATABASE_URL names, with every clinic paused."""
    from followup.custody.backup import BackupError
    from followup.custody.backup import restore as put_back

    try:
        click.echo(put_back(read_settings(DATA), file, utc_now()))
    except BackupError as problem:
        raise CouldNotStart(str(problem)) from None
