"""The first pages: today's check-ins, a day's digest, and what staff do with a case."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from followup.checkin.cases import CaseError, acknowledge, close_case, decide, resolve
from followup.checkin.clinics import clinic_file
from followup.console.guard import allowed, did, seen
from followup.console.in_words import in_readers_words
from followup.digest.build import build
from followup.digest.paper import style
from followup.digest.render_html import render_html
from followup.setup import Door
from followup.store.models import Alert, Clinic, Procedure, Staff

console = Blueprint("console", __name__, template_folder="templates", static_folder="static",
                    static_url_path="/console")  # fmt: skip


@console.get("/digest")
@allowed("frontdesk", "provider", "admin")
def digest_now() -> ResponseReturnValue:
    """The digest of the clinic's own today."""
    return redirect(url_for("console.digest_of", day=_own_today()))


def _own_today() -> date:
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        return door().clock().astimezone(clinic_file(clinic).zone).date()


@console.get("/digest.css")
@allowed("frontdesk", "provider", "admin")
def digest_style() -> ResponseReturnValue:
    return Response(style(), mimetype="text/css")


@console.get("/digest/<day>")
@allowed("frontdesk", "provider", "admin")
@in_readers_words
def digest_of(day: str) -> ResponseReturnValue:
    try:
        return _digest_page(date.fromisoformat(day))
    except ValueError:
        abort(404)


def _digest_page(day: date) -> ResponseReturnValue:
    now = door().clock()
    seen("digest", detail=str(day))
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        made = build(session, clinic, day, now)
    return render_template(
        "digest.html",
        page=render_html(
            made,
            standalone=False,
            patient_url=lambda patient: url_for("console.patient", patient_id=patient),
            signs=current_user.role == "provider",
        ),
        day=day,
        yesterday=day - timedelta(days=1),
        tomorrow=day + timedelta(days=1),
    )


@console.post("/cases/<int:procedure_id>/decide")
@allowed("provider")
def decide_case(procedure_id: int) -> ResponseReturnValue:
    with door().store.write() as session:
        procedure = session.get(Procedure, procedure_id)
        if procedure is None or procedure.clinic_id != current_user.clinic_id:
            abort(404)
        staff = session.get_one(Staff, current_user.id)
        try:
            choice, note = request.form.get("choice", ""), request.form.get("note", "")[:500]
            decide(session, procedure, staff, choice, note, door().clock())
            did(session, "decision.sign", "procedure", procedure_id, choice)
            flash(_("Decision signed."))
        except CaseError as problem:
            flash(_(str(problem)))
    return redirect(own_page(request.form.get("back", "")))


@console.post("/cases/<int:procedure_id>/close")
@allowed("frontdesk", "provider")
def close_one(procedure_id: int) -> ResponseReturnValue:
    with door().store.write() as session:
        procedure = session.get(Procedure, procedure_id)
        if procedure is None or procedure.clinic_id != current_user.clinic_id:
            abort(404)
        try:
            end = request.form.get("end", "")
            close_case(procedure, session.get_one(Staff, current_user.id), end, door().clock())
            did(session, "case.close", "procedure", procedure_id, end)
            flash(_("Case closed."))
        except CaseError as problem:
            flash(_(str(problem)))
    return redirect(own_page(request.form.get("back", "")))


@console.post("/alerts/<int:alert_id>/<action>")
@allowed("frontdesk", "provider", "admin")  # a warning never waits for the right role
def act_on_alert(alert_id: int, action: str) -> ResponseReturnValue:
    who = f"staff {current_user.id}"
    with door().store.write() as session:
        alert = session.get(Alert, alert_id)
        if (
            alert is None
            or alert.clinic_id != current_user.clinic_id
            or action not in ("acknowledge", "resolve")
        ):
            abort(404)
        if action == "acknowledge":
            acknowledge(alert, who, door().clock())
        else:
            resolve(session, alert, who, request.form.get("how", "")[:40], door().clock())
        did(session, f"alert.{action}", "alert", alert_id)
    return redirect(own_page(request.form.get("back", "")))


def door() -> Door:
    return cast(Door, current_app.extensions["followup"])


def own_page(wanted: str) -> str:
    """Only an address of this site: a crafted link must not send somebody elsewhere after signing in."""
    parts = urlsplit(wanted)
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if safe else url_for("console.today")
