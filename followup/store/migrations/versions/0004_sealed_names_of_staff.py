"""Seal what still stood open: clinic files, providers, who took an alert; number and key in their tables"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from followup.store.seal import Sealed, mark

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = (
    ("clinic", "file"),
    ("clinic", "source"),
    ("procedure", "provider"),
    ("alert", "acknowledged_by"),
)


def upgrade() -> None:
    op.create_table(
        "sealing_key",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealing_key")),
    )
    op.add_column("opt_out", sa.Column("phone", Sealed("opt_out.phone"), nullable=True))
    for table, column in _OPEN:
        _seal(table, column)
    _hide_addresses()


def _seal(table: str, column: str) -> None:
    """Sealed text is bytes: another type, so the column is made anew and filled. Needs FOLLOWUP_KEYS.

    Never by making the table anew, as Alembic's batches do on SQLite: rows of other tables point at these.
    """
    before: Any = sa.table(table, sa.column("id"), sa.column(column, sa.Text()))
    rows = op.get_bind().execute(sa.select(before.c.id, before.c[column])).all()
    op.drop_column(table, column)
    sealed = Sealed(f"{table}.{column}")
    op.add_column(table, sa.Column(column, sealed, nullable=False, server_default=sa.text("''")))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, column, server_default=None)
    after: Any = sa.table(table, sa.column("id"), sa.column(column, sealed))
    for row_id, text in rows:
        op.get_bind().execute(sa.update(after).where(after.c.id == row_id).values({column: text}))


def _hide_addresses() -> None:
    """The keys of mails held the recipient's address; the same mail must keep the same key."""
    mails: Any = sa.table("outbound", sa.column("id"), sa.column("dedupe", sa.String()))
    rows = op.get_bind().execute(sa.select(mails).where(mails.c.dedupe.like("%@%"))).all()
    for row_id, key in rows:
        start, _, address = key.rpartition(":")
        op.get_bind().execute(
            sa.update(mails).where(mails.c.id == row_id).values(dedupe=f"{start}:{mark(address)}")
        )
