"""A PostgreSQL of the tests' own, from the server programs Debian installs, gone when they end.

Not the machine's running server: tests would depend on its state and leave things behind. Where only a
server is at hand, FOLLOWUP_TEST_POSTGRES names it: a DATABASE_URL of a user who may create databases.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url
from sqlmodel import SQLModel

import followup.store.models  # noqa: F401  (fills the metadata)

_OPTIONS = (
    "listen_addresses=",  # a socket in a folder of ours: no port to collide on
    "fsync=off",  # what is lost in a power cut is lost anyway
    "full_page_writes=off",
    "max_connections=200",
    "log_min_messages=fatal",
)


class NotHereError(Exception):
    """Why there is no PostgreSQL for the tests, in words."""


class Server:
    """A server (version 13 or later) on which a database can be made, and emptied again and again."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._made = 0
        # Two test runs may share a server: the process's id keeps their databases apart.
        self._prefix = f"followup_test_{os.getpid()}_"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The DATABASE_URL of a new database, dropped afterwards whoever is still connected to it."""
        self._made += 1
        name = f"{self._prefix}{self._made}"
        self._run("CREATE DATABASE {} TEMPLATE template0", name)
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(plain(self._url), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def empty(url: str) -> None:
    """Take every row out of a database, and every connection, so that the next test finds it new.

    A copy of a migrated database for each test costs ten times as much, most of it in the file system.
    """
    with psycopg.connect(plain(url)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for table in reversed(SQLModel.metadata.sorted_tables):  # those that point before those pointed at
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        connection.execute("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")


def plain(url: URL | str) -> str:
    """A DATABASE_URL as psycopg itself takes it, without SQLAlchemy's driver name."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def server() -> Iterator[Server]:
    """The server the tests use, running. Raises NotHereError when there is none."""
    given = os.environ.get("FOLLOWUP_TEST_POSTGRES", "")
    if given:
        yield Server(make_url(plain(given)).set(drivername="postgresql+psycopg"))
        return
    folder = Path(tempfile.mkdtemp(prefix="followup-postgres-"))
    try:
        with _private_server(folder) as url:
            yield Server(url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _private_server(folder: Path) -> Iterator[URL]:
    programs, user, data = _programs(), _user(), folder / "data"
    if user:
        os.chown(folder, user["user"], user["group"])
    log = folder / "log"
    with log.open("wb") as said:
        out: dict[str, Any] = {"stdout": said, "stderr": said, "cwd": folder, **user}
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "followup", "--auth=trust", "--encoding=UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            **out,
        )  # fmt: skip
        if made.returncode != 0:
            raise NotHereError(f"initdb failed: {log.read_text(errors='replace')[-300:]}")
        options = [word for option in _OPTIONS for word in ("-c", option)]
        running = subprocess.Popen([programs / "postgres", "-D", data, "-k", folder, *options], **out)
        try:
            url = URL.create(
                "postgresql+psycopg", username="followup", database="postgres", query={"host": str(folder)}
            )
            _wait_for(url, running, log)
            yield url
        finally:
            running.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth an orderly end
            running.wait()


def _wait_for(url: URL, running: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(plain(url)).close()
        except psycopg.OperationalError:
            if running.poll() is not None or time.monotonic() > end:
                raise NotHereError(f"postgres failed: {log.read_text(errors='replace')[-300:]}") from None
            time.sleep(0.02)
        else:
            return


def _programs() -> Path:
    """Where initdb and postgres are. Debian keeps them off the PATH, a folder for each major version."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    for place in (*places, *([Path(on_path).parent] if on_path else [])):
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NotHereError("no server programs found (Debian: apt install postgresql)")


def _user() -> dict[str, Any]:
    """As whom the server runs: PostgreSQL refuses root, so root hands it to postgres or nobody."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise NotHereError("running as root, and there is neither a user postgres nor nobody")
