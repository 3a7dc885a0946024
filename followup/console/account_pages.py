"""One's own account: the password, the second factor, and where one is signed in."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select

from followup.checkin.clinics import clinic_file
from followup.console import factor, sessions
from followup.console.accounts import set_password
from followup.console.again import knows_password
from followup.console.entrance import session_left, take_in
from followup.console.guard import allowed, asked_by_the_page, did
from followup.console.language import clock_words
from followup.console.mails import tell_of_change
from followup.console.pages import console, door
from followup.console.passwords import SHORTEST, PasswordError, check_new, hash_password
from followup.store.models import Clinic, Place, Staff, StaffSession


@console.get("/account")
@allowed("frontdesk", "provider", "admin")
def account() -> ResponseReturnValue:
    return _page()


@console.post("/account/password")
@allowed("frontdesk", "provider", "admin")
def change_password() -> ResponseReturnValue:
    """A new password ends every other session, and gives this one a new token."""
    now, new = door().clock(), request.form.get("new", "")
    try:
        check_new(new, current_user.email)
    except PasswordError as problem:
        return _page(wrong=str(problem)), 400
    if not knows_password():
        return _page(wrong=_("That is not your password.")), 403
    new_hash = hash_password(new)
    with door().store.write() as db:
        staff = db.get_one(Staff, current_user.id)
        set_password(db, staff, new_hash, now, but=current_user.session_id)
        token = sessions.renew(db, db.get_one(StaffSession, current_user.session_id))
        tell_of_change(db, staff, now)
        did(db, "password.change", "staff", staff.id)
    take_in(token)
    flash(_("The new password is set. Wherever else you were signed in, you are signed out."))
    return redirect(url_for("console.account"))


@console.post("/account/sessions/<int:session_id>/end")
@allowed("frontdesk", "provider", "admin")
def end_session(session_id: int) -> ResponseReturnValue:
    with door().store.write() as db:
        row = db.get(StaffSession, session_id)
        if row is not None and row.staff_id == current_user.id:  # somebody else's is none of ours
            sessions.end(db, session_id, "ended", door().clock())
            did(db, "session.end", "staff_session", session_id)
            flash(_("Signed out there."))
    return redirect(url_for("console.account"))


@console.post("/account/sessions/end")
@allowed("frontdesk", "provider", "admin")
def end_other_sessions() -> ResponseReturnValue:
    with door().store.write() as db:
        sessions.end_all(db, current_user.id, "ended", door().clock(), but=current_user.session_id)
        did(db, "session.end_all", "staff", current_user.id)
    flash(_("Signed out everywhere else."))
    return redirect(url_for("console.account"))


@console.get("/account/session")
@allowed("frontdesk", "provider", "admin")
@asked_by_the_page
def session_seconds() -> ResponseReturnValue:
    """How many seconds are left: the page asks before it warns, since another tab may have been used."""
    return Response(str(session_left()), mimetype="text/plain")


@console.post("/account/session")
@allowed("frontdesk", "provider", "admin")
def stay() -> ResponseReturnValue:
    """The person is still there: the guard has written that down. Answers with the seconds that are left."""
    return Response(str(session_left()), mimetype="text/plain")


def _page(wrong: str = "") -> str:
    now = door().clock()
    with door().store.read() as db:
        staff = db.get_one(Staff, current_user.id)
        clinic = clinic_file(db.get_one(Clinic, staff.clinic_id))
        mine = sessions.living(db, current_user.id, now)
        addresses = dict(
            db.exec(
                select(Place.id, Place.address).where(col(Place.id).in_([row.place_id for row in mine]))
            ).all()
        )
        left = factor.recovery_codes_left(db, staff)
    return render_template(
        "account.html",
        wrong=wrong,
        clinic=clinic.clinic.name,
        at=lambda moment: clock_words(moment, clinic.zone, now.astimezone(clinic.zone).date()),
        sessions=mine,
        addresses=addresses,
        has_factor=factor.has_factor(staff),
        required=staff.role in clinic.sign_in.second_factor,
        due=staff.factor_due_at,
        codes_left=left,
        shortest=SHORTEST,
    )
