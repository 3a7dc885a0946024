"""The first tables"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from followup.store.columns import Score
from followup.store.seal import Sealed

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
        sa.UniqueConstraint("code", name=op.f("uq_clinic_code")),
    )
    with op.batch_alter_table("clinic", schema=None) as batch_op:
        batch_op.create_index("ix_clinic_sender", ["sender"], unique=False)

    op.create_table(
        "comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tried_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
        sa.UniqueConstraint("account", "day", name=op.f("uq_comparison_account_day")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(length=5), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_digest_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("clinic_id", "day", "slot", name=op.f("uq_digest_clinic_id_day_slot")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("chart", Sealed("patient.chart"), nullable=False),
        sa.Column("chart_hash", sa.String(length=40), nullable=False),
        sa.Column("given_name", Sealed("patient.given_name"), nullable=False),
        sa.Column("family_name", Sealed("patient.family_name"), nullable=False),
        sa.Column("phone", Sealed("patient.phone"), nullable=False),
        sa.Column("phone_hash", sa.String(length=40), nullable=False),
        sa.Column("phone_state", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("birth_year", Sealed("patient.birth_year"), nullable=False),
        sa.Column("blood_thinner", sa.Boolean(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("channel IN ('text', 'call')", name=op.f("ck_patient_channel_known")),
        sa.CheckConstraint("language IN ('en', 'es')", name=op.f("ck_patient_language_known")),
        sa.CheckConstraint(
            "phone_state IN ('none', 'ok', 'voice', 'bad', 'stranger')",
            name=op.f("ck_patient_phone_state_known"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_patient_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("clinic_id", "chart_hash", name=op.f("uq_patient_clinic_id_chart_hash")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index("ix_patient_phone_hash", ["phone_hash"], unique=False)

    op.create_table(
        "roster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_roster_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster")),
    )
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.create_index("ix_roster_clinic", ["clinic_id", "at"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("email", Sealed("staff.email"), nullable=False),
        sa.Column("email_hash", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=160), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("role IN ('frontdesk', 'provider', 'admin')", name=op.f("ck_staff_role_known")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_staff_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email_hash", "clinic_id", name=op.f("uq_staff_email_hash_clinic_id")),
    )
    op.create_table(
        "check_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=24), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_back", sa.Boolean(), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("unusable", sa.String(length=200), nullable=False),
        sa.Column("hand_over", sa.Boolean(), nullable=False),
        sa.Column("first_asked_at", UTCDateTime(), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=True),
        sa.Column("heard_at", UTCDateTime(), nullable=True),
        sa.Column("give_up_at", UTCDateTime(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome <> '')", name=op.f("ck_check_in_closed_has_outcome")
        ),
        sa.CheckConstraint(
            "outcome IN ('', 'answered', 'no_answer', 'unclear', 'opt_out', 'wrong_person', 'undeliverable', 'no_consent', 'no_phone', 'missed', 'cancelled')",
            name=op.f("ck_check_in_outcome_known"),
        ),
        sa.CheckConstraint("state IN ('planned', 'open', 'closed')", name=op.f("ck_check_in_state_known")),
        sa.CheckConstraint("turn >= 0 AND tries >= 0", name=op.f("ck_check_in_counts_not_negative")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_check_in_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_check_in_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("patient_id", "due_on", "kind", name=op.f("uq_check_in_patient_id_due_on_kind")),
    )
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.create_index("ix_check_in_due_on", ["clinic_id", "due_on"], unique=False)
        batch_op.create_index(
            "ix_check_in_give_up",
            ["give_up_at"],
            unique=False,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )
        batch_op.create_index(batch_op.f("ix_check_in_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "roster_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("roster_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("performed_on", sa.Date(), nullable=True),
        sa.Column("said", Sealed("roster_line.said"), nullable=False),
        sa.CheckConstraint(
            "result IN ('new', 'changed', 'refused')", name=op.f("ck_roster_line_result_known")
        ),
        sa.ForeignKeyConstraint(["roster_id"], ["roster.id"], name=op.f("fk_roster_line_roster_id_roster")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_line")),
        sa.UniqueConstraint("roster_id", "line", name=op.f("uq_roster_line_roster_id_line")),
    )
    with op.batch_alter_table("roster_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_line_performed_on"), ["performed_on"], unique=False)
        batch_op.create_index("ix_roster_line_reference", ["reference"], unique=False)

    op.create_table(
        "inbound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=6), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("check_in_id", sa.Integer(), nullable=True),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("from_number", Sealed("inbound.from_number"), nullable=False),
        sa.Column("from_hash", sa.String(length=40), nullable=False),
        sa.Column("body", Sealed("inbound.body"), nullable=False),
        sa.Column("raw", Sealed("inbound.raw"), nullable=False),
        sa.Column("media", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("question", sa.String(length=24), nullable=False),
        sa.Column("intent", sa.String(length=16), nullable=False),
        sa.Column("reply", Sealed("inbound.reply"), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('sms', 'dtmf', 'speech', 'call')", name=op.f("ck_inbound_channel_known")
        ),
        sa.CheckConstraint("state IN ('stored', 'read', 'unread')", name=op.f("ck_inbound_state_known")),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_in.id"], name=op.f("fk_inbound_check_in_id_check_in")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_inbound_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_inbound_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("sid", "turn", name=op.f("uq_inbound_sid_turn")),
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_check_in", ["check_in_id", "id"], unique=False)
        batch_op.create_index("ix_inbound_clinic", ["clinic_id", "received_at"], unique=False)

    op.create_table(
        "outbound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe", sa.String(length=160), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("check_in_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=6), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("question", sa.String(length=24), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=120), nullable=False),
        sa.Column("to", Sealed("outbound.to"), nullable=False),
        sa.Column("to_hash", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("body", Sealed("outbound.body"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("useless_after", UTCDateTime(), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("deadline", UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("sid", sa.String(length=40), nullable=False),
        sa.Column("delivery", sa.String(length=12), nullable=False),
        sa.Column("error", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('text', 'call', 'live', 'answer', 'email')", name=op.f("ck_outbound_channel_known")
        ),
        sa.CheckConstraint(
            "delivery IN ('', 'queued', 'sent', 'delivered', 'undelivered', 'failed', 'ringing', 'in-progress', 'completed', 'busy', 'no-answer', 'canceled')",
            name=op.f("ck_outbound_delivery_known"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'sending', 'sent', 'refused', 'unsure', 'withdrawn', 'missed')",
            name=op.f("ck_outbound_state_known"),
        ),
        sa.CheckConstraint(
            "attempts >= 0 AND looks >= 0 AND segments >= 0", name=op.f("ck_outbound_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_in.id"], name=op.f("fk_outbound_check_in_id_check_in")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_outbound_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_outbound_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_outbound_dedupe")),
    )
    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.create_index("ix_outbound_check_in", ["check_in_id", "id"], unique=False)
        batch_op.create_index(
            "ix_outbound_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.create_index(
            "ix_outbound_in_doubt",
            ["deadline"],
            unique=False,
            sqlite_where=sa.text("deadline IS NOT NULL"),
            postgresql_where=sa.text("deadline IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbound_refused",
            ["changed_at"],
            unique=False,
            sqlite_where=sa.text("state = 'refused'"),
            postgresql_where=sa.text("state = 'refused'"),
        )
        batch_op.create_index("ix_outbound_sent", ["sent_at"], unique=False)
        batch_op.create_index("ix_outbound_sid", ["sid"], unique=False)
        batch_op.create_index("ix_outbound_to", ["to_hash", "sent_at"], unique=False)

    op.create_table(
        "procedure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("check_in_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("performed_at", UTCDateTime(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("levels", sa.String(length=80), nullable=False),
        sa.Column("side", sa.String(length=6), nullable=False),
        sa.Column("intent", sa.String(length=12), nullable=False),
        sa.Column("agent", sa.String(length=12), nullable=False),
        sa.Column("steroid", sa.Boolean(), nullable=True),
        sa.Column("sedation", sa.Boolean(), nullable=True),
        sa.Column("provider", sa.String(length=80), nullable=False),
        sa.Column("baseline", Score(), nullable=True),
        sa.Column("post_score", Score(), nullable=True),
        sa.Column("prior_positive", sa.Integer(), nullable=True),
        sa.Column("sessions_12m", sa.Integer(), nullable=True),
        sa.Column("ended", sa.String(length=10), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "agent IN ('', 'lidocaine', 'bupivacaine', 'ropivacaine', 'other')",
            name=op.f("ck_procedure_agent_known"),
        ),
        sa.CheckConstraint(
            "ended IN ('', 'cancelled', 'decided', 'reached', 'declined', 'deceased')",
            name=op.f("ck_procedure_ended_known"),
        ),
        sa.CheckConstraint(
            "intent IN ('', 'diagnostic', 'therapeutic')", name=op.f("ck_procedure_intent_known")
        ),
        sa.CheckConstraint("kind IN ('facet', 'mbb')", name=op.f("ck_procedure_kind_known")),
        sa.CheckConstraint("side IN ('', 'left', 'right', 'both')", name=op.f("ck_procedure_side_known")),
        sa.CheckConstraint(
            "status IN ('planned', 'performed', 'cancelled')", name=op.f("ck_procedure_status_known")
        ),
        sa.CheckConstraint(
            "baseline >= 0 AND baseline <= 10 AND baseline * 2 = CAST(baseline * 2 AS INTEGER)",
            name=op.f("ck_procedure_baseline_is_score"),
        ),
        sa.CheckConstraint(
            "post_score >= 0 AND post_score <= 10 AND post_score * 2 = CAST(post_score * 2 AS INTEGER)",
            name=op.f("ck_procedure_post_score_is_score"),
        ),
        sa.CheckConstraint("prior_positive >= 0", name=op.f("ck_procedure_prior_positive_not_negative")),
        sa.CheckConstraint("sessions_12m >= 0", name=op.f("ck_procedure_sessions_12m_not_negative")),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_in.id"], name=op.f("fk_procedure_check_in_id_check_in")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_procedure_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_procedure_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure")),
        sa.UniqueConstraint("clinic_id", "reference", name=op.f("uq_procedure_clinic_id_reference")),
    )
    with op.batch_alter_table("procedure", schema=None) as batch_op:
        batch_op.create_index("ix_procedure_check_in", ["check_in_id"], unique=False)
        batch_op.create_index(
            "ix_procedure_open",
            ["clinic_id", "check_in_id"],
            unique=False,
            sqlite_where=sa.text("ended = ''"),
            postgresql_where=sa.text("ended = ''"),
        )
        batch_op.create_index(batch_op.f("ix_procedure_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("check_in_id", sa.Integer(), nullable=True),
        sa.Column("inbound_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=1), nullable=False),
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("said", Sealed("alert.said"), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("acknowledged_at", UTCDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=80), nullable=False),
        sa.Column("resolved_at", UTCDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(length=80), nullable=False),
        sa.Column("resolved_how", sa.String(length=40), nullable=False),
        sa.CheckConstraint("tier IN ('E', 'S')", name=op.f("ck_alert_tier_known")),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_in.id"], name=op.f("fk_alert_check_in_id_check_in")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_alert_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_alert_inbound_id_inbound")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_alert_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("inbound_id", name=op.f("uq_alert_inbound_id")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_check_in", ["check_in_id"], unique=False)
        batch_op.create_index(
            "ix_alert_open",
            ["clinic_id", "id"],
            unique=False,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_in_id", sa.Integer(), nullable=False),
        sa.Column("inbound_id", sa.Integer(), nullable=True),
        sa.Column("question", sa.String(length=24), nullable=False),
        sa.Column("number", Score(), nullable=True),
        sa.Column("word", sa.String(length=12), nullable=False),
        sa.Column("approx", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.String(length=400), nullable=False),
        sa.Column("why", Sealed("answer.why"), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("(number IS NULL) = (word <> '')", name=op.f("ck_answer_number_or_word")),
        sa.CheckConstraint(
            "question <> 'relief_hours' OR (number IS NOT NULL AND number >= 0 AND number <= 48)",
            name=op.f("ck_answer_hours_are_hours"),
        ),
        sa.CheckConstraint(
            "question IN ('pain_now', 'warning_signs', 'warning_signs_which', 'pain_best', 'relief_hours', 'took_medicine', 'medicine_when', 'usual_activity', 'identity', 'index_pain')",
            name=op.f("ck_answer_question_known"),
        ),
        sa.CheckConstraint(
            "question NOT IN ('pain_now', 'pain_best') OR (number IS NOT NULL AND number >= 0 AND number <= 10 AND number * 2 = CAST(number * 2 AS INTEGER))",
            name=op.f("ck_answer_scores_are_scores"),
        ),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_in.id"], name=op.f("fk_answer_check_in_id_check_in")
        ),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_answer_inbound_id_inbound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index("ix_answer_check_in", ["check_in_id", "id"], unique=False)

    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("outbound_id", sa.Integer(), nullable=True),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("check_in_id", sa.Integer(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=24), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("answered_by", sa.String(length=24), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_call_direction_known")),
        sa.CheckConstraint("turn >= 0 AND misses >= 0", name=op.f("ck_call_counts_not_negative")),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_in.id"], name=op.f("fk_call_check_in_id_check_in")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_call_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["outbound_id"], ["outbound.id"], name=op.f("fk_call_outbound_id_outbound")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_call_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("sid", name=op.f("uq_call_sid")),
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index("ix_call_check_in", ["check_in_id"], unique=False)

    op.create_table(
        "opt_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("phone_hash", sa.String(length=40), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("inbound_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_opt_out_inbound_id_inbound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out")),
        sa.UniqueConstraint("sender", "phone_hash", name=op.f("uq_opt_out_sender_phone_hash")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("flags", sa.String(length=400), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("pw", sa.Float(), nullable=True),
        sa.Column("pn", sa.Float(), nullable=True),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("thresholds", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedure.id"], name=op.f("fk_proposal_procedure_id_procedure")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("procedure_id", "seq", name=op.f("uq_proposal_procedure_id_seq")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("error", sa.String(length=8), nullable=False),
        sa.Column("outbound_id", sa.Integer(), nullable=True),
        sa.Column("raw", Sealed("receipt.raw"), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbound_id"], ["outbound.id"], name=op.f("fk_receipt_outbound_id_outbound")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("sid", "status", "error", name=op.f("uq_receipt_sid_status_error")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_outbound", ["outbound_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe", sa.String(length=120), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("check_in_id", sa.Integer(), nullable=True),
        sa.Column("inbound_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_in.id"], name=op.f("fk_task_check_in_id_check_in")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_task_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_task_inbound_id_inbound")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_task_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_task_dedupe")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_check_in", ["check_in_id"], unique=False)
        batch_op.create_index(
            "ix_task_open",
            ["clinic_id", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=32), nullable=False),
        sa.Column("note", Sealed("decision.note"), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedure.id"], name=op.f("fk_decision_procedure_id_procedure")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_decision_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_decision_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index("ix_decision_procedure", ["procedure_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index("ix_decision_procedure")

    op.drop_table("decision")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_task_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index("ix_task_check_in")

    op.drop_table("task")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_outbound")

    op.drop_table("receipt")
    op.drop_table("proposal")
    op.drop_table("opt_out")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_index("ix_call_check_in")

    op.drop_table("call")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_check_in")

    op.drop_table("answer")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alert_open",
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.drop_index("ix_alert_check_in")

    op.drop_table("alert")
    with op.batch_alter_table("procedure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedure_patient_id"))
        batch_op.drop_index(
            "ix_procedure_open", sqlite_where=sa.text("ended = ''"), postgresql_where=sa.text("ended = ''")
        )
        batch_op.drop_index("ix_procedure_check_in")

    op.drop_table("procedure")
    with op.batch_alter_table("outbound", schema=None) as batch_op:
        batch_op.drop_index("ix_outbound_to")
        batch_op.drop_index("ix_outbound_sid")
        batch_op.drop_index("ix_outbound_sent")
        batch_op.drop_index(
            "ix_outbound_refused",
            sqlite_where=sa.text("state = 'refused'"),
            postgresql_where=sa.text("state = 'refused'"),
        )
        batch_op.drop_index(
            "ix_outbound_in_doubt",
            sqlite_where=sa.text("deadline IS NOT NULL"),
            postgresql_where=sa.text("deadline IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_outbound_due",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.drop_index("ix_outbound_check_in")

    op.drop_table("outbound")
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.drop_index("ix_inbound_clinic")
        batch_op.drop_index("ix_inbound_check_in")

    op.drop_table("inbound")
    with op.batch_alter_table("roster_line", schema=None) as batch_op:
        batch_op.drop_index("ix_roster_line_reference")
        batch_op.drop_index(batch_op.f("ix_roster_line_performed_on"))

    op.drop_table("roster_line")
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_check_in_patient_id"))
        batch_op.drop_index(
            "ix_check_in_give_up",
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )
        batch_op.drop_index("ix_check_in_due_on")

    op.drop_table("check_in")
    op.drop_table("staff")
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.drop_index("ix_roster_clinic")

    op.drop_table("roster")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index("ix_patient_phone_hash")

    op.drop_table("patient")
    op.drop_table("digest")
    op.drop_table("heartbeat")
    op.drop_table("comparison")
    with op.batch_alter_table("clinic", schema=None) as batch_op:
        batch_op.drop_index("ix_clinic_sender")

    op.drop_table("clinic")
