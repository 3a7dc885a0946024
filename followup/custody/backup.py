"""`followup backup` and `followup restore`: everything in one locked file, and back into an empty place.

What is restored is older than the world: people were texted since, and asked us to stop since, and the
restored rows know nothing of it. So every clinic is paused until somebody has looked and resumes it.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect
from sqlmodel import select

from followup.audit.record import record
from followup.config import Settings
from followup.custody import postgres
from followup.custody.box import BoxError, lock, read_label, unlock_box
from followup.custody.keys import KeysError, check_keys
from followup.store import Store, open_store, unlock
from followup.store.migrate import current, is_known, migrate
from followup.store.models import Clinic, Heartbeat

PULSE = "backup"  # the heartbeat row that says when the last one was made
_PIECE = 256 * 1024  # bytes

Progress = Callable[[int, int], None]


class BackupError(Exception):
    """A sentence that says what stands in the way and what to do."""


@dataclass(frozen=True)
class Made:
    """bytes: of the locked file. digest: SHA-256 of what is in it."""

    bytes: int
    digest: str


def back_up(store: Store, settings: Settings, file: Path, now: datetime) -> Made:
    """Write everything into a new locked `file`, while web and clock go on. Raises BackupError.

    The file gets its name only when it is whole and on disk: half a backup looks like none.
    """
    if file.exists():
        raise BackupError(f"{file} exists already; a backup is never written over another.")
    unfinished = file.with_name(f".{file.name}.part")
    label = {"database": "sqlite" if store.is_sqlite else "postgresql", "revision": current(store),
             "at": now.isoformat()}  # fmt: skip
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            content = _copy_of(settings) if store.is_sqlite else postgres.dump(settings.database_url)
            digest = lock(content, target, settings.keys[0], label)
            target.flush()
            os.fsync(target.fileno())
        unfinished.rename(file)
    except (OSError, sqlite3.Error, postgres.ProgramError) as problem:
        raise BackupError(f"The backup could not be made: {problem}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    with store.write() as session:
        session.merge(Heartbeat(name=PULSE, at=now))
        record(session, action="backup.make", now=now)
    return Made(file.stat().st_size, digest)


def _copy_of(settings: Settings) -> Iterator[bytes]:
    """SQLite's own copy, one moment of the database; it lies beside the original while it is read."""
    path = settings.sqlite_path
    assert path is not None
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as folder:
        copy = Path(folder) / "copy.db"
        source = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        try:
            source.execute("VACUUM INTO ?", (str(copy),))
        finally:
            source.close()
        with open(copy, "rb") as content:
            while part := content.read(_PIECE):
                yield part


def restore(settings: Settings, file: Path, now: datetime) -> str:
    """Put a backup into the empty place DATABASE_URL names; returns a sentence. Raises BackupError.

    1. Open the whole file once, so that a damaged one is found before anything is written.
    2. Fill the empty place. 3. Check the keys, upgrade, pause every clinic.
    """
    try:
        with open(file, "rb") as source:
            label = read_label(source)
            source.seek(0)
            for _ in unlock_box(source, settings.keys):
                pass
        kind = "sqlite" if settings.sqlite_path else "postgresql"
        if label.get("database") != kind:
            raise BackupError(
                f"This is a backup of {label.get('database')}, and DATABASE_URL names {kind}. Restore it to "
                "its own kind of database first; `followup move` goes from one to the other."
            )
        if not is_known(str(label.get("revision"))):
            raise BackupError("This backup was made by a newer release; install that one to restore it.")
        with open(file, "rb") as source:
            _fill(settings, unlock_box(source, settings.keys))
    except (OSError, sqlite3.Error, BoxError, postgres.ProgramError) as problem:
        raise BackupError(f"Nothing was restored. {problem}") from None
    return f"Restored as it was on {label['at']}. {_wake_up(settings, now)}"


def _fill(settings: Settings, content: Iterator[bytes]) -> None:
    path = settings.sqlite_path
    if path is None:
        store = open_store(settings.database_url)
        try:
            taken = inspect(store.engine).get_table_names()
        finally:
            store.close()
        if taken:
            raise BackupError(
                "DATABASE_URL names a database that has tables; a backup only goes into an empty one."
            )
        postgres.load(settings.database_url, content)
        return
    # A journal left behind by another database would be played into this one.
    for taken_by in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal")):
        if taken_by.exists():
            raise BackupError(f"DATABASE_URL: {taken_by} exists; a backup only goes where there is no file.")
    unfinished = path.with_name(f".{path.name}.restore")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            for part in content:
                target.write(part)
            target.flush()
            os.fsync(target.fileno())
        os.link(unfinished, path)  # and not renamed: what came into being meanwhile is never written over
    finally:
        unfinished.unlink(missing_ok=True)


def _wake_up(settings: Settings, now: datetime) -> str:
    unlock(settings.keys)
    store = open_store(settings.database_url)
    try:
        migrate(store)
        try:
            check_keys(store)
        except KeysError as problem:
            return f"But it cannot be used yet. {problem}"
        with store.write() as session:
            clinics = session.exec(select(Clinic)).all()
            for clinic in clinics:
                clinic.paused = True
            record(session, action="backup.restore", now=now)
        names = ", ".join(clinic.code for clinic in clinics) or "no clinic"
        return (
            f"Paused: {names}. What happened since is not in it: compare with the carrier and take in "
            "today's roster, then `followup resume`."
        )
    finally:
        store.close()
