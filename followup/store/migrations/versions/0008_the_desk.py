"""What staff do at the desk: who has a row, what came of a call, answers entered by hand, contact put off"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ACTS = "'reached', 'no_answer', 'wrong_number', 'answered', 'declined', 'deceased', 'task_done', 'taken_back'"


def upgrade() -> None:
    op.create_table(
        "case_lock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_in_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_in.id"], name=op.f("fk_case_lock_check_in_id_check_in")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_lock_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_lock")),
        sa.UniqueConstraint("check_in_id", name=op.f("uq_case_lock_check_in_id")),
    )
    op.create_table(
        "desk_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("check_in_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("again_at", UTCDateTime(), nullable=True),
        sa.Column("takes_back", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(f"what IN ({ACTS})", name=op.f("ck_desk_act_what_known")),
        sa.CheckConstraint(
            "(what = 'taken_back') = (takes_back IS NOT NULL)", name=op.f("ck_desk_act_taken_back_says_what")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_desk_act_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_in.id"], name=op.f("fk_desk_act_check_in_id_check_in")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_desk_act_task_id_task")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_act_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["takes_back"], ["desk_act.id"], name=op.f("fk_desk_act_takes_back_desk_act")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_act")),
    )
    with op.batch_alter_table("desk_act", schema=None) as batch_op:
        batch_op.create_index("ix_desk_act_check_in", ["check_in_id", "id"], unique=False)
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_answer_staff_id_staff"), "staff", ["staff_id"], ["id"])
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_inbound_staff_id_staff"), "staff", ["staff_id"], ["id"])
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_at", UTCDateTime(), nullable=True))
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=2), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("language")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_column("paused_at")
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_inbound_staff_id_staff"), type_="foreignkey")
        batch_op.drop_column("staff_id")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_answer_staff_id_staff"), type_="foreignkey")
        batch_op.drop_column("staff_id")
    with op.batch_alter_table("desk_act", schema=None) as batch_op:
        batch_op.drop_index("ix_desk_act_check_in")
    op.drop_table("desk_act")
    op.drop_table("case_lock")
