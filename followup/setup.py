"""From settings to the parts that work with them: the database with its keys, and the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from followup.config import Settings, SettingsError
from followup.custody.keys import KeysError, check_keys
from followup.inbox.spool import Spool
from followup.store import Store, open_store, unlock
from followup.store.migrate import current, newest

if TYPE_CHECKING:
    from followup.outreach.send import Post


@dataclass(frozen=True)
class Door:
    """What every web request needs: the settings, the database and the clock."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    spool: Spool


def open_for_work(settings: Settings) -> Store:
    """Open a migrated database with its keys. Raises SettingsError with what to do when it cannot be used."""
    unlock(settings.keys)
    path = settings.sqlite_path
    if path is not None and not path.exists():
        raise SettingsError(
            "DATABASE_URL names a file that does not exist yet. Run `followup migrate` first."
        )
    store = open_store(settings.database_url)
    try:
        found = current(store)
    except Exception as problem:
        raise SettingsError(
            f"DATABASE_URL: the database cannot be opened ({type(problem).__name__}). Is it running?"
        ) from None
    if found != newest():
        raise SettingsError("The database is not up to date. Run `followup migrate` first.")
    try:
        check_keys(store)
    except KeysError as problem:
        store.close()
        raise SettingsError(str(problem)) from None
    return store


def open_post(settings: Settings, store: Store, *, threads: int | None = None) -> Post:
    """The way out: carrier and mail server."""
    # The carrier's library is a tenth of the time a web process takes to start, which sends nothing.
    from followup.outreach.carrier import Carrier
    from followup.outreach.mail import Mailbox
    from followup.outreach.send import Post

    carrier = Carrier(
        settings.account_sid,
        settings.auth_tokens[0] if settings.auth_tokens else "",
        settings.twilio_api_url,
        outside_transaction=store.outside_transaction,
    )
    mailbox = Mailbox(settings.smtp_url)
    if threads is None:
        return Post(carrier, mailbox, settings.public_url)
    return Post(carrier, mailbox, settings.public_url, threads)
