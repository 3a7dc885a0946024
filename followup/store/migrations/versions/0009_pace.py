"""How fast each sender may go; each clinic's turn; what came from a phone"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STEPS = "'first', 'reminder', 'call', 'second_call', 'day_of'"
_PROMPT = sa.text(f"state = 'planned' AND step IN ({_STEPS})")
_URGENT = sa.text(f"state = 'planned' AND step NOT IN ({_STEPS})")


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("free_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("channel IN ('text', 'call')", name=op.f("ck_pace_channel_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pace")),
        sa.UniqueConstraint("sender", "channel", name=op.f("uq_pace_sender_channel")),
    )
    # Not in batch: SQLite would make the tables anew.
    op.create_index(
        "ix_outbound_turn",
        "outbound",
        ["clinic_id", "channel", "due_at"],
        sqlite_where=_PROMPT,
        postgresql_where=_PROMPT,
    )
    op.create_index(
        "ix_outbound_urgent", "outbound", ["due_at"], sqlite_where=_URGENT, postgresql_where=_URGENT
    )
    op.create_index("ix_inbound_from", "inbound", ["from_hash"])


def downgrade() -> None:
    op.drop_index("ix_inbound_from", table_name="inbound")
    op.drop_index("ix_outbound_urgent", table_name="outbound", sqlite_where=_URGENT, postgresql_where=_URGENT)
    op.drop_index("ix_outbound_turn", table_name="outbound", sqlite_where=_PROMPT, postgresql_where=_PROMPT)
    op.drop_table("pace")
