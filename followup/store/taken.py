"""What one transaction at a time may be at, where no row exists yet that could be locked."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ARRAY, Text, func, literal, select
from sqlmodel import Session


def taken(session: Session, names: Collection[str]) -> set[str]:
    """Those of the names that no other transaction has taken: ours until this one ends. Never waits.

    PostgreSQL only. On SQLite, which has one writer at a time, all of them.
    """
    if not names or session.get_bind().dialect.name != "postgresql":
        return set(names)
    each = func.unnest(literal(sorted(names), ARRAY(Text))).column_valued("name")
    mine = select(each, func.pg_try_advisory_xact_lock(func.hashtext(each)))
    return {name for name, ours in session.execute(mine) if ours}
