"""Let go of what a clinic no longer keeps, by its own days: messages first, then names, then whole cases.

In small steps, each a short transaction, so that a first purge of years does not hold up a patient's reply.
A legal hold keeps everything of a patient; so does whatever is not finished: an open conversation, a warning
nobody has resolved.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from followup.audit.record import record
from followup.checkin.clinics import clinic_file, filed_clinics
from followup.checkin.timing import local_moment
from followup.clinic import ClinicFile
from followup.custody.belongings import remove
from followup.custody.erase import EraseError, erase
from followup.inbox import twiml
from followup.keeping import Retention
from followup.store import Store, table_of
from followup.store.models import (
    Alert,
    Answer,
    CheckIn,
    Clinic,
    Decision,
    Inbound,
    Outbound,
    Patient,
    Procedure,
    PurgeRun,
    Receipt,
    Roster,
    RosterLine,
    Task,
)

log = logging.getLogger(__name__)

BATCH = 200  # rows in one short transaction
_STEPS = 5  # batches of each kind in one round of the clock
AFTER = time(2)  # clinic-local: nobody is texted then
_UNSETTLED = ("planned", "sending", "unsure")


@dataclass(frozen=True)
class Due:
    """What may go now by a clinic's days: messages received, messages sent, rosters, names or cases."""

    what: str
    before: datetime
    ids: Select[Any]
    let_go: Callable[[Session, list[int], datetime], None]


def due(clinic: Clinic, now: datetime, kept: Retention | None = None) -> list[Due]:
    """In the order in which it must be done: a case can only go once its names are gone.

    `kept`: the days to go by in place of the clinic's own.
    """
    kept = kept or clinic_file(clinic).retention
    found: list[Due] = []
    if kept.messages is not None:
        before = now - timedelta(days=kept.messages)
        found += [
            Due("messages received", before, _received(clinic, before), _empty_received),
            Due("messages sent", before, _sent(clinic, before), _empty_sent),
            Due("rosters", before, _rosters(clinic, before), _empty_rosters),
        ]
    if kept.names is not None:
        before = now - timedelta(days=kept.names)
        found.append(Due("names", before, _names(clinic, before), _erase_each))
    if kept.cases is not None:
        before = now - timedelta(days=kept.cases)
        found.append(Due("cases", before, _cases(clinic, before), _remove_cases))
    return found


def count(session: Session, clinic: Clinic, now: datetime, kept: Retention | None = None) -> dict[str, int]:
    """How many rows of each kind would go now."""
    return {d.what: session.scalar(select(func.count()).select_from(d.ids.subquery())) or 0
            for d in due(clinic, now, kept)}  # fmt: skip


def purge(
    store: Store, clinic_id: int, now: datetime, steps: int | None = None
) -> tuple[dict[str, int], bool]:
    """Let go of what is due, at most `steps` batches of each kind: the counts, and whether that was all."""
    with store.read() as session:
        wanted = due(session.get_one(Clinic, clinic_id), now)
    done, finished = {d.what: 0 for d in wanted}, True
    for one in wanted:
        last, number = 0, 0
        while steps is None or number < steps:
            with store.write() as session:
                id = one.ids.selected_columns[0]
                ids = list(session.scalars(one.ids.where(id > last).order_by(id).limit(BATCH)))
                if ids:
                    one.let_go(session, ids, now)
                    record(session, action="purge.run", now=now, clinic_id=clinic_id,
                           detail=f"{one.what}: {len(ids)}")  # fmt: skip
            number += 1
            done[one.what] += len(ids)
            if len(ids) < BATCH:
                break
            last = ids[-1]
        else:
            finished = False
    return done, finished


def purge_nightly(store: Store, now: datetime) -> int:
    """A few batches for each clinic whose night it is and that is not finished; how many rows went."""
    gone = 0
    with store.read() as session:
        tonight = [
            (clinic.id, day)
            for clinic in filed_clinics(session)
            if _lets_go(clinic.file) and (day := _tonight(clinic.file, now)) is not None
        ]
        finished = _finished(session, tonight)
    for clinic_id, day in tonight:
        if (clinic_id, day) in finished:
            continue
        _begin(store, clinic_id, day)
        done, complete = purge(store, clinic_id, now, _STEPS)
        gone += sum(done.values())
        if complete:
            with store.write() as session:
                session.execute(
                    update(PurgeRun)
                    .where(col(PurgeRun.clinic_id) == clinic_id, col(PurgeRun.day) == day)
                    .values(finished_at=now)
                )
            log.info("purge of clinic %s, %s: finished", clinic_id, day)
    return gone


def _finished(session: Session, runs: Collection[tuple[int, date]]) -> set[tuple[int, date]]:
    """Which of these are done. By clinic too: rows of a day alone would be looked for in those of years."""
    found = session.execute(
        select(col(PurgeRun.clinic_id), col(PurgeRun.day)).where(
            col(PurgeRun.clinic_id).in_({clinic_id for clinic_id, _ in runs}),
            col(PurgeRun.day).in_({day for _, day in runs}),
            col(PurgeRun.finished_at).is_not(None),
        )
    )
    return {(clinic_id, day) for clinic_id, day in found}


def _lets_go(file: ClinicFile) -> bool:
    return file.retention.messages is not None or file.retention.names is not None


def _tonight(file: ClinicFile, now: datetime) -> date | None:
    day = now.astimezone(file.zone).date()
    return day if now >= local_moment(day, AFTER, file.zone) else None


def _begin(store: Store, clinic_id: int, day: date) -> None:
    try:
        with store.write() as session:
            ours = select(PurgeRun).where(col(PurgeRun.clinic_id) == clinic_id, col(PurgeRun.day) == day)
            if session.scalars(ours).first() is None:
                session.add(PurgeRun(clinic_id=clinic_id, day=day))
    except IntegrityError:
        return  # another clock began it in the same moment


def _free(patient_id: Any) -> Any:
    """No legal hold on whom the row is about."""
    held = select(col(Patient.id)).where(col(Patient.held_at).is_not(None))
    return or_(patient_id.is_(None), patient_id.not_in(held))


def _over(check_in_id: Any) -> Any:
    open_ones = select(col(CheckIn.id)).where(col(CheckIn.state) != "closed")
    return or_(check_in_id.is_(None), check_in_id.not_in(open_ones))


def _received(clinic: Clinic, before: datetime) -> Select[Any]:
    unresolved: Any = exists().where(
        col(Alert.inbound_id) == col(Inbound.id), col(Alert.resolved_at).is_(None)
    )
    return select(col(Inbound.id)).where(
        col(Inbound.clinic_id) == clinic.id, col(Inbound.received_at) < before,
        col(Inbound.emptied_at).is_(None), _free(col(Inbound.patient_id)), _over(col(Inbound.check_in_id)),
        ~unresolved,
    )  # fmt: skip


def _empty_received(session: Session, ids: list[int], now: datetime) -> None:
    session.execute(
        update(Inbound).where(col(Inbound.id).in_(ids))
        .values(body="", raw="{}", reply=twiml.NOTHING, emptied_at=now)
    )  # fmt: skip
    session.execute(update(Answer).where(col(Answer.inbound_id).in_(ids)).values(why=""))
    session.execute(update(Alert).where(col(Alert.inbound_id).in_(ids)).values(said=""))


def _sent(clinic: Clinic, before: datetime) -> Select[Any]:
    return select(col(Outbound.id)).where(
        col(Outbound.clinic_id) == clinic.id, col(Outbound.created_at) < before,
        col(Outbound.emptied_at).is_(None), col(Outbound.state).not_in(_UNSETTLED),
        _free(col(Outbound.patient_id)), _over(col(Outbound.check_in_id)),
    )  # fmt: skip


def _empty_sent(session: Session, ids: list[int], now: datetime) -> None:
    session.execute(update(Outbound).where(col(Outbound.id).in_(ids)).values(body="", emptied_at=now))
    session.execute(update(Receipt).where(col(Receipt.outbound_id).in_(ids)).values(raw="{}"))


def _rosters(clinic: Clinic, before: datetime) -> Select[Any]:
    return select(col(Roster.id)).where(
        col(Roster.clinic_id) == clinic.id, col(Roster.at) < before, col(Roster.emptied_at).is_(None)
    )


def _empty_rosters(session: Session, ids: list[int], now: datetime) -> None:
    session.execute(update(RosterLine).where(col(RosterLine.roster_id).in_(ids)).values(said=""))
    session.execute(update(Roster).where(col(Roster.id).in_(ids)).values(emptied_at=now))


def _names(clinic: Clinic, before: datetime) -> Select[Any]:
    """Patients with nothing done since, and nothing unfinished."""
    id = col(Patient.id)
    return select(id).where(
        col(Patient.clinic_id) == clinic.id, col(Patient.created_at) < before,
        col(Patient.held_at).is_(None), col(Patient.erased_at).is_(None),
        ~exists().where(col(Procedure.patient_id) == id, col(Procedure.performed_at) >= before),
        ~exists().where(col(CheckIn.patient_id) == id, col(CheckIn.state) != "closed"),
        ~exists().where(col(Alert.patient_id) == id, col(Alert.resolved_at).is_(None)),
        ~exists().where(col(Task.patient_id) == id, col(Task.closed_at).is_(None)),
        ~exists().where(col(Outbound.patient_id) == id, col(Outbound.state).in_(_UNSETTLED)),
    )  # fmt: skip


def _erase_each(session: Session, ids: list[int], now: datetime) -> None:
    for id in ids:
        try:
            erase(session, session.get_one(Patient, id), now)
        except EraseError:
            continue  # something came in since the question; the next night asks again


def _cases(clinic: Clinic, before: datetime) -> Select[Any]:
    """Closed check-ins of patients whose names are gone, without a decision: those stay on record."""
    decided = exists().where(
        col(Procedure.check_in_id) == col(CheckIn.id), col(Decision.procedure_id) == col(Procedure.id)
    )
    return (
        select(col(CheckIn.id))
        .join(Patient, col(CheckIn.patient_id) == col(Patient.id))
        .where(
            col(CheckIn.clinic_id) == clinic.id, col(CheckIn.state) == "closed",
            col(CheckIn.due_on) < before.date(), col(Patient.erased_at).is_not(None),
            col(Patient.held_at).is_(None), ~decided,
        )
    )  # fmt: skip


def _remove_cases(session: Session, ids: list[int], now: datetime) -> None:
    gone = select(Procedure).where(col(Procedure.check_in_id).in_(ids))
    hidden = [(p.clinic_id, p.reference) for p in session.scalars(gone) if p.reference.startswith("erased-")]
    session.flush()
    remove(session, {table_of(CheckIn): ids})
    for clinic_id, reference in hidden:
        session.execute(
            delete(RosterLine).where(
                col(RosterLine.clinic_id) == clinic_id, col(RosterLine.reference) == reference
            )
        )
