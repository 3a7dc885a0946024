"""The record is searched by day"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch: SQLite would make the table anew, and leave its triggers behind.
    op.create_index("ix_audit_when", "audit", ["clinic_id", "at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_audit_when", table_name="audit")
