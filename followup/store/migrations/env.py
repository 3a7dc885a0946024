"""Alembic's entry: runs the revisions on the connection that `followup.store.migrate` hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

import followup.store.models  # noqa: F401  (fills the metadata)
from followup.store.columns import Score
from followup.store.seal import Sealed


def _short_names(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as the template imports them."""
    if kind == "type" and isinstance(item, Score | Sealed | UTCDateTime):
        return repr(item)
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_short_names,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
