"""The block series of a case's patient, as a page, as text for the chart and as CSV."""

from __future__ import annotations

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from followup.console.guard import allowed, seen
from followup.console.in_words import in_readers_words
from followup.console.pages import console, door
from followup.digest.render_series import render_series_csv, render_series_html, render_series_text
from followup.digest.series import SeriesSheet, series_sheet
from followup.store.models import Clinic, Patient, Procedure


@console.get("/cases/<int:procedure_id>/series")
@allowed("frontdesk", "provider", "admin")
@in_readers_words
def series(procedure_id: int) -> ResponseReturnValue:
    page = render_series_html(_sheet(procedure_id), standalone=False)
    return render_template("series.html", page=page, procedure_id=procedure_id)


@console.get("/cases/<int:procedure_id>/series.txt")
@allowed("frontdesk", "provider", "admin")
def series_text(procedure_id: int) -> ResponseReturnValue:
    return Response(render_series_text(_sheet(procedure_id)), mimetype="text/plain")


@console.get("/cases/<int:procedure_id>/series.csv")
@allowed("frontdesk", "provider", "admin")
def series_csv(procedure_id: int) -> ResponseReturnValue:
    # The file's name says nothing about whom it is of: it lands in a folder of downloads.
    named = {"Content-Disposition": "attachment; filename=block-series.csv"}
    return Response(render_series_csv(_sheet(procedure_id)), mimetype="text/csv", headers=named)


def _sheet(procedure_id: int) -> SeriesSheet:
    with door().store.read() as session:
        procedure = session.get(Procedure, procedure_id)
        if procedure is None or procedure.clinic_id != current_user.clinic_id:
            abort(404)
        seen("patient", procedure.patient_id, "series")
        clinic = session.get_one(Clinic, current_user.clinic_id)
        return series_sheet(session, clinic, session.get_one(Patient, procedure.patient_id), door().clock())
