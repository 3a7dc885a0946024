"""Who may sign in: passwords are kept as argon2 hashes, e-mail addresses sealed and found by hash."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlmodel import Session, col, select

from followup.store import keyed_hash, known_hashes
from followup.store.models import Clinic, Staff

SHORTEST = 12  # characters of a password


class AccountError(Exception):
    """A sentence that says what is wrong with the account and what to do."""


def add_staff(session: Session, clinic: Clinic, email: str, role: str, password: str, now: datetime) -> Staff:
    """Create an account, or give an existing one of this clinic a new role and password."""
    address = email.strip().lower()
    if not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", address):
        raise AccountError("That is not an e-mail address; write it like desk@your-clinic.example.")
    if len(password) < SHORTEST:
        raise AccountError(f"The password is too short; take at least {SHORTEST} characters.")
    assert clinic.id is not None
    found = session.exec(
        select(Staff).where(
            Staff.clinic_id == clinic.id, col(Staff.email_hash).in_(known_hashes("email", address))
        )
    ).one_or_none()
    staff = found or Staff(
        clinic_id=clinic.id, email=address, email_hash=keyed_hash("email", address), role=role,
        password_hash="", created_at=now,
    )  # fmt: skip
    staff.role, staff.active, staff.password_hash = role, True, _hasher().hash(password)
    session.add(staff)
    return staff


def find_staff(session: Session, email: str, password: str) -> Staff | None:
    """The active account with this e-mail and password, None when there is none.

    A wrong address takes as long as a wrong password: the difference would tell who works here.
    """
    hashes = known_hashes("email", email.strip().lower())
    found = session.exec(
        select(Staff).where(col(Staff.email_hash).in_(hashes), col(Staff.active)).order_by(col(Staff.id))
    ).all()
    for staff in found:
        if _matches(staff.password_hash, password):
            return staff
    if not found:
        _matches(_nobodys_hash(), password)
    return None


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")
