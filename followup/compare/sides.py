"""What both comparisons ask of a day: whose it is, what only one side has, and the task that says so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session, col, select

from followup.checkin.tasks import open_task
from followup.outreach.outcome import Listed, Sighting
from followup.store import Store
from followup.store.models import CheckIn, Clinic, Outbound

_FETCHES = 200  # single messages asked about in one night


def clinic_of(ours: Mapping[str, Clinic], item: Listed) -> Clinic | None:
    """The clinic whose text or call it is; None for what there was before the clinic was here."""
    clinic = ours.get(item.to if item.direction == "inbound" else item.sender) or ours.get(item.service)
    return clinic if clinic is not None and clinic.created_at <= item.created_at else None


def known(session: Session, column: object, sids: Sequence[str]) -> set[str]:
    """Which of these ids a column holds."""
    found: set[str] = set()
    for start in range(0, len(sids), 500):  # databases limit the parameters of a statement
        found |= set(session.exec(select(column).where(column.in_(sids[start : start + 500]))).all())  # type: ignore
    return found


def only_here(
    store: Store,
    day: date,
    listed: Collection[str],
    channels: Collection[str],
    no_proof: Collection[str],
    find: Callable[[str], list[Sighting] | None],
) -> list[Outbound]:
    """Rows sent on the day that the list has not, and that the carrier, asked for each, does not know.

    One that left after midnight is on the next day's list, so absence alone proves nothing.
    """
    begin = datetime.combine(day, time(0), tzinfo=UTC)
    with store.read() as session:
        rows = session.exec(
            select(Outbound).where(
                col(Outbound.sent_at) >= begin,
                col(Outbound.sent_at) < begin + timedelta(days=1),
                col(Outbound.channel).in_(channels),
                Outbound.state == "sent",
                col(Outbound.delivery).not_in(no_proof),
                Outbound.sid != "",
            )
        ).all()
    missing = [row for row in rows if row.sid not in listed][:_FETCHES]
    return [row for row in missing if find(row.sid) == []]


def tell_of_row(session: Session, row: Outbound, reason: str, now: datetime) -> None:
    home = session.get(CheckIn, row.check_in_id) if row.check_in_id else None
    open_task(
        session, dedupe=f"compare:here:{row.id}", kind="compare", reason=reason, clinic_id=row.clinic_id,
        check_in=home, now=now,
    )  # fmt: skip


def tell(
    session: Session,
    key: str,
    reason: str,
    clinic: Clinic | None,
    now: datetime,
    patient_id: int | None = None,
) -> None:
    open_task(
        session, dedupe=f"compare:{key}", kind="compare", reason=reason,
        clinic_id=clinic.id if clinic else None, patient_id=patient_id, now=now,
    )  # fmt: skip
