"""Insert a row at once, by a statement that is made once for each table.

Adding to the session and flushing sorts, groups and compiles anew for every row: several times the cost of
the insert itself, in the one place where a carrier waits for us.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic_core import PydanticUndefined
from sqlalchemy import Insert, insert
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session

from followup.store.columns import Row, table_of


def insert_now(session: Session, model: type[Row], **values: Any) -> int:
    """Insert a row that nobody needs as an object, with the model's defaults; returns its id."""
    statement, defaults = _insert(model)
    key = session.connection().execute(statement, {**defaults, **values}).inserted_primary_key
    assert key is not None
    return int(key[0])


def add_now(session: Session, row: Row) -> None:
    """Insert a new row; from then on it is the session's, like any that was loaded."""
    values = {name: getattr(row, name) for name in type(row).model_fields if name != "id"}
    row.id = insert_now(session, type(row), **values)
    make_transient_to_detached(row)
    session.add(row)


@cache
def _insert(model: type[Row]) -> tuple[Insert, dict[str, Any]]:
    given = {name: field.default for name, field in model.model_fields.items() if name != "id"}
    return insert(table_of(model)), {n: value for n, value in given.items() if value is not PydanticUndefined}
