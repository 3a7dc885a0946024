"""What the roster's own lines say: the witness that knows nothing of procedures and check-ins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, select

from followup.checkin.timing import local_moment
from followup.clinic import ClinicFile
from followup.digest.rows import among
from followup.store.models import Roster, RosterLine

_ACCEPTED = select(col(RosterLine.id), col(RosterLine.reference), col(RosterLine.performed_on)).where(
    RosterLine.result != "refused"
)


def accepted(session: Session, clinic_id: int, first: date, last: date) -> dict[str, date]:
    """Each reference whose newest accepted line is about a local day from `first` to `last`, with that day.

    A moved procedure counts on its new day.
    """
    about = _ACCEPTED.where(
        RosterLine.clinic_id == clinic_id, col(RosterLine.performed_on).between(first, last)
    )
    named = {reference for _, reference, _ in session.exec(about)}
    newest = {reference: on for _, reference, on in _accepted_lines(session, clinic_id, named)}
    return {reference: on for reference, on in newest.items() if on is not None and first <= on <= last}


def refused(
    session: Session, clinic_id: int, file: ClinicFile, day: date
) -> list[tuple[RosterLine, datetime]]:
    """Lines refused on local day `day` or the day before and not accepted since, with their moment.

    The same bad file imported twice is one line: only its last refusal is kept.
    """
    start = local_moment(day - timedelta(days=1), time(0), file.zone)
    end = local_moment(day + timedelta(days=1), time(0), file.zone)
    rosters = session.exec(
        select(Roster).where(Roster.clinic_id == clinic_id, Roster.at >= start, Roster.at < end)
    ).all()
    at = {roster.id: roster.at for roster in rosters}
    bad = select(RosterLine).where(RosterLine.result == "refused")
    lines = sorted(among(session, bad, col(RosterLine.roster_id), at), key=_id)
    named = {line.reference for line in lines if line.reference}
    since = {reference: id for id, reference, _ in _accepted_lines(session, clinic_id, named)}
    last = {line.reference or line.said: line for line in lines}
    return [(line, at[line.roster_id]) for line in last.values() if _id(line) > since.get(line.reference, 0)]


def _accepted_lines(
    session: Session, clinic_id: int, references: Iterable[str]
) -> list[tuple[int, str, date | None]]:
    """(id, reference, day) of every accepted line of these references in this clinic, oldest first."""
    ours = _ACCEPTED.where(RosterLine.clinic_id == clinic_id)
    return sorted(among(session, ours, col(RosterLine.reference), references))


def _id(row: Any) -> int:
    return int(row.id)
