"""Whose roster line it is: found by its roster, a digest read the lines of every clinic's week"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("roster_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clinic_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE roster_line SET clinic_id ="
        " (SELECT roster.clinic_id FROM roster WHERE roster.id = roster_line.roster_id)"
    )
    with op.batch_alter_table("roster_line", schema=None) as batch_op:
        batch_op.alter_column("clinic_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_roster_line_clinic_id_clinic"), "clinic", ["clinic_id"], ["id"]
        )
        batch_op.drop_index("ix_roster_line_performed_on")
        batch_op.drop_index("ix_roster_line_reference")
        batch_op.create_index("ix_roster_line_day", ["clinic_id", "performed_on"])
        batch_op.create_index("ix_roster_line_reference", ["clinic_id", "reference"])


def downgrade() -> None:
    with op.batch_alter_table("roster_line", schema=None) as batch_op:
        batch_op.drop_index("ix_roster_line_day")
        batch_op.drop_index("ix_roster_line_reference")
        batch_op.create_index("ix_roster_line_performed_on", ["performed_on"])
        batch_op.create_index("ix_roster_line_reference", ["reference"])
        batch_op.drop_constraint(batch_op.f("fk_roster_line_clinic_id_clinic"), type_="foreignkey")
        batch_op.drop_column("clinic_id")
