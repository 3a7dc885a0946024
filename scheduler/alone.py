"""On SQLite there may be one clock: a second would fight the first for the file.

A lock on a file beside the database, because the operating system lets it go when a process dies,
however it dies; a row in the database would stay.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from followup.config import Settings, SettingsError


@contextmanager
def the_only_clock(settings: Settings) -> Iterator[None]:
    """Hold the clock's lock; raises SettingsError when another process has it. PostgreSQL needs none."""
    path = settings.sqlite_path
    if path is None:
        yield
        return
    try:
        lock = open(f"{path}.clock", "w")  # noqa: SIM115 - the `with` below closes it
    except OSError as problem:
        raise SettingsError(
            f"DATABASE_URL: the folder of the database file cannot be written to ({problem.strerror})."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError(
                "Another clock is already running on this database file. Stop it first, or use PostgreSQL."
            ) from None
        yield
