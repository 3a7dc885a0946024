"""The digests there are, by day, and each as a PDF where this machine can print one."""

from __future__ import annotations

import threading
from datetime import date, timedelta

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from followup.checkin.clinics import clinic_file
from followup.console.guard import allowed, seen
from followup.console.in_words import in_readers_words
from followup.console.pages import console, door
from followup.digest.archive import PAGE, archive
from followup.digest.build import build
from followup.digest.pdf import NoPrinterError, print_pdf, printer
from followup.digest.render_html import render_html
from followup.store.models import Clinic

_one_at_a_time = threading.Lock()  # a browser takes some hundred megabytes while it prints


@console.app_context_processor
def _printing() -> dict[str, object]:
    return {"can_print": lambda: printer() is not None}


@console.get("/digests")
@allowed("frontdesk", "provider", "admin")
def digests() -> ResponseReturnValue:
    """The days with check-ins, the newest first, from today or from the day before `?before=`."""
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        today = door().clock().astimezone(clinic_file(clinic).zone).date()
        found = archive(session, clinic, _before(today + timedelta(days=1)), PAGE + 1)
    return render_template(
        "digests.html",
        found=found[:PAGE],
        more=found[PAGE - 1].day if len(found) > PAGE else None,
        today=today,
    )


@console.get("/digest/<day>.pdf")
@allowed("frontdesk", "provider", "admin")
@in_readers_words
def digest_pdf(day: str) -> ResponseReturnValue:
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        abort(404)
    now = door().clock()
    with door().store.read() as session:
        made = build(session, session.get_one(Clinic, current_user.clinic_id), wanted, now)
    try:
        with _one_at_a_time:
            printed = print_pdf(render_html(made, standalone=True))
    except NoPrinterError:
        flash(_("This machine cannot print a PDF. Print the page from your browser instead."), "error")
        return redirect(url_for("console.digest_of", day=wanted))
    seen("digest", detail=f"{wanted} pdf")
    named = {"Content-Disposition": f"attachment; filename=digest-{wanted}.pdf"}
    return Response(printed, mimetype="application/pdf", headers=named)


def _before(default: date) -> date:
    try:
        return date.fromisoformat(request.args["before"]) if request.args.get("before") else default
    except ValueError:
        abort(404)
