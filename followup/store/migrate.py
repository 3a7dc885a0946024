"""Create or upgrade the database: the only way a database is ever made, in tests too.

Alembic is imported by who migrates. Every web process and every clock only asks whether the database is up to
date, and would hold a tenth of its memory for that as long as it runs.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from followup.store.engine import Store

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(store: Store) -> str:
    """Bring the database to the newest revision; returns that revision's name."""
    from alembic import command

    before = current(store)
    with store.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    if before not in ("", newest()) and store.is_sqlite:
        # What was dropped or sealed meanwhile still lies in the file's free pages.
        raw = store.engine.raw_connection()
        with closing(raw), suppress(sqlite3.OperationalError):  # a process still has the file open
            raw.cursor().execute("VACUUM")
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return newest()


def is_known(revision: str) -> bool:
    """Whether this release knows the revision: a newer one's database cannot be upgraded by it."""
    return revision in _revisions()


def newest() -> str:
    return _revisions()[-1]


def _revisions() -> list[str]:
    """In order; a migration's file is named by its revision."""
    return sorted(path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))


def current(store: Store) -> str:
    """The revision the database is at, "" when it was never migrated."""
    with store.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config
