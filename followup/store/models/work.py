"""What people must look at, what was handed to them, and signs that the clock lives."""

from datetime import date, datetime

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlmodel import Field

from followup.store.columns import Row, moment, one_of, sealed, words

TIERS = ("E", "S")
ROSTER_RESULTS = ("new", "changed", "refused")


class Alert(Row, table=True):
    """A warning sign. Acknowledged means somebody saw it; only resolved takes it off the digest."""

    __table_args__ = (
        UniqueConstraint("inbound_id"),
        one_of("tier", TIERS),
        Index("ix_alert_open", "clinic_id", "id", sqlite_where=text("resolved_at IS NULL"),
              postgresql_where=text("resolved_at IS NULL")),
        Index("ix_alert_check_in", "check_in_id"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    patient_id: int | None = Field(default=None, foreign_key="patient.id")
    check_in_id: int | None = Field(default=None, foreign_key="check_in.id")
    inbound_id: int = Field(foreign_key="inbound.id")
    tier: str = words(1)
    kind: str = words(120)  # the flags or signs, comma-separated
    said: str = sealed("alert.said", default="")  # what set it off, for staff
    opened_at: datetime = moment()
    acknowledged_at: datetime | None = moment(default=None, nullable=True)
    acknowledged_by: str = sealed("alert.acknowledged_by", default="")  # "staff 3", or an on-call name
    resolved_at: datetime | None = moment(default=None, nullable=True)
    resolved_by: str = words(80, default="")
    resolved_how: str = words(40, default="")


class Task(Row, table=True):
    """Something a person must look at, with the reason in words."""

    __table_args__ = (
        UniqueConstraint("dedupe"),
        Index("ix_task_open", "clinic_id", "id", sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        Index("ix_task_check_in", "check_in_id"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    dedupe: str = words(120)
    clinic_id: int | None = Field(default=None, foreign_key="clinic.id")
    patient_id: int | None = Field(default=None, foreign_key="patient.id")
    check_in_id: int | None = Field(default=None, foreign_key="check_in.id")
    inbound_id: int | None = Field(default=None, foreign_key="inbound.id")
    kind: str = words(24)
    reason: str = words(300)
    opened_at: datetime = moment()
    closed_at: datetime | None = moment(default=None, nullable=True)
    closed_by: str = words(80, default="")


class Roster(Row, table=True):
    """One run of `followup import`."""

    __table_args__ = (Index("ix_roster_clinic", "clinic_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    at: datetime = moment()
    lines: int = 0
    unchanged: int = 0
    emptied_at: datetime | None = moment(default=None, nullable=True)  # when its refused lines were let go


class RosterLine(Row, table=True):
    """What became of one line: the independent witness that reconciliation counts against procedures."""

    __tablename__ = "roster_line"
    __table_args__ = (
        UniqueConstraint("roster_id", "line"),
        one_of("result", ROSTER_RESULTS),
        Index("ix_roster_line_day", "clinic_id", "performed_on"),
        Index("ix_roster_line_reference", "clinic_id", "reference"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    roster_id: int = Field(foreign_key="roster.id")
    line: int
    result: str = words(8)
    reference: str = words(64, default="")
    performed_on: date | None = None  # clinic-local day, None when unreadable
    said: str = sealed("roster_line.said", default="")


class RosterDraft(Row, table=True):
    """A roster file that somebody looks at before it is taken in: whole, sealed, and only for a while."""

    __tablename__ = "roster_draft"
    __table_args__ = (Index("ix_roster_draft_at", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    staff_id: int = Field(foreign_key="staff.id")
    file: str = sealed("roster_draft.file")  # its bytes, one letter each
    shown: str = words(64, default="")  # the fingerprint of the preview that was shown
    at: datetime = moment()


class DigestRun(Row, table=True):
    """That a digest was made for a clinic, a local date and a slot: once, whoever ticks."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("clinic_id", "day", "slot"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    day: date
    slot: str = words(5)  # local time of day, "07:30"
    at: datetime = moment()
    seconds: float | None = None  # what it took to make


class PurgeRun(Row, table=True):
    """That what a clinic no longer keeps was let go on a local day: once, in small steps, whoever ticks."""

    __tablename__ = "purge"
    __table_args__ = (UniqueConstraint("clinic_id", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    day: date
    finished_at: datetime | None = moment(default=None, nullable=True)


class Comparison(Row, table=True):
    """That a UTC day's texts were compared with the carrier's list, once for each account."""

    __table_args__ = (UniqueConstraint("account", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    account: str = words(40)
    day: date
    tried_at: datetime = moment()
    finished_at: datetime | None = moment(default=None, nullable=True)
    listed: int = 0  # texts in the carrier's list
    late: int = 0  # of these, heard only now


class Heartbeat(Row, table=True):
    """The clock's last sign of life."""

    name: str = Field(primary_key=True, sa_type=String(32))
    at: datetime = moment()
    owner: str = words(80, default="")
