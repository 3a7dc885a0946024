"""What left and what came: every message is a row before it is anything else."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from followup.store.columns import Row, hashed, moment, one_of, sealed, words

# text, call: through the carrier's REST API; live: other words for a call that is under way;
# answer: a text given in a webhook's TwiML; email: by SMTP
OUT_CHANNELS = ("text", "call", "live", "answer", "email")
OUT_STATES = ("planned", "sending", "sent", "refused", "unsure", "withdrawn", "missed")
# What the carrier last said of a message or call; delivered is never undone.
DELIVERIES = (
    "", "queued", "sent", "delivered", "undelivered", "failed",
    "ringing", "in-progress", "completed", "busy", "no-answer", "canceled",
)  # fmt: skip
# Contacts nobody waits for: they keep to the contact hours, and to their sender's pace.
PROMPTS = ("first", "reminder", "call", "second_call", "day_of")
_LISTED = ", ".join(f"'{step}'" for step in PROMPTS)
_PROMPT_DUE = text(f"state = 'planned' AND step IN ({_LISTED})")
_URGENT_DUE = text(f"state = 'planned' AND step NOT IN ({_LISTED})")
IN_CHANNELS = ("sms", "dtmf", "speech", "call")
IN_STATES = ("stored", "read", "unread")


class Outbound(Row, table=True):
    """Something that leaves: to a patient, to staff, by any channel."""

    __table_args__ = (
        UniqueConstraint("dedupe"),
        one_of("channel", OUT_CHANNELS),
        one_of("state", OUT_STATES),
        one_of("delivery", DELIVERIES),
        CheckConstraint("attempts >= 0 AND looks >= 0 AND segments >= 0", name="counts_not_negative"),
        # Ticks ask only these: without partial indexes they would scan twenty years of messages.
        Index("ix_outbound_due", "due_at", sqlite_where=text("state = 'planned'"),
              postgresql_where=text("state = 'planned'")),
        # One clinic's turn, and whatever answers somebody, found without reading another clinic's thousand.
        Index("ix_outbound_turn", "clinic_id", "channel", "due_at", sqlite_where=_PROMPT_DUE,
              postgresql_where=_PROMPT_DUE),
        Index("ix_outbound_urgent", "due_at", sqlite_where=_URGENT_DUE, postgresql_where=_URGENT_DUE),
        # What was never asked and is too old to be: not found by looking at all that is planned for months.
        Index("ix_outbound_useless", "useless_after", sqlite_where=text("state = 'planned'"),
              postgresql_where=text("state = 'planned'")),
        Index("ix_outbound_in_doubt", "deadline", sqlite_where=text("deadline IS NOT NULL"),
              postgresql_where=text("deadline IS NOT NULL")),
        Index("ix_outbound_check_in", "check_in_id", "id"),
        Index("ix_outbound_sid", "sid"),
        Index("ix_outbound_to", "to_hash", "sent_at"),
        Index("ix_outbound_sent", "sent_at"),  # a day's texts, for the comparison with the carrier
        Index("ix_outbound_full", "clinic_id", "created_at", sqlite_where=text("emptied_at IS NULL"),
              postgresql_where=text("emptied_at IS NULL")),
        Index("ix_outbound_refused", "changed_at", sqlite_where=text("state = 'refused'"),
              postgresql_where=text("state = 'refused'")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    dedupe: str = words(160)
    clinic_id: int = Field(foreign_key="clinic.id")
    patient_id: int | None = Field(default=None, foreign_key="patient.id")
    check_in_id: int | None = Field(default=None, foreign_key="check_in.id")
    channel: str = words(6)
    step: str = words(16)  # first | reminder | question | closing | notice | digest …
    question: str = words(24, default="")
    turn: int = 0
    sender: str = words(120, default="")
    to: str = sealed("outbound.to")
    to_hash: str = hashed("phone", "to", default="")
    subject: str = words(120, default="")
    body: str = sealed("outbound.body", default="")
    state: str = words(10, default="planned")
    due_at: datetime = moment()
    useless_after: datetime | None = moment(default=None, nullable=True)
    owner: str = words(80, default="")
    deadline: datetime | None = moment(default=None, nullable=True)
    attempts: int = 0
    looks: int = 0  # how often the carrier was asked about an unsure row
    started_at: datetime | None = moment(default=None, nullable=True)
    sent_at: datetime | None = moment(default=None, nullable=True)
    sid: str = words(40, default="")
    delivery: str = words(12, default="")
    error: str = words(8, default="")
    reason: str = words(200, default="")  # for staff, in words
    segments: int = 0
    seconds: int = 0  # how long a call lasted once it was answered
    emptied_at: datetime | None = moment(default=None, nullable=True)  # when its words were let go
    redacted_at: datetime | None = moment(default=None, nullable=True)  # when the carrier let them go
    created_at: datetime = moment()
    changed_at: datetime = moment()


class Pace(Row, table=True):
    """How far ahead of its rate one sender has gone: the one thing that all workers count on together."""

    __table_args__ = (UniqueConstraint("sender", "channel"), one_of("channel", ("text", "call")))

    id: int | None = Field(default=None, primary_key=True)
    sender: str = words(120)
    channel: str = words(4)
    free_at: datetime = moment()  # when everything it was given will have left at its rate


class Call(Row, table=True):
    """A call, ours or theirs: what was asked last, whether the person is known, who picked up.

    One row a call, since each of its requests bears the call's id and nothing else about where it stands.
    """

    __table_args__ = (
        UniqueConstraint("sid"),
        one_of("direction", ("out", "in")),
        CheckConstraint("turn >= 0 AND misses >= 0", name="counts_not_negative"),
        Index("ix_call_check_in", "check_in_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sid: str = words(64)
    direction: str = words(3)
    outbound_id: int | None = Field(default=None, foreign_key="outbound.id")
    clinic_id: int | None = Field(default=None, foreign_key="clinic.id")
    patient_id: int | None = Field(default=None, foreign_key="patient.id")
    check_in_id: int | None = Field(default=None, foreign_key="check_in.id")
    turn: int = 0  # whose answer is awaited; it stands in the address that answer is posted to
    asked: str = words(24, default="")  # a question, or "desk" while the front desk is being rung
    misses: int = 0  # in a row: nothing keyed, or nothing that says who is speaking
    confirmed: bool = False  # the patient said who they are; nothing about health before
    answered_by: str = words(24, default="")  # the carrier's verdict: human, machine_..., fax, unknown
    created_at: datetime = moment()
    changed_at: datetime = moment()


class Inbound(Row, table=True):
    """Something a person sent us, kept before it is understood, with the answer we gave."""

    __table_args__ = (
        UniqueConstraint("sid", "turn"),
        one_of("channel", IN_CHANNELS),
        one_of("state", IN_STATES),
        Index("ix_inbound_check_in", "check_in_id", "id"),
        Index("ix_inbound_clinic", "clinic_id", "received_at"),
        Index("ix_inbound_from", "from_hash"),  # whether a phone has warned
        Index("ix_inbound_full", "clinic_id", "received_at", sqlite_where=text("emptied_at IS NULL"),
              postgresql_where=text("emptied_at IS NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    sid: str = words(64)
    turn: int = 0  # texts 0; answers of one call count up, since all bear the call's SID
    channel: str = words(6)
    clinic_id: int | None = Field(default=None, foreign_key="clinic.id")
    patient_id: int | None = Field(default=None, foreign_key="patient.id")
    check_in_id: int | None = Field(default=None, foreign_key="check_in.id")
    sender: str = words(40, default="")  # which of our numbers was written to
    from_number: str = sealed("inbound.from_number")
    from_hash: str = hashed("phone", "from_number", default="")
    body: str = sealed("inbound.body", default="")
    raw: str = sealed("inbound.raw")
    media: int = 0
    segments: int = 0
    state: str = words(8, default="stored")
    question: str = words(24, default="")
    intent: str = words(16, default="")
    staff_id: int | None = Field(default=None, foreign_key="staff.id")  # who wrote down what was said to them
    reply: str = sealed("inbound.reply", default="")  # the TwiML answered, given again on repeats
    received_at: datetime = moment()
    emptied_at: datetime | None = moment(default=None, nullable=True)  # when its words were let go
    redacted_at: datetime | None = moment(default=None, nullable=True)  # when the carrier let them go


class Receipt(Row, table=True):
    """A status callback, each kept: duplicates and any order are the carrier's habit."""

    __table_args__ = (
        UniqueConstraint("sid", "status", "error"),
        Index("ix_receipt_outbound", "outbound_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sid: str = words(64)
    status: str = words(24)
    error: str = words(8, default="")
    outbound_id: int | None = Field(default=None, foreign_key="outbound.id")
    raw: str = sealed("receipt.raw")
    received_at: datetime = moment()
