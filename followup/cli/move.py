"""`followup move`: from one small box to PostgreSQL, while the clinic is open."""

from __future__ import annotations

import os
from pathlib import Path

import click

from followup.cli.base import CouldNotStart, open_database
from followup.config import Settings, SettingsError


@click.command()
@click.option("--to", "url", help="The new database: postgresql://user:password@host/name.")
@click.option(
    "--to-file", type=click.Path(path_type=Path, dir_okay=False), help="A file that holds that address."
)
def move(url: str | None, to_file: Path | None) -> None:
    """Copy a SQLite clinic to PostgreSQL, and verify it; run again to bring over what happened since.

    Arguments can be read by other users of the machine: give the address with its password in a file
    (--to-file), or in the environment as MOVE_TO.
    """
    from followup.progress import bar
    from followup.store import open_store
    from followup.store.migrate import migrate
    from followup.store.moving import MoveError
    from followup.store.moving import move as bring

    address = _address(url, to_file)
    with open_database() as (settings, source):
        if not source.is_sqlite:
            raise CouldNotStart(
                "DATABASE_URL already names a PostgreSQL database; `move` starts from SQLite."
            )
        target = open_store(address)
        try:
            migrate(target)
            with bar("Moving") as progress:
                moved = bring(source, target, progress)
        except MoveError as problem:
            raise CouldNotStart(str(problem)) from None
        except Exception as problem:
            raise CouldNotStart(
                f"The new database could not be written to ({type(problem).__name__}). What has been copied "
                "stays; run the same command again."
            ) from None
        finally:
            target.close()
        running = _clock_runs(settings)
    rows = sum(moved.counts.values())
    click.echo(
        f"{rows} rows in {len(moved.counts)} tables are equal on both sides, by count and checksum: "
        f"{moved.copied} copied, {moved.changed} changed, {moved.deleted} taken out."
    )
    if running:
        click.echo(
            "A clock is still running on the SQLite file. Stop it, run this command once more, and only then "
            "start with the new DATABASE_URL."
        )


def _address(url: str | None, to_file: Path | None) -> str:
    given = [word for word in (url, str(to_file or ""), os.environ.get("MOVE_TO")) if word]
    if len(given) != 1:
        raise CouldNotStart("Say where to, once: --to-file FILE, or MOVE_TO in the environment, or --to.")
    if to_file:
        try:
            given = [to_file.read_text(encoding="utf-8").strip()]
        except (OSError, UnicodeDecodeError) as problem:
            raise CouldNotStart(f"--to-file cannot be read ({type(problem).__name__}).") from None
    try:
        address = Settings.from_env(env={"DATABASE_URL": given[0]}).database_url
    except SettingsError:
        address = ""
    if not address.startswith("postgresql+psycopg://"):
        raise CouldNotStart("The new database is not understood; write postgresql://user:password@host/name.")
    return address


def _clock_runs(settings: Settings) -> bool:
    from scheduler.alone import the_only_clock

    try:
        with the_only_clock(settings):
            return False
    except SettingsError:
        return True
