"""Signing in, step by step: e-mail and password, which clinic, the second factor; and signing out.

Every step is a row of `staff_session` at its stage. Until the last of them the guard knows nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlmodel import Session, col, select

from followup import limits
from followup.audit.record import record
from followup.checkin.clinics import clinic_file
from followup.console import factor, links, sessions
from followup.console.accounts import candidates, that_fit, tidy
from followup.console.entrance import half_way, keep_only_language, take_in
from followup.console.guard import allowed, did, watched_by
from followup.console.pages import console, door, own_page
from followup.console.passwords import BusyError, hash_password, is_outdated
from followup.console.tries import FREE, LONGEST, remember_browser, tries_at
from followup.sign_in import SignIn
from followup.store.models import Clinic, Staff, StaffSession


@console.get("/sign-in")
@watched_by("nobody")
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(own_page(request.args.get("next", "")))
    return render_template("sign_in.html")


@console.post("/sign-in")
@watched_by("nobody")
def sign_in_with_password() -> ResponseReturnValue:
    """1. Count the try. 2. Check the password. 3. Open a session at the stage this account is at."""
    now, email = door().clock(), tidy(request.form.get("email", ""))[:254]
    tries = tries_at(email)
    was_here = current_user.session_id if current_user.is_authenticated else None
    with door().store.write() as db:
        wait = tries.count(db, now)
    if wait:
        return too_often(wait, "sign_in.html")
    with door().store.read() as db:
        known = candidates(db, email)
    password = request.form.get("password", "")
    try:
        fitting = that_fit(known, password)
        fresh_hash = hash_password(password) if any(is_outdated(one.password_hash) for one in fitting) else ""
    except BusyError:
        with door().store.write() as db:
            tries.take_back(db, now)
        return too_often(timedelta(seconds=10), "sign_in.html")
    with door().store.write() as db:
        fitting = _unchanged(db, fitting)
        if fitting:
            tries.forgive(db, now)
            if was_here is not None:  # somebody else at the same browser, who did not sign out
                sessions.end(db, was_here, "out", now)
            token, stage = _enter(db, fitting, fresh_hash, now)
        else:
            _note(db, "sign_in.refused", now, known[0] if len(known) == 1 else None)
    return _go_on(token, stage, email) if fitting else (render_template("sign_in.html", wrong=True), 401)


def _unchanged(db: Session, fitting: list[Staff]) -> list[Staff]:
    """Once more: somebody may have changed or closed an account while its password was checked."""
    now = [(one, db.get_one(Staff, one.id)) for one in fitting]
    return [staff for one, staff in now if staff.active and staff.password_hash == one.password_hash]


def _enter(db: Session, fitting: list[Staff], fresh_hash: str, now: datetime) -> tuple[str, str]:
    """Open a session for the accounts whose password was given; returns its token and stage."""
    _tidy_up(db, now)
    for one in fitting:
        if fresh_hash and is_outdated(one.password_hash):
            one.password_hash = fresh_hash
    stage = "choose" if len(fitting) > 1 else _stage(db, fitting[0], now)
    token = sessions.open_session(
        db, fitting[0], stage, _rules(db, fitting[0]), now,
        address=request.remote_addr or "",
        browser=sessions.browser_name(request.headers.get("User-Agent", "")),
        choice=[one.id or 0 for one in fitting] if stage == "choose" else (),
    )  # fmt: skip
    if stage == "in":
        _note(db, "sign_in.done", now, fitting[0], "password")
    return token, stage


@console.get("/sign-in/clinic")
@watched_by("password")
def choose_clinic() -> ResponseReturnValue:
    """One address and one password fit accounts in several clinics: which is it to be?"""
    with door().store.read() as db:
        clinics = [
            (staff.id, clinic_file(db.get_one(Clinic, staff.clinic_id)).clinic.name, staff.role)
            for staff in _choice(db)
        ]
    return render_template("choose_clinic.html", clinics=clinics)


@console.post("/sign-in/clinic")
@watched_by("password")
def sign_in_to_clinic() -> ResponseReturnValue:
    now, wanted = door().clock(), request.form.get("account", "")
    with door().store.write() as db:
        staff = next((one for one in _choice(db) if str(one.id) == wanted), None)
        if staff is None:
            abort(400, _("Choose one of the clinics."))
        stage = _stage(db, staff, now)
        token = sessions.move_on(
            db, db.get_one(StaffSession, half_way()[0].id), staff, stage, _rules(db, staff), now
        )
        if stage == "in":
            _note(db, "sign_in.done", now, staff, "password")
    return _go_on(token, stage, staff.email)


@console.get("/sign-in/code")
@watched_by("password")
def ask_code() -> ResponseReturnValue:
    return (
        render_template("code.html")
        if half_way()[0].stage == "factor"
        else redirect(_step(half_way()[0].stage))
    )


@console.post("/sign-in/code")
@watched_by("password")
def sign_in_with_code() -> ResponseReturnValue:
    """The second factor. Too many wrong codes shut the account's door, as wrong passwords do."""
    now, (row, half) = door().clock(), half_way()
    if row.stage != "factor":
        abort(400)
    key = f"factor:{half.id}"
    with door().store.write() as db:
        wait = limits.knock(db, key, now, free=FREE, longest=LONGEST)
    if wait:
        return too_often(wait, "code.html")
    with door().store.write() as db:
        staff = db.get_one(Staff, half.id)
        how = factor.accept(db, staff, request.form.get("code", "")[:40], now)
        _note(db, "sign_in.done" if how else "sign_in.refused", now, staff, how or "code")
        if how:
            limits.forgive(db, key)
            token = sessions.move_on(
                db, db.get_one(StaffSession, row.id), staff, "in", _rules(db, staff), now
            )
    return _go_on(token, "in", staff.email) if how else (render_template("code.html", wrong=True), 401)


@console.post("/sign-out")
@allowed("frontdesk", "provider", "admin")
def sign_out() -> ResponseReturnValue:
    with door().store.write() as db:
        sessions.end(db, current_user.session_id, "out", door().clock())
        did(db, "sign_out.done", "staff", current_user.id)
    keep_only_language()
    return redirect(url_for("console.sign_in"))


def too_often(wait: timedelta, page: str) -> ResponseReturnValue:
    """The answer to one try too many: the same whether or not the account exists."""
    minutes = max(1, round(wait.total_seconds() / 60))
    words = ngettext(
        "Too many tries. Please wait %(num)s minute, then try again.",
        "Too many tries. Please wait %(num)s minutes, then try again.",
        minutes,
    )
    answer = Response(render_template(page, refused=words), 429)
    answer.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return answer


def _go_on(token: str, stage: str, email: str) -> ResponseReturnValue:
    take_in(token)
    if stage == "in":
        remember_browser(email)
    return redirect(_step(stage))


def _step(stage: str) -> str:
    wanted = request.args.get("next", "")
    pages = {"choose": "console.choose_clinic", "factor": "console.ask_code", "enrol": "console.enrol_first"}
    if stage == "in":
        return own_page(wanted)
    return url_for(pages[stage], next=wanted) if wanted else url_for(pages[stage])


def _stage(db: Session, staff: Staff, now: datetime) -> str:
    if factor.has_factor(staff):
        return "factor"
    return "enrol" if factor.must_enrol(staff, _rules(db, staff), now) else "in"


def _choice(db: Session) -> list[Staff]:
    row, _half = half_way()
    if row.stage != "choose":
        abort(400)
    ids = [int(one) for one in row.choice.split(",")]
    return list(db.exec(select(Staff).where(col(Staff.id).in_(ids), Staff.active).order_by(col(Staff.id))))


def _rules(db: Session, staff: Staff) -> SignIn:
    return clinic_file(db.get_one(Clinic, staff.clinic_id)).sign_in


def _note(db: Session, action: str, now: datetime, staff: Staff | None, detail: str = "") -> None:
    """On record: who came in, and who was refused. An address nobody has leaves no trace but where from."""
    record(
        db, action=action, now=now, clinic_id=staff.clinic_id if staff else None,
        staff_id=staff.id if staff and action == "sign_in.done" else None,
        subject="staff" if staff else "", subject_id=staff.id if staff else None,
        detail=detail, address=request.remote_addr or "",
    )  # fmt: skip


def _tidy_up(db: Session, now: datetime) -> None:
    """Sign-ins are rare enough to sweep out what opens nothing any more."""
    limits.forget_old(db, now)
    links.forget_old(db, now)
    sessions.forget_old(db, now)
