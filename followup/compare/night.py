"""The night's round: which day is owed, both lists of it, and the row that says it was done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from followup.compare.calls import compare_calls
from followup.compare.texts import compare_texts
from followup.outreach.carrier import Carrier
from followup.store import Store
from followup.store.models import Comparison

log = logging.getLogger(__name__)

_FROM = time(1)  # UTC; an hour for what was under way at midnight
_AGAIN = timedelta(minutes=30)  # between two tries at a day
_BACK = 7  # days looked at after an outage


def compare_days(store: Store, carrier: Carrier, public_url: str, clock: Callable[[], datetime]) -> bool:
    """Compare the oldest UTC day that is owed, if any; True when one was compared.

    1. Take the day: one worker, and not again within half an hour when the carrier could not be asked.
    2. List its texts and its calls at the carrier, no transaction open.
    3. Take in what was written to us and never reached us. Each text is stored once, whoever tries.
    4. Write down what only one side knows, and that the day is done.
    """
    day = _take(store, carrier.account_sid, clock())
    if day is None:
        return False
    texts, calls = carrier.texts_of(day), carrier.calls_of(day)
    if texts is None or calls is None:
        return False
    late = compare_texts(store, carrier, day, texts, public_url, clock)
    compare_calls(store, carrier, day, calls, clock)
    with store.write() as session:
        done = session.exec(
            select(Comparison).where(Comparison.account == carrier.account_sid, Comparison.day == day)
        ).one()
        done.finished_at, done.listed, done.late = clock(), len(texts) + len(calls), late
    log.info("compared %s with the carrier: %s listed, %s taken in late", day, done.listed, late)
    return True


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
