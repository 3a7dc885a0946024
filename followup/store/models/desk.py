"""What staff do with a case by hand, and who has a row in hand just now."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from followup.store.columns import Row, moment, one_of, words

ACTS = ("reached", "no_answer", "wrong_number", "answered", "declined", "deceased", "task_done", "taken_back")


class CaseLock(Row, table=True):
    """Who has a check-in's row open, and until when. One row a check-in; taken over once it has run out."""

    __tablename__ = "case_lock"
    __table_args__ = (UniqueConstraint("check_in_id"),)

    id: int | None = Field(default=None, primary_key=True)
    check_in_id: int = Field(foreign_key="check_in.id")
    staff_id: int = Field(foreign_key="staff.id")
    until: datetime = moment()


class DeskAct(Row, table=True):
    """What somebody at the desk did. Append-only: taking it back is another row that names it."""

    __tablename__ = "desk_act"
    __table_args__ = (
        one_of("what", ACTS),
        CheckConstraint("(what = 'taken_back') = (takes_back IS NOT NULL)", name="taken_back_says_what"),
        Index("ix_desk_act_check_in", "check_in_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    check_in_id: int | None = Field(default=None, foreign_key="check_in.id")
    task_id: int | None = Field(default=None, foreign_key="task.id")
    staff_id: int = Field(foreign_key="staff.id")
    what: str = words(12)
    again_at: datetime | None = moment(default=None, nullable=True)  # when its row comes back
    takes_back: int | None = Field(default=None, foreign_key="desk_act.id")
    at: datetime = moment()
