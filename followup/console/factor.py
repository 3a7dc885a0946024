"""The second factor: six digits from a phone (TOTP), or a code from paper; each good for one sign-in.

A code somebody reads over a shoulder is worthless once it was used: the time step it belongs to is kept,
and only a later one is taken.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from datetime import datetime, timedelta

import pyotp
import segno
from sqlalchemy import Update, delete, update
from sqlmodel import Session, col, func, select

from followup.sign_in import SignIn
from followup.store.models import RecoveryCode, Staff

_STEP = 30  # seconds a code is shown
_DRIFT = 1  # steps a phone's clock may be off
_CODES, _GROUPS, _LETTERS = 10, 4, 4
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
ISSUER = "Follow-up"


def has_factor(staff: Staff) -> bool:
    return staff.totp is not None


def must_enrol(staff: Staff, rules: SignIn, now: datetime) -> bool:
    """Whether this account may go no further without setting one up; starts the time it is given for that."""
    if has_factor(staff) or staff.role not in rules.second_factor:
        return False
    if staff.factor_due_at is None:
        staff.factor_due_at = now + timedelta(days=rules.enrol_days)
    return staff.factor_due_at <= now


def secret_to_enrol(staff: Staff) -> str:
    """The secret that is offered; the same until it is confirmed, or a scanned picture would be in vain."""
    if staff.totp_next is None:
        staff.totp_next = pyotp.random_base32()
    return staff.totp_next


def picture(secret: str, email: str) -> bytes:
    """The secret as a QR code (SVG, without style or script)."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", scale=6, dark="#000", light="#fff", xmldecl=False
    )
    return drawn.getvalue()


def enrol(db: Session, staff: Staff, code: str, now: datetime) -> list[str] | None:
    """Take the offered secret into use when `code` proves that a phone has it; returns new recovery codes."""
    step = _step_of(staff.totp_next, code, now) if staff.totp_next else None
    if step is None:
        return None
    staff.totp, staff.totp_next, staff.totp_step, staff.factor_due_at = staff.totp_next, None, step, None
    db.add(staff)
    return new_recovery_codes(db, staff)


def accept(db: Session, staff: Staff, code: str, now: datetime) -> str:
    """How `code` proves the second factor: "code", "recovery" or "" for not at all. It is used up by that."""
    tidy = "".join(code.split())
    if tidy.isascii() and tidy.isdigit():
        step = _step_of(staff.totp, tidy, now) if staff.totp else None
        # The WHERE lets one of two sign-ins with the same code pass, in whatever process they run.
        taken = step is not None and _changes_one(
            db,
            update(Staff)
            .where(col(Staff.id) == staff.id, col(Staff.totp_step) < step)
            .values(totp_step=step),
        )
        return "code" if taken else ""
    used = _changes_one(
        db,
        update(RecoveryCode)
        .where(
            col(RecoveryCode.staff_id) == staff.id,
            col(RecoveryCode.code_hash) == _code_hash(tidy),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now),
    )
    return "recovery" if used and has_factor(staff) else ""


def new_recovery_codes(db: Session, staff: Staff) -> list[str]:
    """Ten new codes of 79 random bits each; the ones before are worth nothing from here on."""
    db.execute(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff.id))
    codes = [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
        for _ in range(_CODES)
    ]
    assert staff.id is not None
    db.add_all(RecoveryCode(staff_id=staff.id, code_hash=_code_hash(code)) for code in codes)
    return codes


def recovery_codes_left(db: Session, staff: Staff) -> int:
    return db.exec(
        select(func.count()).where(RecoveryCode.staff_id == staff.id, col(RecoveryCode.used_at).is_(None))
    ).one()


def reset(db: Session, staff: Staff, now: datetime) -> None:
    """Take the second factor away: a phone was lost. The next sign-in sets up a new one if one is asked."""
    staff.totp = staff.totp_next = None
    staff.factor_due_at = now
    db.add(staff)
    db.execute(delete(RecoveryCode).where(col(RecoveryCode.staff_id) == staff.id))


def _step_of(secret: str | None, code: str, now: datetime) -> int | None:
    """The time step whose code this is, None when it is none of those a slightly wrong clock may show."""
    tidy = "".join(code.split())
    if not secret or len(tidy) != 6:
        return None
    here = int(now.timestamp()) // _STEP
    totp = pyotp.TOTP(secret)
    fitting = [
        step
        for step in range(here - _DRIFT, here + _DRIFT + 1)
        if secrets.compare_digest(totp.generate_otp(step).encode(), tidy.encode())
    ]
    return max(fitting, default=None)


def _code_hash(code: str) -> str:
    letters = "".join(c for c in code.lower() if c.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


def _changes_one(db: Session, statement: Update) -> bool:
    return bool(db.execute(statement).rowcount == 1)  # type: ignore[attr-defined]
