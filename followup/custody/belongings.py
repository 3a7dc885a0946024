"""What belongs to a patient or a case: every row that points at it, over however many tables.

Found along the foreign keys and not from a list: a table that is added next year is then exported and erased
too, whoever forgets to think of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlmodel import Session, SQLModel

import followup.store.models  # noqa: F401  (fills the metadata)
from followup.store.models import Patient

Ids = dict[Table, set[int]]

#: points at a message but belongs to the number: it must outlive the person's data
_NOT_OWNED = ("opt_out",)
_AT_ONCE = 500  # ids in one statement


def belongings(session: Session, start: Mapping[Table, Iterable[int]]) -> Ids:
    """The ids of `start` and of every row that points at one of them, directly or through others.

    Tables come in an order in which what is pointed at stands before what points at it.
    """
    found: Ids = {}
    for table in SQLModel.metadata.sorted_tables:
        ids = set(start.get(table, ()))
        if table.name not in (*_NOT_OWNED, Patient.__tablename__):
            for key in table.foreign_keys:
                ids |= _pointing(session, table, key.parent, found.get(key.column.table, set()))
        if ids:
            found[table] = ids
    return found


def _pointing(session: Session, table: Table, column: Any, at: set[int]) -> set[int]:
    found: set[int] = set()
    for some in batched_ids(at):
        found |= set(session.execute(select(table.c.id).where(column.in_(some))).scalars())
    return found


def remove(session: Session, start: Mapping[Table, Iterable[int]]) -> Ids:
    """Delete them all, those that point before those pointed at; returns what is gone."""
    found = belongings(session, start)
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name in _NOT_OWNED:
            for key in table.foreign_keys:
                for some in batched_ids(found.get(key.column.table, set())):
                    session.execute(update(table).where(key.parent.in_(some)).values({key.parent.name: None}))
        for some in batched_ids(found.get(table, set())):
            session.execute(delete(table).where(table.c.id.in_(some)))
    return found


def batched_ids(ids: Iterable[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
