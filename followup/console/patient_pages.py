"""One patient: what was said and how it was read, what is proposed and why, what staff may do."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import Session

from followup.checkin.cases import CaseError
from followup.checkin.clinics import clinic_file
from followup.console import labels, wording
from followup.console.guard import allowed, did, seen
from followup.console.in_words import in_readers_words
from followup.console.language import clock_words
from followup.console.pages import console, door
from followup.desk import asking, contact
from followup.desk.corrections import CORRECTABLE, SCORES, YES_OR_NO, correct
from followup.desk.patient import patient_file
from followup.digest.note import chart_note
from followup.digest.picture import DRAWING, dumbbell
from followup.digest.words import all_changes
from followup.intake.fields import UnreadableError
from followup.store.models import CheckIn, Clinic, Patient, Staff

_YES = {"yes": True, "no": False}
PROPOSED = {"candidate_repeat": "repeat", "candidate_further_testing": "further_testing"}


@console.get("/patients/<int:patient_id>")
@allowed("frontdesk", "provider", "admin")
@in_readers_words
def patient(patient_id: int) -> ResponseReturnValue:
    """The patient's file, with the check-in `?check_in=` open."""
    now = door().clock()
    asked = request.args.get("check_in", "")
    seen("patient", patient_id)
    with door().store.read() as session:
        found = _patient(session, patient_id)
        clinic = session.get_one(Clinic, current_user.clinic_id)
        file = patient_file(session, found, int(asked) if asked.isdecimal() and len(asked) < 12 else None)
    zone = clinic_file(clinic).zone
    today = now.astimezone(zone).date()

    def at(moment: datetime) -> str:
        return clock_words(moment, zone, today)

    return render_template(
        "patient.html",
        file=file,
        who=file.patient,
        at=at,
        now=now,
        notes={entry.id: chart_note(entry, zone) for entry in file.entries},
        draw=dumbbell,
        drawing=DRAWING,
        changes=all_changes,
        proposed=PROPOSED,
        correctable=CORRECTABLE,
        scores=SCORES,
        yes_or_no=YES_OR_NO,
        askable=asking.ASKABLE,
        wording=wording,
    )


@console.post("/patients/<int:patient_id>/contact")
@allowed("frontdesk", "provider")
def change_contact(patient_id: int) -> ResponseReturnValue:
    """Change number, language or channel; or pause, resume, stop."""
    action, now = request.form.get("action", "change"), door().clock()
    if action not in ("change", "pause", "resume", "stop"):
        abort(400)
    try:
        with door().store.write() as session:
            found = _patient(session, patient_id)
            said = _act_on_contact(session, found, action, now)
            did(session, f"contact.{action}", "patient", patient_id)
        flash(said)
    except UnreadableError as problem:
        flash(labels.refused_number(problem), "error")
    except CaseError as problem:
        flash(_(str(problem)), "error")
    return _back(patient_id)


def _act_on_contact(session: Session, found: Patient, action: str, now: datetime) -> str:
    if action == "pause":
        contact.pause(found, now)
        return str(_("Contact is paused: nothing leaves by itself."))
    if action == "resume":
        contact.resume(found, now)
        return str(_("Contact goes on."))
    if action == "stop":
        contact.stop(session, found, now)
        return str(_("Stopped: no text and no call leaves to this number any more."))
    wanted = {name: request.form.get(name, "") for name in ("phone", "language", "channel")}
    changed = contact.change(session, found, **wanted, now=now)
    return str(_("Changed.") if changed else _("Nothing was different."))


@console.post("/check-ins/<int:check_in_id>/correct")
@allowed("frontdesk", "provider")
def correct_answer(check_in_id: int) -> ResponseReturnValue:
    """Enter what the patient really answered, beside what was read."""
    question, text = request.form.get("question", ""), request.form.get("value", "").strip()
    try:
        with door().store.write() as session:
            check_in = _check_in(session, check_in_id)
            patient_id = check_in.patient_id  # a refusal rolls back, and then the row is out of reach
            staff = session.get_one(Staff, current_user.id)
            correct(session, check_in_id, question, _value(question, text), staff, door().clock())
            did(session, "answer.correct", "check_in", check_in_id, question)
        flash(_("Corrected. The answer as it was read stays beside it."))
    except CaseError as problem:
        flash(_(str(problem)), "error")
    return _back(patient_id, check_in_id)


@console.post("/check-ins/<int:check_in_id>/ask")
@allowed("frontdesk", "provider")
def ask_more(check_in_id: int) -> ResponseReturnValue:
    """Put a question to the patient again, by text or by somebody who phones."""
    question, now = request.form.get("question", ""), door().clock()
    try:
        with door().store.write() as session:
            check_in = _check_in(session, check_in_id)
            patient_id = check_in.patient_id
            zone = clinic_file(session.get_one(Clinic, check_in.clinic_id)).zone
            if request.form.get("how") == "phone":
                asking.ask_by_phone(session, check_in_id, question, now)
                said = _("The front desk has been asked to phone.")
            else:
                leaves = asking.ask_again(session, check_in_id, question, now)
                said = _(
                    "The question leaves %(at)s.", at=clock_words(leaves, zone, now.astimezone(zone).date())
                )
            did(session, "case.ask", "check_in", check_in_id, question)
        flash(said)
    except CaseError as problem:
        flash(_(str(problem)), "error")
    return _back(patient_id, check_in_id)


def _value(question: str, text: str) -> Decimal | bool | str:
    if question in YES_OR_NO:
        return _YES.get(text, text)
    if question not in (*SCORES, "relief_hours"):
        return text
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise CaseError(_("Write a number.")) from None


def _patient(session: Session, patient_id: int) -> Patient:
    found = session.get(Patient, patient_id)
    if found is None or found.clinic_id != current_user.clinic_id:
        abort(404)
    return found


def _check_in(session: Session, check_in_id: int) -> CheckIn:
    found = session.get(CheckIn, check_in_id)
    if found is None or found.clinic_id != current_user.clinic_id:
        abort(404)
    return found


def _back(patient_id: int, check_in_id: int | None = None) -> ResponseReturnValue:
    asked: dict[str, Any] = {"check_in": check_in_id} if check_in_id else {}
    return redirect(url_for("console.patient", patient_id=patient_id, **asked))
