"""Links that let somebody choose a password: an invitation, or a reset. Each works once and not for long."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.console.sessions import token_hash
from followup.store.models import Clinic, Link, Staff

LASTS = {"invite": timedelta(days=3), "reset": timedelta(hours=1)}


def make_link(db: Session, staff: Staff, kind: str, now: datetime) -> tuple[Link, str]:
    """A new link and its token; the account's earlier ones end with it."""
    assert staff.id is not None
    db.execute(delete(Link).where(col(Link.staff_id) == staff.id))
    token = secrets.token_urlsafe(32)
    link = Link(
        staff_id=staff.id, kind=kind, token_hash=token_hash(token), made_at=now, ends_at=now + LASTS[kind]
    )
    db.add(link)
    db.flush()
    return link, token


def find_link(db: Session, token: str, now: datetime) -> tuple[Link, Staff] | None:
    """The link of a token and its active account, while it may still be used."""
    found = db.exec(
        select(Link, Staff)
        .join(Staff, col(Link.staff_id) == col(Staff.id))
        .where(
            Link.token_hash == token_hash(token),
            col(Link.used_at).is_(None),
            Link.ends_at > now,
            Staff.active,
        )
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def use_link(db: Session, link: Link, now: datetime) -> bool:
    """Use it up; False when somebody else was faster. The WHERE decides, in whatever process they run."""
    done = db.execute(
        update(Link).where(col(Link.id) == link.id, col(Link.used_at).is_(None)).values(used_at=now)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def address_of(clinic: Clinic, path: str, public_url: str) -> str:
    """The whole address of a page of the console: where the clinic's file says it is, else the public one."""
    return (clinic_file(clinic).digest.console_url.rstrip("/") or public_url) + path


def forget_old(db: Session, now: datetime) -> None:
    """Delete links that open nothing any more."""
    db.execute(delete(Link).where(col(Link.ends_at) < now - LASTS["invite"]))
