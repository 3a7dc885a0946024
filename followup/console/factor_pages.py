"""Setting up the second factor: on the way in, when the clinic insists, or later from one's own account."""

from __future__ import annotations

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from followup.audit.record import record
from followup.checkin.clinics import clinic_file
from followup.console import factor, sessions
from followup.console.again import knows_password
from followup.console.entrance import half_way, take_in
from followup.console.guard import allowed, did, watched_by
from followup.console.mails import tell_of_change
from followup.console.pages import console, door, own_page
from followup.console.tries import remember_browser
from followup.store.models import Clinic, Staff, StaffSession

_LONGEST_CODE = 40


@console.get("/sign-in/second-factor")
@watched_by("password")
def enrol_first() -> ResponseReturnValue:
    return _offer(_enrolling())


@console.get("/sign-in/second-factor.svg")
@watched_by("password")
def enrol_first_picture() -> ResponseReturnValue:
    return _picture(_enrolling())


@console.post("/sign-in/second-factor")
@watched_by("password")
def enrol_and_enter() -> ResponseReturnValue:
    """The last step in for an account that must have a second factor: the codes are shown, and it is in."""
    now, me = door().clock(), _enrolling()
    with door().store.write() as db:
        staff = db.get_one(Staff, me)
        codes = factor.enrol(db, staff, request.form.get("code", "")[:_LONGEST_CODE], now)
        if codes is not None:
            rules = clinic_file(db.get_one(Clinic, staff.clinic_id)).sign_in
            row = db.get_one(StaffSession, half_way()[0].id)
            token = sessions.move_on(db, row, staff, "in", rules, now)
            tell_of_change(db, staff, now)
            for action in ("factor.enrol", "sign_in.done"):
                record(
                    db, action=action, now=now, clinic_id=staff.clinic_id, staff_id=me,
                    subject="staff", subject_id=me, detail="enrol", address=request.remote_addr or "",
                )  # fmt: skip
    if codes is None:
        return _offer(me, _wrong_code()), 401
    take_in(token)
    remember_browser(staff.email)
    return _shown_once(codes, own_page(request.args.get("next", "")))


@console.get("/account/second-factor")
@allowed("frontdesk", "provider", "admin")
def second_factor() -> ResponseReturnValue:
    return _offer(current_user.id)


@console.get("/account/second-factor.svg")
@allowed("frontdesk", "provider", "admin")
def second_factor_picture() -> ResponseReturnValue:
    return _picture(current_user.id)


@console.post("/account/second-factor")
@allowed("frontdesk", "provider", "admin")
def set_second_factor() -> ResponseReturnValue:
    """A first one, or one on a new phone; every other session of the account ends."""
    now, me = door().clock(), current_user.id
    if not knows_password():
        return _offer(me, _("That is not your password.")), 403
    with door().store.write() as db:
        staff = db.get_one(Staff, me)
        codes = factor.enrol(db, staff, request.form.get("code", "")[:_LONGEST_CODE], now)
        if codes is not None:
            tell_of_change(db, staff, now)
            sessions.end_all(db, me, "factor", now, but=current_user.session_id)
            did(db, "factor.enrol", "staff", me)
    if codes is None:
        return _offer(me, _wrong_code()), 400
    return _shown_once(codes, url_for("console.account"))


@console.post("/account/recovery-codes")
@allowed("frontdesk", "provider", "admin")
def renew_recovery_codes() -> ResponseReturnValue:
    if not knows_password():
        abort(403, _("That is not your password."))
    with door().store.write() as db:
        staff = db.get_one(Staff, current_user.id)
        if not factor.has_factor(staff):
            abort(400, _("Set up the second factor first."))
        codes = factor.new_recovery_codes(db, staff)
        did(db, "factor.recovery_codes", "staff", current_user.id)
    return _shown_once(codes, url_for("console.account"))


def _enrolling() -> int:
    """The account that is half-way in and must set one up; anybody else has no business here."""
    row, staff = half_way()
    if row.stage != "enrol" or staff.id is None:
        abort(redirect(url_for("console.sign_in")))
    return staff.id


def _offer(staff_id: int, wrong: str = "") -> str:
    """The page with the picture. In groups of four, the secret can also be typed."""
    with door().store.write() as db:
        staff = db.get_one(Staff, staff_id)
        secret, has_one = factor.secret_to_enrol(staff), factor.has_factor(staff)
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render_template("second_factor.html", secret=groups, has_one=has_one, wrong=wrong)


def _picture(staff_id: int) -> Response:
    with door().store.read() as db:
        staff = db.get_one(Staff, staff_id)
    if staff.totp_next is None:
        abort(404)
    return Response(factor.picture(staff.totp_next, staff.email), mimetype="image/svg+xml")


def _shown_once(codes: list[str], on: str) -> str:
    return render_template("recovery_codes.html", codes=codes, on=on)


def _wrong_code() -> str:
    return str(_("That code does not fit. Wait for the next one, and check the clock of your phone."))
