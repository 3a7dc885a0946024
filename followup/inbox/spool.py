"""Where a request waits while the database is away: a folder of sealed files, replayed in order.

The carrier does not ask twice by default, so a reply that met a database being restarted would be gone.
Files and not a second database, because what is needed then is the one thing that still works: a disk.
The scan for warnings needs neither, and is answered at once.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from followup.store.seal import SealError, seal, unseal

log = logging.getLogger(__name__)

#: what means "the database is away", as opposed to "this row is wrong"
AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
_PLACE = "spool.request"


class Spool:
    """A folder of requests that could not be stored. Safe to share between the threads of one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, kind: str, form: Mapping[str, str], now: datetime) -> None:
        """Put a request on disk, durably. Raises OSError when not even that works."""
        self._folder.mkdir(parents=True, exist_ok=True)
        sealed = seal(json.dumps({"kind": kind, "form": dict(form), "at": now.isoformat()}), _PLACE)
        name = f"{now.timestamp():020.6f}-{os.getpid()}-{os.urandom(4).hex()}"
        unfinished = self._folder / f".{name}"
        with open(unfinished, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())  # a 200 to the carrier means: on disk
        unfinished.rename(self._folder / f"{name}.sealed")
        log.warning("the database is away: a %s request was spooled", kind)

    def waiting(self) -> list[Path]:
        """The files, oldest first."""
        try:
            return sorted(self._folder.glob("*.sealed"))
        except OSError:
            return []

    def open(self, path: Path) -> tuple[str, dict[str, str], datetime] | None:
        """A waiting request: its kind, fields and time; None when it is gone or cannot be opened."""
        try:
            request = json.loads(unseal(path.read_bytes(), _PLACE))
            return request["kind"], request["form"], datetime.fromisoformat(request["at"])
        except FileNotFoundError:
            return None  # another thread was faster; the unique key makes that harmless
        except (SealError, ValueError, KeyError):
            log.error("a spooled request cannot be opened; it was set aside")
            self.set_aside(path)
            return None

    def done(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def set_aside(self, path: Path) -> None:
        """Keep a request that nobody can take in where it no longer holds up the others."""
        with contextlib.suppress(FileNotFoundError):
            path.rename(path.with_suffix(".failed"))

    def is_usable(self) -> bool:
        """Whether a request could be kept: the other half of being ready."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        return os.access(self._folder, os.W_OK)


def is_away(problem: Exception) -> bool:
    """Whether a database error says that the server is gone rather than that the statement was wrong."""
    return isinstance(problem, AWAY) or (isinstance(problem, DBAPIError) and problem.connection_invalidated)
