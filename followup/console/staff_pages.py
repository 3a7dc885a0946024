"""The people of a clinic, for its admins: who may come in, as what, and with which locks.

Everything here is looked up in the admin's own clinic and taken by name from the form: an id of another
clinic is "not found", and a field nobody asked for does nothing.
"""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import Session, col, func, select

from followup.checkin.clinics import clinic_file
from followup.console import factor, sessions
from followup.console.accounts import AccountError, invite_staff, is_last_admin
from followup.console.guard import allowed, did
from followup.console.language import clock_words
from followup.console.links import address_of, make_link
from followup.console.mails import mail_link, tell_of_change
from followup.console.pages import console, door
from followup.store.models import Clinic, Staff, StaffSession
from followup.store.models.people import ROLES


@console.get("/staff")
@allowed("admin")
def staff_page() -> ResponseReturnValue:
    return _page()


@console.post("/staff")
@allowed("admin")
def invite() -> ResponseReturnValue:
    now = door().clock()
    try:
        with door().store.write() as db:
            clinic = db.get_one(Clinic, current_user.clinic_id)
            staff = invite_staff(db, clinic, request.form.get("email", ""), _role(), now)
            did(db, "staff.invite", "staff", staff.id, staff.role)
            shown = _send_link(db, clinic, staff, "invite")
    except AccountError as problem:
        return _page(wrong=str(problem)), 400
    return _page(link=shown, link_for=staff.email) if shown else _back(_("The invitation is on its way."))


@console.post("/staff/<int:staff_id>/link")
@allowed("admin")
def send_link(staff_id: int) -> ResponseReturnValue:
    """A new invitation, or a link to choose another password."""
    with door().store.write() as db:
        staff = _member(db, staff_id)
        kind = "reset" if staff.password_hash else "invite"
        did(db, f"staff.{kind}", "staff", staff.id)
        shown = _send_link(db, db.get_one(Clinic, staff.clinic_id), staff, kind)
    return _page(link=shown, link_for=staff.email) if shown else _back(_("The link is on its way."))


@console.post("/staff/<int:staff_id>/role")
@allowed("admin")
def change_role(staff_id: int) -> ResponseReturnValue:
    """The new role holds from the next click on; the person signs in anew, since more may be asked of it."""
    with door().store.write() as db:
        staff, role = _member(db, staff_id), _role()
        if role != "admin" and is_last_admin(db, staff):
            abort(400, _("This is the clinic's last admin; make somebody else one first."))
        if role != staff.role:
            did(db, "staff.role", "staff", staff.id, f"{staff.role}-{role}")
            staff.role = role
            sessions.end_all(db, staff_id, "role", door().clock())
    return _back(_("The role is changed."))


@console.post("/staff/<int:staff_id>/off")
@allowed("admin")
def switch_off(staff_id: int) -> ResponseReturnValue:
    """Nobody is deleted: what they did stays theirs in the record. They are out at once."""
    with door().store.write() as db:
        staff = _member(db, staff_id)
        if is_last_admin(db, staff):
            abort(400, _("This is the clinic's last admin; make somebody else one first."))
        staff.active = False
        sessions.end_all(db, staff_id, "off", door().clock())
        did(db, "staff.off", "staff", staff.id)
    return _back(_("The account is switched off."))


@console.post("/staff/<int:staff_id>/on")
@allowed("admin")
def switch_on(staff_id: int) -> ResponseReturnValue:
    with door().store.write() as db:
        staff = _member(db, staff_id)
        staff.active = True
        did(db, "staff.on", "staff", staff.id)
    return _back(_("The account is switched on."))


@console.post("/staff/<int:staff_id>/factor")
@allowed("admin")
def reset_factor(staff_id: int) -> ResponseReturnValue:
    if staff_id == current_user.id:
        abort(400, _("Set up your own on your account's page; it asks for your password."))
    with door().store.write() as db:
        staff = _member(db, staff_id)
        factor.reset(db, staff, door().clock())
        sessions.end_all(db, staff_id, "factor", door().clock())
        tell_of_change(db, staff, door().clock())
        did(db, "factor.reset", "staff", staff.id)
    return _back(_("The second factor is taken away; the next sign-in sets up a new one."))


@console.post("/staff/<int:staff_id>/sessions")
@allowed("admin")
def sign_out_everywhere(staff_id: int) -> ResponseReturnValue:
    with door().store.write() as db:
        staff = _member(db, staff_id)
        sessions.end_all(db, staff_id, "ended", door().clock())
        did(db, "session.end_all", "staff", staff.id)
    return _back(_("Signed out everywhere."))


def _member(db: Session, staff_id: int) -> Staff:
    """Somebody of the admin's own clinic."""
    staff = db.get(Staff, staff_id)
    if staff is None or staff.clinic_id != current_user.clinic_id:
        abort(404)
    return staff


def _role() -> str:
    role = request.form.get("role", "")
    if role not in ROLES:
        abort(400, _("Choose one of the roles."))
    return role


def _send_link(db: Session, clinic: Clinic, staff: Staff, kind: str) -> str:
    """Mail a link; where the clinic has no address to send from, return it to be handed over instead."""
    link, token = make_link(db, staff, kind, door().clock())
    path = url_for("console.choose_password", token=token)
    url = address_of(clinic, path, door().settings.public_url)
    return "" if mail_link(db, staff, link, url, door().clock()) else url


def _back(said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("console.staff_page"))


def _page(wrong: str = "", link: str = "", link_for: str = "") -> str:
    with door().store.read() as db:
        people = db.exec(
            select(Staff)
            .where(Staff.clinic_id == current_user.clinic_id)
            .order_by(col(Staff.active).desc(), col(Staff.id))
        ).all()
        seen_at = dict(
            db.exec(
                select(StaffSession.staff_id, func.max(StaffSession.seen_at))
                .where(col(StaffSession.staff_id).in_([one.id for one in people]), StaffSession.stage == "in")
                .group_by(col(StaffSession.staff_id))
            ).all()
        )
        file = clinic_file(db.get_one(Clinic, current_user.clinic_id))
    today = door().clock().astimezone(file.zone).date()
    return render_template(
        "staff.html",
        people=people,
        seen_at=seen_at,
        at=lambda moment: clock_words(moment, file.zone, today),
        roles=ROLES,
        required=file.sign_in.second_factor,
        wrong=wrong,
        link=link,
        link_for=link_for,
    )
