"""Create or upgrade the database: the only way a database is ever made, in tests too."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from followup.store.engine import Store

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(store: Store) -> str:
    """Bring the database to the newest revision; returns that revision's name."""
    with store.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        before = MigrationContext.configure(connection).get_current_revision()
        connection.commit()
        command.upgrade(config, "head")
        connection.commit()
    if before not in (None, newest()) and store.is_sqlite:
        # What was dropped or sealed meanwhile still lies in the file's free pages.
        raw = store.engine.raw_connection()
        with closing(raw), suppress(sqlite3.OperationalError):  # a process still has the file open
            raw.cursor().execute("VACUUM")
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return newest()


def is_known(revision: str) -> bool:
    """Whether this release knows the revision: a newer one's database cannot be upgraded by it."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def newest() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(store: Store) -> str:
    """The revision the database is at, "" when it was never migrated."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config
