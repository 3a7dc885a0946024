"""Write one row of the record, in the transaction of what it tells of: both are stored, or neither."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session, select

from followup.store import is_one_of, keyed_hash
from followup.store.models import Audit, Place

_ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_CODES = re.compile(r"[A-Za-z0-9_.,:=@+/ -]{0,80}")


def record(
    session: Session,
    *,
    action: str,
    now: datetime,
    clinic_id: int | None = None,
    staff_id: int | None = None,
    subject: str = "",
    subject_id: int | None = None,
    detail: str = "",
    address: str = "",
) -> None:
    """Add a row: `action` like "decision.sign", `subject` and its id like "patient", 12.

    `staff_id` None is the program or the command line. `detail` takes short codes, never a name, a number or
    somebody's words; `address` is the network address of whoever did it. Raises ValueError for an action or a
    detail that does not look like one: this is the one table nobody can mend.
    """
    if not _ACTION.fullmatch(action):
        raise ValueError("an audit action is written like decision.sign")
    if not _CODES.fullmatch(detail):
        raise ValueError("an audit detail holds short codes of at most 80 characters")
    session.add(
        Audit(
            at=now, clinic_id=clinic_id, staff_id=staff_id, action=action, subject=subject,
            subject_id=subject_id, detail=detail, place_id=place_of(session, address, now),
        )
    )  # fmt: skip


def place_of(session: Session, address: str, now: datetime) -> int | None:
    """The id of the row of a network address, made if it has none yet; None for an unknown one."""
    if not address:
        return None
    known = session.exec(
        select(Place.id).where(is_one_of(Place.address_hash, "address", address)).limit(1)
    ).first()
    if known is not None:
        return known
    place = Place(address=address, address_hash=keyed_hash("address", address), first_seen_at=now)
    session.add(place)
    session.flush()
    return place.id
