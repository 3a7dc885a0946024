"""Is this the database our keys belong to? Asked at each start, before the first value fails to open.

With a wrong key a process would answer patients, and find nobody by their number; with an older one missing
it would forget who asked us to stop. So the database holds the names of the keys its values are sealed with.
"""

from __future__ import annotations

from sqlalchemy import LargeBinary, Table, func, select, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col

import followup.store.models  # noqa: F401  (fills the metadata)
from followup.store import Store
from followup.store.models import SealingKey
from followup.store.seal import Sealed, live_keys, sealed_under


class KeysError(Exception):
    """A sentence that says which key is missing and what to do."""


def sealed_tables() -> dict[Table, list[str]]:
    """Every table with sealed columns, and these columns' names."""
    found = {
        table: [column.name for column in table.columns if isinstance(column.type, Sealed)]
        for table in SQLModel.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


def check_keys(store: Store) -> None:
    """Raise KeysError unless every key the data is sealed with is at hand; note the newest as in use."""
    live = live_keys()
    if not live:
        return
    with store.read() as session:
        noted = set(session.scalars(select(col(SealingKey.id))))
        used = noted or keys_in_use(session)
    missing = sorted(used - set(live))
    if missing:
        raise KeysError(_sentence(missing, used))
    if live[0] not in noted:
        try:
            with store.write() as session:
                session.add_all(SealingKey(id=name) for name in sorted((used | {live[0]}) - noted))
        except IntegrityError:
            return  # another process started in the same moment


def _sentence(missing: list[str], used: set[str]) -> str:
    if used == set(missing):
        return (
            "FOLLOWUP_KEYS does not open this database: its values are sealed under the key named "
            f"{', '.join(missing)}, which is not among them. Set the right key; nothing was changed."
        )
    return (
        f"FOLLOWUP_KEYS lacks the older key named {', '.join(missing)}, under which a part of the database "
        "is still sealed. Add it at the end, and run `followup keys rotate` before you take it out."
    )


def keys_in_use(session: Session) -> set[str]:
    """The names found in the sealed values themselves: reads every table, so it is asked once."""
    found: set[str] = set()
    for table, columns in sealed_tables().items():
        for name in columns:
            blob = type_coerce(table.c[name], LargeBinary)
            start = session.execute(select(func.substr(blob, 1, 5)).where(blob.is_not(None)).distinct())
            found |= {sealed_under(bytes(head)) for head in start.scalars()}
    return found
