"""`followup staff`: who may sign in, for the first of them and for whoever has shut themselves out.

Everything else is done on the console's own page. Never a password among the arguments: other users of the
machine can read those.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

from followup.cli.base import CouldNotStart, chosen_clinic, clinic_option, open_database
from followup.clock import utc_now

if TYPE_CHECKING:
    from sqlmodel import Session

    from followup.config import Settings
    from followup.store.models import Clinic, Staff


@click.group()
def staff() -> None:
    """People who may sign in."""


@staff.command("add")
@click.argument("email")
@click.option("--clinic", "code", required=True)
@click.option("--role", type=click.Choice(["frontdesk", "provider", "admin"]), required=True)
@click.option("--invite", is_flag=True, help="Print a link where the person chooses the password.")
def staff_add(email: str, code: str, role: str, invite: bool) -> None:
    """Let EMAIL sign in to a clinic's console, with FOLLOWUP_PASSWORD or a password printed once."""
    from followup.console.accounts import AccountError, add_staff, invite_staff

    given = os.environ.get("FOLLOWUP_PASSWORD", "")
    password = given or secrets.token_urlsafe(12)
    with open_database() as (settings, store), store.write() as session:
        clinic, now = chosen_clinic(session, code), utc_now()
        try:
            if invite:
                person = invite_staff(session, clinic, email, role, now)
            else:
                person = add_staff(session, clinic, email, role, password, now)
        except AccountError as problem:
            raise CouldNotStart(str(problem)) from None
        session.flush()
        _on_record(session, person, "staff.invite" if invite else "staff.add", role, now)
        shown = _link(session, settings, clinic, person, "invite", now) if invite else ""
    if invite:
        click.echo(
            f"{email} may sign in as {role}. Hand over this link, it works once within 3 days:\n{shown}"
        )
    else:
        click.echo(f"{email} may sign in as {role}." + ("" if given else f" Password: {password}"))


@staff.command("list")
@clinic_option
def staff_list(code: str | None) -> None:
    """Print who may sign in, one a line."""
    from sqlmodel import col, select

    from followup.store.models import Staff

    with open_database() as (_, store), store.read() as session:
        clinic = chosen_clinic(session, code)
        people = session.exec(select(Staff).where(Staff.clinic_id == clinic.id).order_by(col(Staff.id))).all()
    for one in people:
        state = "off" if not one.active else "invited" if not one.password_hash else "on"
        click.echo(f"{one.email}\t{one.role}\t{state}\t{'second factor' if one.totp else '-'}")


@staff.command("link")
@click.argument("email")
@clinic_option
@click.option("--lost-phone", is_flag=True, help="Take the second factor away, too.")
def staff_link(email: str, code: str | None, lost_phone: bool) -> None:
    """Print a link where EMAIL chooses a new password; it works once, for an hour."""
    from followup.console import factor
    from followup.console.sessions import end_all

    with open_database() as (settings, store), store.write() as session:
        clinic, now = chosen_clinic(session, code), utc_now()
        with _member(session, clinic, email) as person:
            shown = _link(session, settings, clinic, person, "reset", now)
            _on_record(session, person, "staff.reset", "", now)
            if lost_phone:
                factor.reset(session, person, now)
                end_all(session, person.id or 0, "factor", now)
                _on_record(session, person, "factor.reset", "", now)
    click.echo(shown)


@staff.command("off")
@click.argument("email")
@clinic_option
def staff_off(email: str, code: str | None) -> None:
    """Shut EMAIL out at once. What they did stays theirs in the record."""
    from followup.console.sessions import end_all

    with open_database() as (_, store), store.write() as session:
        clinic, now = chosen_clinic(session, code), utc_now()
        with _member(session, clinic, email) as person:
            person.active = False
            end_all(session, person.id or 0, "off", now)
            _on_record(session, person, "staff.off", "", now)
    click.echo(f"{email} may not sign in any more.")


@contextmanager
def _member(session: Session, clinic: Clinic, email: str) -> Iterator[Staff]:
    from followup.console.accounts import candidates

    found = next((one for one in candidates(session, email) if one.clinic_id == clinic.id), None)
    if found is None:
        raise CouldNotStart("Nobody with this address may sign in to this clinic; see `followup staff list`.")
    yield found
    session.add(found)


def _link(
    session: Session, settings: Settings, clinic: Clinic, person: Staff, kind: str, now: datetime
) -> str:
    from followup.console.links import address_of, make_link

    _, token = make_link(session, person, kind, now)
    return address_of(clinic, f"/link/{token}", settings.public_url)


def _on_record(session: Session, person: Staff, action: str, detail: str, now: datetime) -> None:
    from followup.audit.record import record

    record(
        session, action=action, now=now, clinic_id=person.clinic_id, subject="staff", subject_id=person.id,
        detail=detail,
    )  # fmt: skip
