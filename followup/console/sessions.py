"""Who is signed in, kept in the database: a session can be listed, and ended from elsewhere.

The cookie holds 32 random bytes, the row their hash. At each step of signing in the token is a new one, so
that a token somebody slipped into a browser before is worth nothing after.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_login import UserMixin
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from followup.audit.record import place_of
from followup.sign_in import SignIn
from followup.store.models import Staff, StaffSession

_HALF_WAY = timedelta(minutes=10)  # to find the phone with the second factor
_OFTEN_ENOUGH = timedelta(minutes=1)  # a row is not written for every click
_KEPT = timedelta(days=90)  # ended sessions


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person behind a session."""

    def __init__(self, staff: Staff, row: StaffSession) -> None:
        self.id = staff.id
        self.clinic_id = staff.clinic_id
        self.role = staff.role
        self.email = staff.email
        self.language = staff.language
        self.session_id = row.id
        self.session = row


def open_session(
    db: Session,
    staff: Staff,
    stage: str,
    rules: SignIn,
    now: datetime,
    *,
    address: str,
    browser: str,
    choice: Sequence[int] = (),
) -> str:
    """Start a session at this stage; returns the token for the cookie."""
    assert staff.id is not None
    token = secrets.token_urlsafe(32)
    row = StaffSession(
        token_hash=token_hash(token), staff_id=staff.id, stage=stage, browser=browser,
        choice=",".join(map(str, choice)), place_id=place_of(db, address, now),
        opened_at=now, seen_at=now, idle_minutes=rules.idle_minutes, ends_at=now,
    )  # fmt: skip
    _let_last(row, rules, now)
    db.add(row)
    return token


def move_on(db: Session, row: StaffSession, staff: Staff, stage: str, rules: SignIn, now: datetime) -> str:
    """Take a session to its next stage under a new token, which is returned."""
    assert staff.id is not None
    row.staff_id, row.stage, row.choice = staff.id, stage, ""
    row.opened_at = row.seen_at = now
    row.idle_minutes = rules.idle_minutes
    _let_last(row, rules, now)
    return renew(db, row)


def renew(db: Session, row: StaffSession) -> str:
    """A new token for a session whose locks were changed; the old one opens nothing."""
    token = secrets.token_urlsafe(32)
    row.token_hash = token_hash(token)
    db.add(row)
    return token


def find_session(db: Session, token: str, now: datetime) -> tuple[StaffSession, Staff] | None:
    """The living session of a token and its active account, at whatever stage."""
    found = db.exec(
        select(StaffSession, Staff)
        .join(Staff, col(StaffSession.staff_id) == col(Staff.id))
        .where(
            StaffSession.token_hash == token_hash(token), col(StaffSession.ended_at).is_(None), Staff.active
        )
    ).one_or_none()
    return None if found is None or time_left(found[0], now) <= timedelta(0) else (found[0], found[1])


def time_left(row: StaffSession, now: datetime) -> timedelta:
    """How long the session lives if nobody does anything."""
    return min(row.seen_at + timedelta(minutes=row.idle_minutes), row.ends_at) - now


def is_stale(row: StaffSession, now: datetime) -> bool:
    """Whether what a person does now must be written down, or the session would end under their hands."""
    return now - row.seen_at >= _OFTEN_ENOUGH


def touch(db: Session, session_id: int, now: datetime) -> None:
    db.execute(
        update(StaffSession)
        .where(col(StaffSession.id) == session_id, col(StaffSession.seen_at) < now)
        .values(seen_at=now)
    )


def end(db: Session, session_id: int, how: str, now: datetime) -> None:
    """End one session: `how` is out, ended, password, role, factor or off."""
    _end(db, col(StaffSession.id) == session_id, how, now)


def end_all(db: Session, staff_id: int, how: str, now: datetime, but: int | None = None) -> None:
    """End every session of an account, except `but`."""
    spared = col(StaffSession.id) != but if but is not None else True
    _end(db, (col(StaffSession.staff_id) == staff_id) & spared, how, now)


def living(db: Session, staff_id: int, now: datetime) -> list[StaffSession]:
    """The sessions in which an account is signed in, newest first."""
    rows = db.exec(
        select(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.stage == "in",
            col(StaffSession.ended_at).is_(None),
        )
        .order_by(col(StaffSession.id).desc())
    ).all()
    return [row for row in rows if time_left(row, now) > timedelta(0)]


def forget_old(db: Session, now: datetime) -> None:
    """Delete sessions that ended long ago; that they were there is in the audit log."""
    db.execute(delete(StaffSession).where(col(StaffSession.ends_at) < now - _KEPT))


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def browser_name(agent: str) -> str:
    """'Firefox on Windows' out of what a browser says of itself: enough to tell one's own sessions apart."""
    browsers = (
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
        ("Mac", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((name for mark, name in browsers if mark in agent), "")
    system = next((name for mark, name in systems if mark in agent), "")
    return " on ".join(filter(None, (browser, system))) or "unknown"


def _let_last(row: StaffSession, rules: SignIn, now: datetime) -> None:
    row.ends_at = now + (timedelta(hours=rules.session_hours) if row.stage == "in" else _HALF_WAY)


def _end(db: Session, which: object, how: str, now: datetime) -> None:
    db.execute(
        update(StaffSession)
        .where(which, col(StaffSession.ended_at).is_(None))  # type: ignore[arg-type]
        .values(ended_at=now, ended_how=how)
    )
