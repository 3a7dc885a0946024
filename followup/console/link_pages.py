"""A forgotten password, and the page a mailed link leads to."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from followup import limits
from followup.audit.record import record
from followup.console.accounts import candidates, set_password, tidy
from followup.console.entrance import keep_only_language
from followup.console.guard import watched_by
from followup.console.links import address_of, find_link, make_link, use_link
from followup.console.mails import mail_link, tell_of_change
from followup.console.pages import console, door
from followup.console.passwords import SHORTEST, PasswordError, check_new, hash_password
from followup.console.sign_in_pages import too_often
from followup.store import keyed_hash
from followup.store.models import Clinic

_MAILS, _PER = 3, timedelta(hours=1)  # reset mails to one address
_HERE = 20  # requests from one network address in that time


@console.get("/forgotten")
@watched_by("nobody")
def forgotten() -> ResponseReturnValue:
    return render_template("forgotten.html")


@console.post("/forgotten")
@watched_by("nobody")
def send_reset() -> ResponseReturnValue:
    """Mail a link to each account of the address. The answer is the same when there is none."""
    now, email = door().clock(), tidy(request.form.get("email", ""))[:254]
    here, there = keyed_hash("address", request.remote_addr or ""), keyed_hash("email", email)
    with door().store.write() as db:
        wait = limits.spend(db, f"forgot-from:{here}", now, limit=_HERE, per=_PER)
        if not wait and not limits.spend(db, f"forgot:{there}", now, limit=_MAILS, per=_PER):
            for staff in candidates(db, email):
                clinic = db.get_one(Clinic, staff.clinic_id)
                link, token = make_link(db, staff, "reset", now)
                path = url_for("console.choose_password", token=token)
                mail_link(db, staff, link, address_of(clinic, path, door().settings.public_url), now)
                record(
                    db, action="password.ask", now=now, clinic_id=clinic.id, subject="staff",
                    subject_id=staff.id, address=request.remote_addr or "",
                )  # fmt: skip
    return too_often(wait, "forgotten.html") if wait else render_template("forgotten.html", sent=True)


@console.get("/link/<token>")
@watched_by("nobody")
def choose_password(token: str) -> ResponseReturnValue:
    """Only looks: programs that scan mails open every link, and must not use it up."""
    return _page(token)


@console.post("/link/<token>")
@watched_by("nobody")
def set_password_by_link(token: str) -> ResponseReturnValue:
    now, new = door().clock(), request.form.get("password", "")
    with door().store.read() as db:
        found = find_link(db, token, now)
    if found is None:
        return _page(token)
    try:
        check_new(new, found[1].email)
    except PasswordError as problem:
        return _page(token, str(problem), 400)
    new_hash = hash_password(new)  # outside of the transaction: it is slow on purpose
    with door().store.write() as db:
        again = find_link(db, token, now)
        if again is None or not use_link(db, again[0], now):
            return _page_gone()
        set_password(db, again[1], new_hash, now)
        tell_of_change(db, again[1], now)
        record(
            db, action="password.set", now=now, clinic_id=again[1].clinic_id, staff_id=again[1].id,
            subject="staff", subject_id=again[1].id, detail=again[0].kind, address=request.remote_addr or "",
        )  # fmt: skip
    keep_only_language()
    flash(_("The password is set. Please sign in."))
    return redirect(url_for("console.sign_in"))


def _page(token: str, wrong: str = "", code: int = 200) -> ResponseReturnValue:
    with door().store.read() as db:
        found = find_link(db, token, door().clock())
    if found is None:
        return _page_gone()
    return render_template("choose_password.html", wrong=wrong, email=found[1].email, shortest=SHORTEST), code


def _page_gone() -> ResponseReturnValue:
    return render_template("link_gone.html"), 410
