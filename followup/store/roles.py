"""What the program may do to a PostgreSQL database: everything it needs, but nothing to the record.

Whoever breaks into the web process has the program's own rights. So it works under a role that owns nothing:
it may add to the audit and its seals, and read them; only the owner, who migrates, could do more.
"""

from __future__ import annotations

import re

from sqlalchemy import text
from sqlmodel import SQLModel

import followup.store.models  # noqa: F401  (fills the metadata)
from followup.store.engine import Store

APPEND_ONLY = ("audit", "audit_seal")


class RoleError(Exception):
    """A sentence that says why the rights could not be given."""


def grant_to(store: Store, role: str) -> None:
    """Give `role`, which must exist, what the web and the clock need. Run as the owner, after migrating."""
    if store.is_sqlite:
        raise RoleError("Roles are PostgreSQL's; a SQLite file belongs to whoever can open it.")
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise RoleError("The role's name is malformed; take small letters, digits and underscores.")
    tables = [table.name for table in SQLModel.metadata.sorted_tables]
    changing = ", ".join(f'"{name}"' for name in tables if name not in APPEND_ONLY)
    keeping = ", ".join(f'"{name}"' for name in APPEND_ONLY)
    with store.engine.begin() as connection:
        known = connection.execute(
            text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
        ).first()
        if known is None:
            raise RoleError(f"There is no role {role}. First: CREATE ROLE {role} LOGIN PASSWORD '...';")
        for statement in (
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
            f"GRANT USAGE ON SCHEMA public TO {role}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {changing} TO {role}",
            f"GRANT SELECT, INSERT ON {keeping} TO {role}",
            f"GRANT SELECT ON alembic_version TO {role}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        ):
            connection.execute(text(statement))
