"""Who did what, when and from where: rows that are only ever added.

No row here names another by a foreign key: the record must outlive what it tells of, and a patient who is
erased, or a member of staff who leaves, must not pull their rows along.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from followup.store.columns import Row, hashed, moment, sealed, words


class Audit(Row, table=True):
    """One thing done or seen. Ids and short codes only, so that erasing a person needs no change here.

    A trigger refuses every UPDATE.
    """

    __table_args__ = (
        Index("ix_audit_clinic", "clinic_id", "id"),
        Index("ix_audit_when", "clinic_id", "at", "id"),
        Index("ix_audit_staff", "staff_id", "id"),
        Index("ix_audit_subject", "subject", "subject_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = moment()
    clinic_id: int | None = None  # None = the whole machine, or a sign-in that led nowhere
    staff_id: int | None = None  # None = the program itself, or the command line
    action: str = words(40)  # "patient.view", "decision.sign"
    subject: str = words(24, default="")  # the table of what it was done to
    subject_id: int | None = None
    detail: str = words(80, default="")  # short codes
    place_id: int | None = None  # where from: a row of `place`


class AuditSeal(Row, table=True):
    """That an audit row was as it is when it was sealed: one link of a hash chain, in the order of `id`.

    Beside the audit row and not in it, so that no audit row is ever updated. An audit row without a seal is
    newer than the last sealing; a seal without its audit row tells of one that was taken away.
    """

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("audit_id"),)

    id: int | None = Field(default=None, primary_key=True)
    audit_id: int
    hash: str = words(64)  # over the link before and the audit row
    at: datetime = moment()


class Place(Row, table=True):
    """A network address somebody came from.

    Apart from the audit rows, which are never changed: a sealed value must be sealed anew when the keys are
    rotated, and an address can be erased. An address may have several rows; nothing needs it to have one.
    """

    __table_args__ = (Index("ix_place_address_hash", "address_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    address: str = sealed("place.address")
    address_hash: str = hashed("address", "address")
    first_seen_at: datetime = moment()
