"""What was done and what came of it: procedures, check-ins, answers, proposals, decisions."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from followup.store.columns import Row, is_score, moment, one_of, score, sealed, words

PROCEDURE_STATES = ("planned", "performed", "cancelled")
KINDS = ("facet", "mbb")
SIDES = ("", "left", "right", "both")
INTENTS = ("", "diagnostic", "therapeutic")
AGENTS = ("", "lidocaine", "bupivacaine", "ropivacaine", "other")
CASE_ENDS = ("", "cancelled", "decided", "reached", "declined", "deceased")
CHECK_IN_STATES = ("planned", "open", "closed")
# "" while open; then how the conversation ended, in the decision table's words
OUTCOMES = (
    "", "answered", "no_answer", "unclear", "opt_out", "wrong_person", "undeliverable", "no_consent",
    "no_phone", "missed", "cancelled",
)  # fmt: skip
QUESTIONS = (
    "pain_now", "warning_signs", "warning_signs_which", "pain_best", "relief_hours", "took_medicine",
    "medicine_when", "usual_activity", "identity", "index_pain",
)  # fmt: skip


class CheckIn(Row, table=True):
    """One conversation with one patient about one local day."""

    __tablename__ = "check_in"
    __table_args__ = (
        UniqueConstraint("patient_id", "due_on", "kind"),
        one_of("state", CHECK_IN_STATES),
        one_of("outcome", OUTCOMES),
        CheckConstraint("(state = 'closed') = (outcome <> '')", name="closed_has_outcome"),
        CheckConstraint("turn >= 0 AND tries >= 0", name="counts_not_negative"),
        Index("ix_check_in_due_on", "clinic_id", "due_on"),
        Index("ix_check_in_give_up", "give_up_at", sqlite_where=text("state <> 'closed'"),
              postgresql_where=text("state <> 'closed'")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    patient_id: int = Field(foreign_key="patient.id", index=True)
    kind: str = words(12, default="next_day")
    due_on: date  # the clinic's local date, fixed when planned
    due_at: datetime = moment()
    state: str = words(8, default="planned")
    outcome: str = words(16, default="")
    # Where the conversation stands. `turn` counts questions put; replies are serialised on it.
    turn: int = 0
    question: str = words(24, default="")
    tries: int = 0
    asked_back: bool = False
    about: str = words(80, default="")
    unusable: str = words(200, default="")
    hand_over: bool = False
    first_asked_at: datetime | None = moment(default=None, nullable=True)
    asked_at: datetime | None = moment(default=None, nullable=True)
    heard_at: datetime | None = moment(default=None, nullable=True)
    give_up_at: datetime | None = moment(default=None, nullable=True)
    closed_at: datetime | None = moment(default=None, nullable=True)
    changed_at: datetime = moment()


class Procedure(Row, table=True):
    """An injection as the roster told it. `ended` says why nobody needs to look at the case any more."""

    __table_args__ = (
        UniqueConstraint("clinic_id", "reference"),
        one_of("status", PROCEDURE_STATES),
        one_of("kind", KINDS),
        one_of("side", SIDES),
        one_of("intent", INTENTS),
        one_of("agent", AGENTS),
        one_of("ended", CASE_ENDS),
        is_score("baseline"),
        is_score("post_score"),
        CheckConstraint("prior_positive >= 0", name="prior_positive_not_negative"),
        CheckConstraint("sessions_12m >= 0", name="sessions_12m_not_negative"),
        Index("ix_procedure_check_in", "check_in_id"),
        Index("ix_procedure_day", "clinic_id", "performed_at"),  # the schedule
        Index("ix_procedure_open", "clinic_id", "check_in_id", sqlite_where=text("ended = ''"),
              postgresql_where=text("ended = ''")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    patient_id: int = Field(foreign_key="patient.id", index=True)
    check_in_id: int | None = Field(default=None, foreign_key="check_in.id")
    reference: str = words(64)  # the roster's procedure_id
    performed_at: datetime = moment()
    status: str = words(10)
    kind: str = words(8, default="facet")
    levels: str = words(80, default="")
    side: str = words(6, default="")
    intent: str = words(12, default="")
    agent: str = words(12, default="")
    steroid: bool | None = None
    sedation: bool | None = None
    provider: str = sealed("procedure.provider", default="")
    baseline: Decimal | None = score()
    post_score: Decimal | None = score()
    prior_positive: int | None = None
    sessions_12m: int | None = None
    ended: str = words(10, default="")
    ended_at: datetime | None = moment(default=None, nullable=True)
    ended_by: str = words(80, default="")
    created_at: datetime = moment()
    changed_at: datetime = moment()


class Answer(Row, table=True):
    """What a patient answered. Append-only: the newest row of a question counts, the older ones stay."""

    __table_args__ = (
        one_of("question", QUESTIONS),
        CheckConstraint("(number IS NULL) = (word <> '')", name="number_or_word"),
        CheckConstraint(
            "question NOT IN ('pain_now', 'pain_best') OR (number IS NOT NULL AND number >= 0 "
            "AND number <= 10 AND number * 2 = CAST(number * 2 AS INTEGER))",
            name="scores_are_scores",
        ),
        CheckConstraint(
            "question <> 'relief_hours' OR (number IS NOT NULL AND number >= 0 AND number <= 48)",
            name="hours_are_hours",
        ),
        Index("ix_answer_check_in", "check_in_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    check_in_id: int = Field(foreign_key="check_in.id")
    inbound_id: int | None = Field(default=None, foreign_key="inbound.id")
    question: str = words(24)
    number: Decimal | None = score()
    word: str = words(12, default="")  # yes | no | window | after | unsure | told
    approx: bool = False
    flags: str = words(400, default="")
    why: str = sealed("answer.why", default="")  # JSON: the spans and rules that made the value
    staff_id: int | None = Field(default=None, foreign_key="staff.id")  # who entered it by hand
    at: datetime = moment()


class Proposal(Row, table=True):
    """What the decision table proposes for one procedure. Append-only; `seq` counts from 1."""

    __table_args__ = (UniqueConstraint("procedure_id", "seq"),)

    id: int | None = Field(default=None, primary_key=True)
    procedure_id: int = Field(foreign_key="procedure.id")
    seq: int
    disposition: str = words(32)
    reason: str = words(40)
    flags: str = words(400, default="")
    rule: str = words(24)
    pw: float | None = None
    pn: float | None = None
    inputs: str = Field(sa_type=Text)  # JSON, as given to the table
    thresholds: str = Field(sa_type=Text)  # JSON, as in force
    at: datetime = moment()


class Decision(Row, table=True):
    """What a provider decided about a proposal. Append-only."""

    __table_args__ = (Index("ix_decision_procedure", "procedure_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    procedure_id: int = Field(foreign_key="procedure.id")
    proposal_id: int = Field(foreign_key="proposal.id")
    choice: str = words(32)
    note: str = sealed("decision.note", default="")
    staff_id: int = Field(foreign_key="staff.id")
    at: datetime = moment()
