"""How often something may be tried, counted in the database.

Counters in a process's memory would start anew with every restart and allow as many tries as there are
processes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from followup.store.models import Tally

_NO_TIME = timedelta(0)
_SHUT_AT_FIRST = timedelta(minutes=1)
_KEPT = timedelta(days=1)


def spend(session: Session, key: str, now: datetime, *, limit: int, per: timedelta) -> timedelta:
    """Count one use of `key`. Returns zero, or how long to wait when `limit` uses within `per` are over."""
    tally = _held(session, key, now)
    if now - tally.since >= per:
        tally.count, tally.since = 0, now
    if tally.count >= limit:
        return tally.since + per - now
    tally.count += 1
    return _NO_TIME


def knock(session: Session, key: str, now: datetime, *, free: int, longest: timedelta) -> timedelta:
    """Count one try at a secret before it is checked. Returns zero, or how long the door stays shut.

    The try number `free` shuts the door for a minute, each further one for twice as long, up to `longest`;
    a day without a try forgets them. Counted before the check, since a hundred tries at once would
    otherwise all be checked before the first of them had failed. `forgive` takes it back when the secret
    was right.
    """
    tally = _held(session, key, now)
    if tally.until is not None and tally.until > now:
        return tally.until - now
    if now - tally.since >= _KEPT:
        tally.count = 0
    tally.count, tally.since = tally.count + 1, now
    if tally.count >= free:
        tally.until = now + min(_SHUT_AT_FIRST * 2 ** min(tally.count - free, 20), longest)
    return _NO_TIME


def forgive(session: Session, key: str) -> None:
    """Forget the tries at a secret that was given rightly."""
    session.execute(delete(Tally).where(col(Tally.key) == key))


def forgive_one(session: Session, key: str, now: datetime) -> None:
    """Take back one try of many people's shared tally, as of everybody behind one network address."""
    tally = _held(session, key, now)
    tally.count, tally.until = max(tally.count - 1, 0), None


def forget_old(session: Session, now: datetime) -> None:
    """Delete what no limit looks at any more."""
    session.execute(delete(Tally).where(col(Tally.since) < now - _KEPT))


def _held(session: Session, key: str, now: datetime) -> Tally:
    """The row of this key, locked until the end: two processes must not both take the last try."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(Tally).values(key=key, count=0, since=now, until=None).on_conflict_do_nothing())
    return session.exec(select(Tally).where(Tally.key == key).with_for_update()).one()
