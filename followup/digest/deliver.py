"""E-mail the digest at each clinic's times, once per clinic, local day and slot, under any number of clocks.

Nothing remembers what is owed: every tick asks, and a unique row says that it was done. The mails are
outbound rows like any other, so that they are claimed, retried and swept on the same path.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import perf_counter

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from followup.checkin.clinics import Filed, clinic_file, filed_clinics
from followup.checkin.tasks import open_task
from followup.checkin.timing import local_moment
from followup.clinic import ClinicFile
from followup.digest.build import build
from followup.digest.mail import Mail, compose, count, mail_key
from followup.store import Store
from followup.store.models import Clinic, DigestRun, Outbound

log = logging.getLogger(__name__)
_A_ROUND = 20  # digests in one round: a thousand clinics' half past seven must keep no text waiting


@dataclass(frozen=True, slots=True)
class Slot:
    """A digest that is owed: the clinic, its local day, its local time of day as in "07:30"."""

    clinic_id: int
    day: date
    time: str


def owe_digests(store: Store, now: datetime) -> int:
    """Plan the mails of every digest that is owed at `now`; returns how many mails were planned.

    1. Ask which clinics have a slot behind them that has no run yet. Only the newest counts, so that after
       downtime nobody gets two mails: before the first slot of a day it is the last one of the day before.
    2. Build the counts in a reading transaction: the page may take a moment and must not hold up replies.
    3. Insert the run and its mails together. Whoever finds the run there already does nothing.
    """
    with store.read() as session:
        slots = _owed(session, now)
    # By chance, so that several workers build different ones; who is left out is owed it at the next tick.
    some = random.sample(slots, min(len(slots), _A_ROUND))
    return sum(_deliver(store, slot, now) for slot in some)


def send_now(session: Session, clinic: Clinic, day: date, now: datetime) -> int:
    """Plan the mails of `day` to the clinic's recipients at once, whatever went before; returns how many."""
    mail = _mail(session, clinic, day, now)
    return _plan(session, clinic, mail, f"{day}:now-{now:%Y%m%dT%H%M%S}", now)


def _owed(session: Session, now: datetime) -> list[Slot]:
    wanted = [slot for clinic in filed_clinics(session) if (slot := _newest_slot(clinic, now))]
    runs = session.exec(
        select(col(DigestRun.clinic_id), col(DigestRun.day), col(DigestRun.slot)).where(
            # By clinic too: runs of a day alone would be looked for in those of years.
            col(DigestRun.clinic_id).in_({slot.clinic_id for slot in wanted}),
            col(DigestRun.day).in_({slot.day for slot in wanted}),
        )
    )
    done = {Slot(*run) for run in runs}
    return [slot for slot in wanted if slot not in done]


def _newest_slot(clinic: Filed, now: datetime) -> Slot | None:
    """The last slot passed since the clinic exists; None without one, or without recipients."""
    file = clinic.file
    if not file.digest.recipients:
        return None
    today = now.astimezone(file.zone).date()
    slots = [(day, t) for day in (today, today - timedelta(days=1)) for t in file.digest.times]
    passed = [s for s in slots if clinic.created_at <= local_moment(*s, file.zone) <= now]
    if not passed:
        return None
    day, time = max(passed)
    return Slot(clinic.id, day, f"{time:%H:%M}")


def _deliver(store: Store, slot: Slot, now: datetime) -> int:
    begun = perf_counter()
    try:
        with store.read() as session:
            mail = _mail(session, session.get_one(Clinic, slot.clinic_id), slot.day, now)
    except Exception as problem:
        # One clinic's broken day must not keep the others from theirs; staff see it, the log only its kind.
        log.error("digest of clinic %s not built: %s", slot.clinic_id, type(problem).__name__)
        _report_failure(store, slot, now)
        return 0
    try:
        with store.write() as session:
            took = perf_counter() - begun
            run = DigestRun(clinic_id=slot.clinic_id, day=slot.day, slot=slot.time, at=now, seconds=took)
            session.add(run)
            session.flush()
            clinic = session.get_one(Clinic, slot.clinic_id)
            planned = _plan(session, clinic, mail, f"{slot.day}:{slot.time.replace(':', '')}", now)
    except IntegrityError:
        return 0  # another clock inserted the run between our look and our insert
    log.info("digest of clinic %s, %s %s: %s mails", slot.clinic_id, slot.day, slot.time, planned)
    return planned


def _mail(session: Session, clinic: Clinic, day: date, now: datetime) -> Mail:
    return compose(count(build(session, clinic, day, now)), day, _link(clinic_file(clinic), day))


def _link(file: ClinicFile, day: date) -> str:
    base = file.digest.console_url.rstrip("/")
    return f"{base}/digest/{day}" if base else ""


def _plan(session: Session, clinic: Clinic, mail: Mail, which: str, now: datetime) -> int:
    """One outbound row a recipient. The address is in the key, so that a second recipient is a second row."""
    assert clinic.id is not None
    file = clinic_file(clinic)
    for address in dict.fromkeys(file.digest.recipients):
        session.add(
            Outbound(
                dedupe=mail_key(clinic.code, which, address),
                clinic_id=clinic.id,
                channel="email",
                step="digest",
                sender=file.digest.sender,
                to=address,
                subject=mail.subject,
                body=mail.body,
                due_at=now,
                created_at=now,
                changed_at=now,
            )
        )
    session.flush()
    return len(set(file.digest.recipients))


def _report_failure(store: Store, slot: Slot, now: datetime) -> None:
    with store.write() as session:
        open_task(
            session,
            dedupe=f"digest:{slot.clinic_id}:{slot.day}:{slot.time}",
            kind="digest",
            reason=f"The digest of {slot.day}, {slot.time}, could not be made. Open the console instead.",
            clinic_id=slot.clinic_id,
            now=now,
        )
