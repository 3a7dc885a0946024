"""The record of who saw and did what: looked through by person, action, subject and day, and exported."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlmodel import Session, col, select

from followup.audit.search import PAGE, Wanted, export, search
from followup.checkin.clinics import clinic_file
from followup.checkin.timing import local_moment
from followup.clinic import ClinicFile
from followup.console.guard import allowed, did, seen
from followup.console.labels import moment_words
from followup.console.numbers import mark_after, row_number
from followup.console.pages import console, door
from followup.store.models import Clinic, Staff


@console.get("/audit")
@allowed("admin")
def audit_page() -> ResponseReturnValue:
    with door().store.read() as session:
        file = _file(session)
        wanted = _wanted(file)
        found = search(session, current_user.clinic_id, wanted, mark_after(), PAGE + 1)
        people = session.exec(
            select(Staff).where(Staff.clinic_id == current_user.clinic_id).order_by(col(Staff.id))
        ).all()
    seen("audit")
    asked: dict[str, Any] = {name: text for name, text in request.args.items() if text and name != "after"}
    last = found[PAGE - 1].row if len(found) > PAGE else None
    return render_template(
        "audit.html",
        found=found[:PAGE],
        people=people,
        asked=asked,
        more=url_for("console.audit_page", **asked, after=f"{last.at.isoformat()},{last.id}") if last else "",
        export_url=url_for("console.audit_export", **asked),
        at=lambda moment: moment_words(moment, file.zone),
    )


@console.get("/audit.csv")
@allowed("admin")
def audit_export() -> ResponseReturnValue:
    """The same rows as CSV, all of them, sent as they are read."""
    with door().store.write() as session:
        file = _file(session)
        wanted = _wanted(file)
        did(session, "audit.export", "clinic", current_user.clinic_id)
    rows = export(door().store, current_user.clinic_id, wanted, file.zone)
    named = {"Content-Disposition": "attachment; filename=audit.csv"}
    return Response(rows, mimetype="text/csv", headers=named)


def _file(session: Session) -> ClinicFile:
    return clinic_file(session.get_one(Clinic, current_user.clinic_id))


def _wanted(file: ClinicFile) -> Wanted:
    """What the address asks for; 404 for what no form of ours would send."""
    asked = request.args
    try:
        return Wanted(
            staff_id=row_number(asked["who"]) if asked.get("who") else None,
            action=asked.get("action", "").strip(),
            subject=asked.get("subject", "").strip(),
            subject_id=row_number(asked["id"]) if asked.get("id") else None,
            since=_midnight(asked.get("first", ""), file, 0),
            before=_midnight(asked.get("last", ""), file, 1),
        )
    except (ValueError, OverflowError):
        abort(404)


def _midnight(text: str, file: ClinicFile, days: int) -> datetime | None:
    if not text:
        return None
    return local_moment(date.fromisoformat(text) + timedelta(days=days), time(0), file.zone)
