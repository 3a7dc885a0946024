"""How staff come in: their sessions, the links and codes that work once, and how often somebody tried.

What a thief of the database could sign in with is kept as a hash only; each of these secrets has so many
random bits that a plain hash of it tells nothing.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlmodel import Field

from followup.store.columns import Row, moment, one_of, words

# choose: which clinic; factor: the second factor is awaited; enrol: one must be set up first; in: signed in
STAGES = ("choose", "factor", "enrol", "in")
LINKS = ("invite", "reset")


class StaffSession(Row, table=True):
    """A browser that is signed in, or on its way: the cookie holds a token, the row its hash."""

    __tablename__ = "staff_session"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        one_of("stage", STAGES),
        Index("ix_staff_session_staff", "staff_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = words(64)
    staff_id: int = Field(foreign_key="staff.id")
    stage: str = words(8)
    choice: str = words(80, default="")  # at `choose`: the ids of the accounts whose password fitted
    browser: str = words(60, default="")
    place_id: int | None = None  # the network address it was opened from: a row of `place`
    opened_at: datetime = moment()
    seen_at: datetime = moment()  # when a person last did something; a page's own polls do not count
    idle_minutes: int
    ends_at: datetime = moment()  # whatever the person does
    ended_at: datetime | None = moment(default=None, nullable=True)
    ended_how: str = words(16, default="")


class Link(Row, table=True):
    """A link that was mailed or printed: lets its holder set the account's password, once."""

    __table_args__ = (
        UniqueConstraint("token_hash"),
        one_of("kind", LINKS),
        Index("ix_link_staff", "staff_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id")
    kind: str = words(8)
    token_hash: str = words(64)
    made_at: datetime = moment()
    ends_at: datetime = moment()
    used_at: datetime | None = moment(default=None, nullable=True)


class RecoveryCode(Row, table=True):
    """A code on paper that stands in once for a lost second factor."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("staff_id", "code_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id")
    code_hash: str = words(64)
    used_at: datetime | None = moment(default=None, nullable=True)


class Tally(Row, table=True):
    """How often something was tried lately, and until when it is shut for that."""

    __table_args__ = (
        CheckConstraint("count >= 0", name="count_not_negative"),
        Index("ix_tally_since", "since"),
    )

    key: str = Field(primary_key=True, sa_type=String(80))
    count: int = 0
    since: datetime = moment()  # the last try of a lock, the first of a window
    until: datetime | None = moment(default=None, nullable=True)
