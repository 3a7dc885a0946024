"""Page the on-call list until somebody says that they have it.

Text, then after `repeat_minutes` a call where the clinic can call (else another text), then the next
person, round and round. Every page is an outbound row like any other, so that an unsure one is looked up
and a refused one is seen. A page carries no name and nothing of what was said: phones lie on tables.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from followup.alerts.duty import on_duty
from followup.checkin.clinics import clinic_file
from followup.checkin.plan import opted_out
from followup.clinic import ClinicFile, Person
from followup.store import Store, keyed_hash, mark
from followup.store.models import Alert, Clinic, Outbound

log = logging.getLogger(__name__)

_NOBODY_HAS_IT = (col(Alert.resolved_at).is_(None), col(Alert.acknowledged_at).is_(None))
WAITING = exists().where(*_NOBODY_HAS_IT)  # whether `page_due` has anything to look at

_EACH = 2  # pages a person gets before it is the next one's turn: a text and a call
WITHOUT_ANSWER = timedelta(hours=1)  # then the clinic's mail recipients are told


def number_of(alert: Alert) -> str:
    """What a page is acknowledged by: "OK 41" for check-in 41, "OK A7" when there is no check-in."""
    return str(alert.check_in_id) if alert.check_in_id else f"A{alert.id}"


def page_now(session: Session, file: ClinicFile, alert: Alert, now: datetime) -> None:
    """Plan the next page of an alert. Does nothing when nobody can be paged: the digest shows that."""
    sent = session.exec(
        select(func.count()).where(col(Outbound.dedupe).startswith(f"alert:{alert.id}:page:"))
    ).one()
    person = _whose_turn(session, file, alert, sent, now)
    if person is None:
        return
    by_call = sent % _EACH == 1 and file.calling.sender is not None
    session.add(
        Outbound(
            dedupe=f"alert:{alert.id}:page:{sent + 1}",
            clinic_id=alert.clinic_id,
            channel="call" if by_call else "text",
            step="page",
            sender=(file.calling.sender or "") if by_call else file.sender,
            to=person.phone,
            to_hash=keyed_hash("phone", person.phone),
            body=_words(file, alert),
            due_at=now,
            created_at=now,
            changed_at=now,
        )
    )


def _words(file: ClinicFile, alert: Alert) -> str:
    number = number_of(alert)
    what = f"check-in {number}" if alert.check_in_id else f"alert {number}"
    return f"{file.clinic.spoken_name}: urgent reply, {what}. Reply OK {number} to take it."


def _whose_turn(session: Session, file: ClinicFile, alert: Alert, sent: int, now: datetime) -> Person | None:
    """On-duty people in order, each `_EACH` times; for an emergency with nobody on duty, everybody."""
    people = on_duty(file, now) or (list(file.on_call.people) if alert.tier == "E" else [])
    usable = [p for p in people if not opted_out(session, file.sender, p.phone)]
    return usable[sent // _EACH % len(usable)] if usable else None


def page_due(store: Store, now: datetime) -> int:
    """Page again for every alert that nobody has taken; returns how many pages were planned."""
    with store.write() as session:
        waiting = session.exec(
            select(Alert, Clinic)
            .join(Clinic, col(Alert.clinic_id) == col(Clinic.id))
            .where(*_NOBODY_HAS_IT)
            .with_for_update(of=Alert, skip_locked=True)
        ).all()
        planned = 0
        for alert, clinic in waiting:
            try:
                with session.begin_nested():
                    planned += _page_one(session, clinic_file(clinic), alert, now)
            except Exception as problem:
                log.error("alert %s could not be paged: %s", alert.id, type(problem).__name__)
    return planned


def _page_one(session: Session, file: ClinicFile, alert: Alert, now: datetime) -> int:
    if now - alert.opened_at >= WITHOUT_ANSWER:
        _tell_recipients(session, file, alert, now)
    if _last_page(session, alert) + timedelta(minutes=file.on_call.repeat_minutes) > now:
        return 0
    page_now(session, file, alert, now)
    return 1


def _last_page(session: Session, alert: Alert) -> datetime:
    at = session.exec(
        select(func.max(Outbound.created_at)).where(
            col(Outbound.dedupe).startswith(f"alert:{alert.id}:page:")
        )
    ).one()
    return at or alert.opened_at


def _tell_recipients(session: Session, file: ClinicFile, alert: Alert, now: datetime) -> None:
    """An hour without anybody: one mail to each of the digest's recipients, with a link and nothing else."""
    for address in file.digest.recipients:
        key = f"alert:{alert.id}:mail:{mark(address)}"
        if session.exec(select(Outbound.id).where(Outbound.dedupe == key)).first() is None:
            session.add(
                Outbound(
                    dedupe=key,
                    clinic_id=alert.clinic_id,
                    channel="email",
                    step="page",
                    sender=file.digest.sender,
                    to=address,
                    subject="Follow-up: an urgent message waits for an answer",
                    body="Nobody has acknowledged an urgent message for an hour.\n\n"
                    f"Please sign in: {file.digest.console_url}\n",
                    due_at=now,
                    created_at=now,
                    changed_at=now,
                )
            )


def next_page(session: Session) -> datetime | None:
    """When the next page falls due, for a clock that steps; a little early is harmless."""
    rows = session.exec(
        select(Alert, Clinic).join(Clinic, col(Alert.clinic_id) == col(Clinic.id)).where(*_NOBODY_HAS_IT)
    ).all()
    return min(
        (
            _last_page(session, alert) + timedelta(minutes=clinic_file(clinic).on_call.repeat_minutes)
            for alert, clinic in rows
            if clinic_file(clinic).on_call.people
        ),
        default=None,
    )
