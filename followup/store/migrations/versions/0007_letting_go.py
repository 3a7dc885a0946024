"""Letting go: legal hold, erased patients, emptied and redacted messages, the nightly purge"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENTS = (
    ("patient", "held_at"),
    ("patient", "erased_at"),
    ("outbound", "emptied_at"),
    ("outbound", "redacted_at"),
    ("inbound", "emptied_at"),
    ("inbound", "redacted_at"),
    ("roster", "emptied_at"),
)
_FULL = (("outbound", "created_at"), ("inbound", "received_at"))


def upgrade() -> None:
    for table, column in _MOMENTS:
        op.add_column(table, sa.Column(column, UTCDateTime(), nullable=True))
    for table, column in _FULL:
        where = sa.text("emptied_at IS NULL")
        op.create_index(
            f"ix_{table}_full", table, ["clinic_id", column], sqlite_where=where, postgresql_where=where
        )
    op.create_table(
        "purge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_purge_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge")),
        sa.UniqueConstraint("clinic_id", "day", name=op.f("uq_purge_clinic_id_day")),
    )


def downgrade() -> None:
    op.drop_table("purge")
    for table, _ in _FULL:
        op.drop_index(f"ix_{table}_full", table)
    for table, column in reversed(_MOMENTS):
        op.drop_column(table, column)
