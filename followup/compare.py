"""Once a night: does the carrier know the same texts of yesterday as we do?

Receipts and webhooks are told once and can be lost together with whatever would have noticed. A list for the
whole day cannot: what only one side knows becomes a task, and a text that never reached us is taken in late,
as one that waited on disk would be. Not in `outreach` because that may not hear, nor in `inbox` because that
may not ask.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from followup.checkin.tasks import open_task
from followup.inbox.receive import receive_text
from followup.outreach.carrier import Carrier
from followup.outreach.outcome import Listed
from followup.store import Store
from followup.store.models import CheckIn, Clinic, Comparison, Inbound, Outbound

log = logging.getLogger(__name__)

_FROM = time(1)  # UTC; an hour for what was under way at midnight
_AGAIN = timedelta(minutes=30)  # between two tries at a day
_BACK = 7  # days looked at after an outage
_FETCHES = 200  # single messages asked about in one night
_NO_PROOF = ("failed", "undelivered", "canceled")  # may never have got a date of sending
# Words that the carrier answers by itself, which it alone knows of. Source: Twilio, opt-out keywords.
_ANSWERED_THERE = {
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP",
    "HELP", "INFO",
}  # fmt: skip


def compare_days(store: Store, carrier: Carrier, public_url: str, clock: Callable[[], datetime]) -> bool:
    """Compare the oldest UTC day that is owed, if any; True when one was compared.

    1. Take the day: one worker, and not again within half an hour when the carrier could not be asked.
    2. List it at the carrier, no transaction open.
    3. Take in what was written to us and never reached us. Each text is stored once, whoever tries.
    4. Write down what only one side knows, and that the day is done.
    """
    day = _take(store, carrier.account_sid, clock())
    there = carrier.texts_of(day) if day else None
    if day is None or there is None:
        return False
    with store.read() as session:
        ours = {clinic.sender: clinic for clinic in session.exec(select(Clinic)).all()}
    late = _take_in(store, [m for m in there if m.direction == "inbound" and _clinic(ours, m)], public_url)
    lost = _only_here(store, carrier, day, {m.sid for m in there})
    with store.write() as session:
        for message in late:
            _task(session, f"in:{message.sid}", _LATE, _clinic(ours, message), clock())
        for message in _only_there(session, there, ours):
            _task(session, f"there:{message.sid}", _THEIRS, _clinic(ours, message), clock())
        for row in lost:
            home = session.get(CheckIn, row.check_in_id) if row.check_in_id else None
            _task(session, f"here:{row.id}", _OURS, session.get(Clinic, row.clinic_id), clock(), home)
        done = session.exec(
            select(Comparison).where(Comparison.account == carrier.account_sid, Comparison.day == day)
        ).one()
        done.finished_at, done.listed, done.late = clock(), len(there), len(late)
    log.info("compared %s with the carrier: %s listed, %s taken in late", day, len(there), len(late))
    return True


_LATE = (
    "A text reached us only when the day was compared with the carrier. It was taken in late; please read it."
)
_THEIRS = "The carrier sent a text from our number unknown to us. Please see who else sends from it."
_OURS = "The carrier does not know a text that we took for sent. Please phone the patient if it matters."


def _take(store: Store, account: str, now: datetime) -> date | None:
    """The oldest day owed, when nobody else is at it."""
    yesterday = now.date() - timedelta(days=1)
    if now.time() < _FROM:
        yesterday -= timedelta(days=1)
    with store.read() as session:
        last = session.exec(
            select(func.max(Comparison.day)).where(
                Comparison.account == account, col(Comparison.finished_at).is_not(None)
            )
        ).one()
    day = max(last + timedelta(days=1), yesterday - timedelta(days=_BACK)) if last else yesterday
    if day > yesterday:
        return None
    try:
        with store.write() as session:
            again = session.execute(
                update(Comparison)
                .where(
                    col(Comparison.account) == account,
                    col(Comparison.day) == day,
                    col(Comparison.finished_at).is_(None),
                    col(Comparison.tried_at) <= now - _AGAIN,
                )
                .values(tried_at=now)
            )
            if again.rowcount == 1:  # type: ignore[attr-defined]
                return day
            before = select(Comparison.id).where(Comparison.account == account, Comparison.day == day)
            if session.exec(before).first() is not None:
                return None
            session.add(Comparison(account=account, day=day, tried_at=now))
    except IntegrityError:
        return None  # another worker took it in the same moment
    return day


def _clinic(ours: dict[str, Clinic], message: Listed) -> Clinic | None:
    number = message.to if message.direction == "inbound" else message.sender
    return ours.get(number) or ours.get(message.service)


def _take_in(store: Store, inbound: Sequence[Listed], public_url: str) -> list[Listed]:
    with store.read() as session:
        known = _known(session, col(Inbound.sid), [m.sid for m in inbound])
    late = [m for m in inbound if m.sid not in known]
    for message in sorted(late, key=lambda m: m.created_at):
        form = {
            "MessageSid": message.sid,
            "From": message.sender,
            "To": message.to,
            "Body": message.body,
            "NumMedia": str(message.media),
            "MessagingServiceSid": message.service,
        }
        receive_text(store, form, public_url, message.created_at)
    return late


def _only_there(session: Session, there: Sequence[Listed], ours: dict[str, Clinic]) -> list[Listed]:
    """Texts from our senders, since the clinic is here, that no row of ours has."""
    known = _known(session, col(Outbound.sid), [m.sid for m in there])
    keywords = {
        m.sender for m in there if m.direction == "inbound" and m.body.strip().upper() in _ANSWERED_THERE
    }
    return [
        m
        for m in there
        if m.direction != "inbound" and m.sid not in known
        and (clinic := _clinic(ours, m)) is not None and m.created_at >= clinic.created_at
        and not (m.direction == "outbound-reply" and m.to in keywords)
    ]  # fmt: skip


def _only_here(store: Store, carrier: Carrier, day: date, listed: set[str]) -> list[Outbound]:
    """Rows sent on the day that the list has not, and that the carrier, asked for each, does not know."""
    begin = datetime.combine(day, time(0), tzinfo=UTC)
    with store.read() as session:
        rows = session.exec(
            select(Outbound).where(
                col(Outbound.sent_at) >= begin,
                col(Outbound.sent_at) < begin + timedelta(days=1),
                col(Outbound.channel).in_(("text", "answer")),
                Outbound.state == "sent",
                col(Outbound.delivery).not_in(_NO_PROOF),
                Outbound.sid != "",
            )
        ).all()
    # One that left after midnight is on the next day's list, so absence alone proves nothing.
    missing = [row for row in rows if row.sid not in listed][:_FETCHES]
    return [row for row in missing if carrier.find_text(row.sid) == []]


def _known(session: Session, column: object, sids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(sids), 500):  # databases limit the parameters of a statement
        found |= set(session.exec(select(column).where(column.in_(sids[start : start + 500]))).all())  # type: ignore
    return found


def _task(
    session: Session, key: str, reason: str, clinic: Clinic | None, now: datetime, home: CheckIn | None = None
) -> None:
    open_task(
        session,
        dedupe=f"compare:{key}",
        kind="compare",
        reason=reason,
        clinic_id=clinic.id if clinic else None,
        check_in=home,
        now=now,
    )
