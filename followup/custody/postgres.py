"""PostgreSQL's own programs for dumping and restoring; a password goes by environment, not as argument."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

_PIECE = 256 * 1024  # bytes
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR")  # of the environment: our own secrets are none of their business


class ProgramError(Exception):
    """A sentence that says which program is missing or what it complained of."""


def dump(url: str) -> Iterator[bytes]:
    """One consistent dump of the whole database, in pg_dump's own format, while others go on writing."""
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(  # noqa: S603 - no shell, and nothing in it comes from outside
            [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", *_where(url)],
            stdout=subprocess.PIPE, stderr=said, env=_env(url),
        )  # fmt: skip
        assert running.stdout is not None
        with running.stdout as out:
            while part := out.read(_PIECE):
                yield part
        _check(running, "pg_dump", _told(said))


def load(url: str, content: Iterator[bytes]) -> None:
    """Restore such a dump in one transaction: all of it, or nothing."""
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(  # noqa: S603 - no shell, and nothing in it comes from outside
            [_program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner",
             "--no-privileges", *_where(url)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=_env(url),
        )  # fmt: skip
        assert running.stdin is not None
        try:
            with running.stdin as into:
                for part in content:
                    into.write(part)
        except BrokenPipeError:
            pass  # it has given up; what it says follows
        except BaseException:
            running.kill()
            running.wait()
            raise
        _check(running, "pg_restore", _told(said))


def _told(said: IO[bytes]) -> bytes:
    said.seek(0)
    return said.read()


def _check(running: subprocess.Popen[bytes], program: str, said: bytes) -> None:
    if running.wait() != 0:
        lines = said.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise ProgramError(f"{program} failed: {lines[0].removeprefix(f'{program}: ')}")


def _where(url: str) -> list[str]:
    address = make_url(url).set(drivername="postgresql", password=None).difference_update_query(["password"])
    return [f"--dbname={address.render_as_string()}"]


def _env(url: str) -> dict[str, str]:
    password = make_url(url).password or make_url(url).query.get("password")
    kept = {name: value for name, value in os.environ.items() if name[:2] == "PG" or name in _KEPT}
    return {**kept, **({"PGPASSWORD": str(password)} if password else {})}


def _program(name: str) -> str:
    """On the PATH, or where Debian keeps each version's programs, the newest first."""
    found = shutil.which(name)
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    if not found and not kept:
        raise ProgramError(f"{name} is not installed (Debian: apt install postgresql-client).")
    return found or str(kept[-1])
