"""Copy a clinic from SQLite to PostgreSQL, row by row, until both hold the same.

Each batch is compared first and copied only where it differs, in a transaction of its own: so a run that was
interrupted goes on where it stopped, and a run after the last one brings over what has happened since. Sealed
columns travel as they are; no key is needed, and nothing is opened on the way.

A table in the target says which clinic is being moved in. A target with anything else in it is refused, and
so is one that has lived since: its newer rows would be lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from followup.store.engine import Store

_BATCH = 1000
Rows = dict[Any, tuple[Any, ...]]
Progress = Callable[[int, int], None]


class MoveError(Exception):
    """A sentence: why nothing was moved, or what is not equal."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a run did. `checksums` are of every row of a table, in order, and equal on both sides."""

    copied: int
    changed: int
    deleted: int
    counts: dict[str, int]
    checksums: dict[str, str]


def move(source: Store, target: Store, progress: Progress = lambda done, total: None) -> Moved:
    """Bring the migrated `target` in line with one moment of `source`. Raises MoveError.

    1. Refuse a target that is not empty, unless it is an earlier run's of this same source.
    2. Take out what the source has no more, then copy what is new or different.
    3. Let the sequences count on from the highest ids, read both sides once more and compare.
    """
    tables = [_plain(table) for table in SQLModel.metadata.sorted_tables]
    # One transaction for the whole of it: a snapshot, while the clinic goes on writing.
    with source.engine.execution_options(followup_read=True).connect() as old:
        _own(old, target, tables)
        total = sum(_count(old, table) for table in tables)
        deleted = sum(_take_out(old, target, table) for table in reversed(tables))
        copied = changed = done = 0
        for table in tables:
            for rows in _batches(old, table):
                new, different = _bring(target, table, rows)
                copied, changed, done = copied + new, changed + different, done + len(rows)
                progress(done, total)
        with target.engine.begin() as there:
            for table in tables:
                _count_on(there, table)
            counts, sums = _verified(old, there, tables)
    return Moved(copied, changed, deleted, counts, sums)


def _plain(table: Table) -> Table:
    """The table as the database has it: sealed values as bytes, scores as floats."""

    def kind(column: Column[Any]) -> Any:
        special = isinstance(column.type, TypeDecorator) and not isinstance(column.type, UTCDateTime)
        return column.type.impl_instance if special else column.type  # type: ignore[attr-defined]

    columns = [Column(c.name, kind(c), primary_key=c.primary_key) for c in table.columns]
    return Table(table.name, MetaData(), *columns)


def _own(old: Connection, target: Store, tables: Sequence[Table]) -> None:
    """Write into the target whose it is; MoveError when it is somebody else's, or lives already."""
    first = old.execute(text("SELECT code, created_at FROM clinic ORDER BY id LIMIT 1")).one_or_none()
    if first is None:
        raise MoveError("The SQLite database has no clinic in it; there is nothing to move.")
    ours = hashlib.sha256(f"{first[0]} {first[1]}".encode()).hexdigest()
    with target.engine.begin() as there:
        there.execute(text("CREATE TABLE IF NOT EXISTS moved_from (source VARCHAR(64) PRIMARY KEY)"))
        theirs = there.scalar(text("SELECT source FROM moved_from"))
        if theirs is None:
            if any(_count(there, table) for table in tables):
                raise MoveError("The target is not empty. Give a new database, with nothing in it.")
            there.execute(text("INSERT INTO moved_from VALUES (:ours)"), {"ours": ours})
        elif theirs != ours:
            raise MoveError(
                "The target holds another clinic's move. Give a new database, with nothing in it."
            )
        elif newer := _lived_since(old, there, tables):
            raise MoveError(
                f"The target has been used since the move (its table {newer} is ahead); moving again would "
                "lose that. Give a new database, or keep this one."
            )


def _lived_since(old: Connection, there: Connection, tables: Sequence[Table]) -> str:
    beats = text("SELECT MAX(at) FROM heartbeat")
    theirs, ours = there.scalar(beats), old.scalar(beats)
    if theirs is not None and (ours is None or theirs.replace(tzinfo=None).isoformat(" ") > ours):
        return "heartbeat"
    for table in tables:
        if isinstance(_key(table).type, Integer):
            highest = select(func.max(_key(table)))
            if (there.scalar(highest) or 0) > (old.scalar(highest) or 0):
                return table.name
    return ""


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _batches(connection: Connection, table: Table) -> Iterator[Rows]:
    """All rows in the order of their keys, some at a time."""
    key, last = _key(table), None
    place = list(table.columns).index(key)
    while True:
        query = select(table).order_by(key).limit(_BATCH)
        rows = connection.execute(query if last is None else query.where(key > last)).all()
        if not rows:
            return
        last = rows[-1][place]
        yield {row[place]: tuple(row) for row in rows}


def _take_out(old: Connection, target: Store, table: Table) -> int:
    """Delete what the source has no more: its unique keys may belong to other rows by now."""
    gone: list[Any] = []
    with target.engine.connect() as there:
        for rows in _batches(there, table):
            key = _key(table)
            still = set(old.scalars(select(key).where(key.in_(list(rows)))))
            gone += [value for value in rows if value not in still]
    for start in range(0, len(gone), _BATCH):
        with target.engine.begin() as there:
            there.execute(delete(table).where(_key(table).in_(gone[start : start + _BATCH])))
    return len(gone)


def _bring(target: Store, table: Table, rows: Rows) -> tuple[int, int]:
    """Make the target's rows with these keys equal; how many were new, and how many different."""
    key, names = _key(table), [column.name for column in table.columns]
    place = names.index(key.name)
    with target.engine.begin() as there:
        found = there.execute(select(table).where(key.in_(list(rows)))).all()
        theirs = {row[place]: tuple(row) for row in found}
        new = [dict(zip(names, row, strict=True)) for value, row in rows.items() if value not in theirs]
        if new:
            there.execute(insert(table), new)
        different = [(value, row) for value, row in rows.items() if theirs.get(value, row) != row]
        for value, row in different:
            there.execute(update(table).where(key == value).values(dict(zip(names, row, strict=True))))
    return len(new), len(different)


def _count_on(there: Connection, table: Table) -> None:
    """The next id the target gives is above all that were brought."""
    key = _key(table)
    if isinstance(key.type, Integer):
        counter = func.pg_get_serial_sequence(table.name, key.name)
        there.execute(select(func.setval(counter, func.coalesce(func.max(key), 0) + 1, False)))


def _verified(
    old: Connection, there: Connection, tables: Sequence[Table]
) -> tuple[dict[str, int], dict[str, str]]:
    counts, sums = {}, {}
    for table in tables:
        ours, theirs = _checksum(old, table), _checksum(there, table)
        if ours != theirs:
            raise MoveError(f"The table {table.name} is not equal on both sides. Run the command once more.")
        counts[table.name], sums[table.name] = ours
    return counts, sums


def _checksum(connection: Connection, table: Table) -> tuple[int, str]:
    """How many rows, and a sum over all values of all of them. Keys of words sort differently: by row."""
    total = count = 0
    for rows in _batches(connection, table):
        for row in rows.values():
            total ^= int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest())
        count += len(rows)
    return count, f"{total:032x}"
