"""Look something up in the record: by person, action, subject and days, newest first, in pages.

Pages go on from the last row shown and not by number: the record grows while somebody reads it, and
counting off the rows before page 900 would read them all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlmodel import Session, col, select, tuple_

from followup.harmless import harmless
from followup.store import Store
from followup.store.models import Audit, Place, Staff

PAGE = 50
_AT_ONCE = 1000  # rows an export reads in one transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is empty or None does not matter.

    action: "patient.view", or "patient" for all of its kind. since, before: UTC moments.
    """

    staff_id: int | None = None
    action: str = ""
    subject: str = ""
    subject_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the record with its person's e-mail ("" for the program) and address."""

    row: Audit
    email: str
    address: str


Mark = tuple[datetime, int]  # the moment and id of the last row seen


def search(
    session: Session, clinic_id: int, wanted: Wanted, after: Mark | None = None, limit: int = PAGE
) -> list[Entry]:
    """The newest rows of a clinic that fit, from the one after `after`."""
    fitting = (
        select(Audit, Staff, Place)
        .join(Staff, col(Audit.staff_id) == col(Staff.id), isouter=True)
        .join(Place, col(Audit.place_id) == col(Place.id), isouter=True)
        .where(Audit.clinic_id == clinic_id)
        .order_by(col(Audit.at).desc(), col(Audit.id).desc())
        .limit(limit)
    )
    if wanted.staff_id is not None:
        fitting = fitting.where(Audit.staff_id == wanted.staff_id)
    if wanted.action:
        fitting = fitting.where(
            (col(Audit.action) == wanted.action)
            | col(Audit.action).startswith(f"{wanted.action}.", autoescape=True)
        )
    if wanted.subject:
        fitting = fitting.where(Audit.subject == wanted.subject)
    if wanted.subject_id is not None:
        fitting = fitting.where(Audit.subject_id == wanted.subject_id)
    if wanted.since is not None:
        fitting = fitting.where(Audit.at >= wanted.since)
    if wanted.before is not None:
        fitting = fitting.where(Audit.at < wanted.before)
    if after is not None:
        fitting = fitting.where(tuple_(col(Audit.at), col(Audit.id)) < after)
    return [
        Entry(row, staff.email if staff else "", place.address if place else "")
        for row, staff, place in session.exec(fitting).all()
    ]


def export(store: Store, clinic_id: int, wanted: Wanted, zone: tzinfo) -> Iterator[str]:
    """The same as CSV, in pieces, each read in a transaction of its own: an export may take minutes."""
    yield _line(["at", "local_time", "who", "action", "subject", "subject_id", "detail", "address"])
    after: Mark | None = None
    while True:
        with store.read() as session:
            found = search(session, clinic_id, wanted, after, _AT_ONCE)
        if not found:
            return
        yield "".join(_line(_cells(entry, zone)) for entry in found)
        last = found[-1].row
        assert last.id is not None
        after = (last.at, last.id)


def _cells(entry: Entry, zone: tzinfo) -> list[str]:
    row = entry.row
    return [
        row.at.isoformat(timespec="seconds"),
        f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        entry.email or ("program" if row.staff_id is None else f"staff {row.staff_id}"),
        row.action,
        row.subject,
        "" if row.subject_id is None else str(row.subject_id),
        row.detail,
        entry.address,
    ]


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue()
