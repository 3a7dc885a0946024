"""Who may sign in: addresses sealed and found by hash, one account for each clinic a person works in."""

from __future__ import annotations

import re
from datetime import datetime

from flask_babel import gettext as _
from sqlmodel import Session, col, func, select

from followup.console.passwords import PasswordError, check_new, fits, hash_password, nobodys_hash
from followup.console.sessions import end_all
from followup.store import keyed_hash, known_hashes
from followup.store.models import Clinic, Staff

_CHECKS = 3  # passwords checked at each sign-in, whatever was typed


class AccountError(Exception):
    """A sentence that says what is wrong with the account and what to do."""


def add_staff(session: Session, clinic: Clinic, email: str, role: str, password: str, now: datetime) -> Staff:
    """Create an account, or give an existing one of this clinic a new role and password.

    A password that really changes signs the account out everywhere. Raises AccountError with a sentence.
    """
    staff = _account(session, clinic, email, role, now)
    try:
        check_new(password, staff.email)
    except PasswordError as problem:
        raise AccountError(str(problem)) from None
    staff.role, staff.active = role, True
    if not fits(staff.password_hash, password):
        set_password(session, staff, hash_password(password), now)
    return staff


def invite_staff(session: Session, clinic: Clinic, email: str, role: str, now: datetime) -> Staff:
    """Create an account without a password, for a link to be sent to. Raises AccountError with a sentence."""
    staff = _account(session, clinic, email, role, now)
    if staff.id is not None and staff.active:
        raise AccountError(_("This address has an account already; change its role below."))
    staff.role, staff.active, staff.password_hash, staff.factor_due_at = role, True, "", now
    session.add(staff)
    session.flush()
    return staff


def set_password(session: Session, staff: Staff, hashed: str, now: datetime, but: int | None = None) -> None:
    """Give an account a password that was checked and hashed, and end its sessions (except `but`)."""
    staff.password_hash = hashed
    session.add(staff)
    session.flush()
    assert staff.id is not None
    end_all(session, staff.id, "password", now, but=but)


def candidates(session: Session, email: str) -> list[Staff]:
    """The active accounts of an address, oldest first."""
    hashes = known_hashes("email", tidy(email))
    return list(
        session.exec(
            select(Staff).where(col(Staff.email_hash).in_(hashes), col(Staff.active)).order_by(col(Staff.id))
        )
    )


def that_fit(found: list[Staff], password: str) -> list[Staff]:
    """Those of the accounts that have this password.

    An address nobody has, one account and several take the same work: the difference would tell who works
    here. Raises BusyError.
    """
    for _missing in range(_CHECKS - len(found)):
        fits(nobodys_hash(), password)
    return [staff for staff in found if fits(staff.password_hash, password)]


def is_last_admin(session: Session, staff: Staff) -> bool:
    """Whether the clinic would be left without anybody who can let people in."""
    others = session.exec(
        select(func.count()).where(
            Staff.clinic_id == staff.clinic_id, Staff.role == "admin", col(Staff.active), Staff.id != staff.id
        )
    ).one()
    return staff.role == "admin" and staff.active and others == 0


def tidy(email: str) -> str:
    return email.strip().lower()


def _account(session: Session, clinic: Clinic, email: str, role: str, now: datetime) -> Staff:
    """The clinic's account of this address, or a new one that is not yet stored."""
    address = tidy(email)
    if len(address) > 254 or not re.fullmatch(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]+", address):
        raise AccountError(_("That is not an e-mail address; write it like desk@your-clinic.example."))
    assert clinic.id is not None
    found = session.exec(
        select(Staff).where(
            Staff.clinic_id == clinic.id, col(Staff.email_hash).in_(known_hashes("email", address))
        )
    ).one_or_none()
    return found or Staff(
        clinic_id=clinic.id, email=address, email_hash=keyed_hash("email", address), role=role,
        password_hash="", created_at=now,
    )  # fmt: skip
