"""The schedule by day, and a procedure typed in, changed, moved or cancelled by hand.

Everything goes through the intake as a roster line would: what a file may say and what follows from it is
decided there, and the day reconciles whoever told us.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import Session, func, select

from followup.checkin.clinics import clinic_file
from followup.clinic import ClinicFile
from followup.console import labels
from followup.console.guard import allowed, did, seen
from followup.console.numbers import mark_after
from followup.console.pages import console, door
from followup.intake.by_hand import COLUMNS, add_by_hand, cells_of, change_by_hand, find_patient
from followup.intake.result import ImportResult
from followup.intake.roster import PATIENT
from followup.intake.schedule import PAGE, days, schedule
from followup.store.models import CheckIn, Clinic, Patient, Procedure

_WEEK = timedelta(days=7)


@console.get("/schedule")
@allowed("frontdesk", "provider", "admin")
def schedule_today() -> ResponseReturnValue:
    return _page(_today())


@console.get("/schedule/<day>")
@allowed("frontdesk", "provider", "admin")
def schedule_of(day: str) -> ResponseReturnValue:
    return _page(_date(day))


@console.get("/schedule/go")
@allowed("frontdesk", "provider", "admin")
def schedule_go() -> ResponseReturnValue:
    """From the calendar field to the day's own address."""
    return redirect(url_for("console.schedule_of", day=_date(request.args.get("day", ""))))


def _page(day: date) -> ResponseReturnValue:
    now = door().clock()
    monday = day - timedelta(days=day.weekday())
    with door().store.read() as session:
        clinic, file = _clinic(session)
        slots = schedule(session, clinic.id or 0, file, day, now, mark_after(), PAGE + 1)
        week = days(session, clinic.id or 0, file, monday, monday + timedelta(days=6), now)
    seen("schedule", detail=day.isoformat())
    more = slots[PAGE - 1].procedure if len(slots) > PAGE else None
    return render_template(
        "schedule.html",
        slots=[slot for slot in slots[:PAGE] if slot.missing or not request.args.get("missing")],
        more=f"{more.performed_at.isoformat()},{more.id}" if more else "",
        week=week,
        count=next(one for one in week if one.day == day),
        only_missing=bool(request.args.get("missing")),
        day=day,
        today=now.astimezone(file.zone).date(),
        before=day - _WEEK,
        after=day + _WEEK,
        zone=file.zone,
        labels=labels,
    )


@console.route("/schedule/new", methods=["GET", "POST"])
@allowed("frontdesk", "provider", "admin")
def add_procedure() -> ResponseReturnValue:
    """One procedure by hand; what is left empty is taken from the chart, or is the roster's default."""
    now = door().clock()
    with door().store.read() as session:
        clinic, file = _clinic(session)
    if request.method == "GET":
        usual = {"kind": "facet", "status": "performed"}
        return _form(file, {**usual, "performed_at": _proposed(request.args.get("day", ""), file, now)})
    cells = _typed()
    result = add_by_hand(door().store, clinic.id or 0, file.zone, cells, now)
    if result.refused:
        return _form(file, cells, result), 422
    with door().store.write() as session:
        patient = find_patient(session, clinic.id or 0, cells["patient_id"])
        assert patient is not None
        newest = select(func.max(Procedure.id)).where(Procedure.patient_id == patient.id)
        did(session, "procedure.add", "procedure", session.exec(newest).one())
    flash(_("%(name)s is on the schedule.", name=cells["given_name"] or _("The patient")))
    if "another" in request.form:
        return redirect(url_for("console.add_procedure", day=cells["performed_at"][:10]))
    return redirect(url_for("console.schedule_of", day=_day_of(cells["performed_at"], file, now)))


@console.post("/schedule/known")
@allowed("frontdesk", "provider", "admin")
def known_patient() -> ResponseReturnValue:
    """Who has the chart number that is being typed: shown, so that a slip is seen before it is saved."""
    with door().store.read() as session:
        clinic, _file = _clinic(session)
        patient = find_patient(session, clinic.id or 0, request.form.get("patient_id", ""))
    if patient is not None:
        seen("patient", patient.id, "schedule")
    return render_template("parts/known_patient.html", patient=patient, labels=labels)


@console.route("/schedule/procedures/<int:procedure_id>", methods=["GET", "POST"])
@allowed("frontdesk", "provider", "admin")
def edit_procedure(procedure_id: int) -> ResponseReturnValue:
    now = door().clock()
    with door().store.read() as session:
        clinic, file = _clinic(session)
        procedure, patient = _procedure(session, procedure_id)
        check_in = session.get(CheckIn, procedure.check_in_id) if procedure.check_in_id else None
    seen("patient", patient.id, "schedule")
    cells = cells_of(patient, procedure, file.zone)
    version = _version(patient, procedure)
    asked = check_in is not None and check_in.first_asked_at is not None
    what: dict[str, Any] = {"procedure": procedure, "version": version, "asked": asked}
    if request.method == "GET":
        return _form(file, cells, **what)
    if request.form.get("version") != version:
        flash(_("Somebody changed this meanwhile. Please look again; nothing was saved."), "error")
        return _form(file, cells, **what), 409
    typed = {name: text for name, text in _typed().items() if name not in ("patient_id", "procedure_id")}
    result = _change(clinic, file, procedure, typed, now)
    if result.refused:
        return _form(file, {**cells, **typed}, result, **what), 422
    flash(_("Saved.") if result.changed else _("Nothing was different."))
    return redirect(url_for("console.schedule_of", day=_day_of(typed["performed_at"], file, now)))


@console.post("/schedule/procedures/<int:procedure_id>/fill")
@allowed("frontdesk", "provider", "admin")
def fill_in(procedure_id: int) -> ResponseReturnValue:
    """Only the cells that were sent, from the schedule itself: what was missing, or the status."""
    now = door().clock()
    with door().store.read() as session:
        clinic, file = _clinic(session)
        procedure, patient = _procedure(session, procedure_id)
    day = procedure.performed_at.astimezone(file.zone).date()
    cells = {
        name: request.form[name].strip()
        for name in ("phone", "consent", "baseline_score", "status")
        if request.form.get(name, "").strip()
    }
    result = _change(clinic, file, procedure, cells, now)
    for refusal in result.refused:
        field = labels.COLUMNS.get(refusal.field, refusal.field)
        flash(f"{patient.given_name}: {field}: {labels.refusal_words(refusal)}", "error")
    if result.changed and cells.get("status") == "cancelled":
        flash(_("Cancelled. What had not been sent was taken back."))
    elif result.changed:
        flash(_("Saved for %(name)s.", name=patient.given_name))
    return redirect(url_for("console.schedule_of", day=day, _anchor=f"p{procedure_id}"))


def _change(
    clinic: Clinic, file: ClinicFile, procedure: Procedure, cells: Mapping[str, str], now: datetime
) -> ImportResult:
    assert procedure.id is not None
    result = change_by_hand(door().store, clinic.id or 0, file.zone, procedure.id, cells, now)
    if result.changed:
        what = "cancel" if cells.get("status") == "cancelled" != procedure.status else "change"
        with door().store.write() as session:
            did(session, f"procedure.{what}", "procedure", procedure.id)
    return result


def _form(file: ClinicFile, cells: Mapping[str, str], result: ImportResult | None = None, **more: Any) -> str:
    errors = {refusal.field: labels.refusal_words(refusal) for refusal in result.refused} if result else {}
    values = {name: cells.get(name, "") for name in COLUMNS}
    return render_template(
        "procedure.html",
        values=values,
        errors=errors,
        labels=labels,
        day=values["performed_at"][:10],
        consent_default=file.intake.consent_default,
        patient_columns=PATIENT,
        **{"procedure": None, "version": "", "asked": False, **more},
    )


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in COLUMNS}


def _clinic(session: Session) -> tuple[Clinic, ClinicFile]:
    clinic = session.get_one(Clinic, current_user.clinic_id)
    return clinic, clinic_file(clinic)


def _procedure(session: Session, procedure_id: int) -> tuple[Procedure, Patient]:
    procedure = session.get(Procedure, procedure_id)
    if procedure is None or procedure.clinic_id != current_user.clinic_id:
        abort(404)
    return procedure, session.get_one(Patient, procedure.patient_id)


def _version(patient: Patient, procedure: Procedure) -> str:
    return f"{patient.changed_at.isoformat()} {procedure.changed_at.isoformat()}"


def _today() -> date:
    with door().store.read() as session:
        return door().clock().astimezone(_clinic(session)[1].zone).date()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)


def _proposed(day: str, file: ClinicFile, now: datetime) -> str:
    """Now, to the five minutes before, on the day itself; nine in the morning on any other."""
    local = now.astimezone(file.zone)
    wanted = _date(day) if day else local.date()
    if wanted != local.date():
        return f"{datetime.combine(wanted, time(9)):%Y-%m-%dT%H:%M}"
    return f"{local.replace(minute=local.minute // 5 * 5):%Y-%m-%dT%H:%M}"


def _day_of(cell: str, file: ClinicFile, now: datetime) -> date:
    """The day of a date that was taken in; however it was written, a page can be shown."""
    try:
        return date.fromisoformat(cell[:10])
    except ValueError:
        return now.astimezone(file.zone).date()
