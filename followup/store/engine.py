"""One way to open a transaction, whichever database is behind it.

SQLite is told to begin writes at once (`BEGIN IMMEDIATE`): its default upgrades a reader to a writer
half-way, and then either loses updates or fails with "database is locked" whatever the timeout. Writers
of one process also queue on a lock: SQLite's own queue is unfair and lets a webhook wait for seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlmodel import Session, create_engine

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a 200 to the carrier means: on disk
    "busy_timeout=10000",
    "foreign_keys=ON",
)


class Store:
    """A database and the two kinds of transaction: `write()` and `read()`.

    Neither may be open while the network is used; `outside_transaction()` lets the carrier insist on it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._reader = engine.execution_options(followup_read=True)
        self._one_writer = threading.Lock()
        self._mine = threading.local()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end of the block, or rolls back and raises."""
        self.outside_transaction()
        if self.is_sqlite:
            with self._one_writer:
                yield from self._session(self.engine)
        else:
            yield from self._session(self.engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction for reading only; what is changed in it is never stored."""
        self.outside_transaction()
        self._mine.open = True
        try:
            with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
                yield session
        finally:
            self._mine.open = False

    def _session(self, engine: Engine) -> Iterator[Session]:
        self._mine.open = True
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            self._mine.open = False

    def outside_transaction(self) -> None:
        """Raise RuntimeError when this thread has a transaction open: a slow carrier would then block all."""
        if getattr(self._mine, "open", False):
            raise RuntimeError("a transaction is open in this thread")

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open the database at a SQLAlchemy URL (SQLite or PostgreSQL). Does not create tables: see `migrate`.

    Parameters are hidden in database errors: they hold hashes and words that belong in no log.
    """
    if url.startswith("sqlite:"):
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 10})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=10)
        event.listen(engine, "handle_error", _without_the_row)
    return Store(engine)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    reading = connection.get_execution_options().get("followup_read")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _without_the_row(context: ExceptionContext) -> None:
    """PostgreSQL repeats the whole refused row in its DETAIL, which `hide_parameters` lets pass."""
    problem = context.original_exception
    primary = getattr(getattr(problem, "diag", None), "message_primary", None)
    if not primary:
        return
    whole = str(problem)
    problem.args = (primary,)
    if context.sqlalchemy_exception is not None:
        shown = context.sqlalchemy_exception
        shown.args = tuple(str(part).replace(whole, primary) for part in shown.args)
