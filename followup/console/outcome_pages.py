"""What came of the last weeks, and the pictures of that page as files of their own."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from followup.checkin.clinics import clinic_file
from followup.console.guard import allowed
from followup.console.in_words import in_readers_words
from followup.console.pages import console, door
from followup.digest.charts import NAMES, draw
from followup.digest.render_outcomes import WEEKS, OutcomesSheet, outcomes_sheet, render_outcomes_html
from followup.store.models import Clinic

_CHOICES = (4, 12, 26, 52)


@console.get("/outcomes")
@allowed("frontdesk", "provider", "admin")
@in_readers_words
def outcomes() -> ResponseReturnValue:
    """The weeks up to yesterday, or up to `?to=2026-03-09`, as many as `?weeks=` says."""
    sheet, weeks = _sheet()

    def picture_url(name: str, *, narrow: bool) -> str:
        its = "1" if narrow else None
        return url_for("console.outcomes_picture", name=name, weeks=weeks, to=sheet.last, narrow=its)

    page = render_outcomes_html(sheet, standalone=False, picture_url=picture_url)
    return render_template("outcomes.html", page=page, weeks=weeks, choices=_CHOICES, to=sheet.last)


@console.get("/outcomes/<name>.svg")
@allowed("frontdesk", "provider", "admin")
@in_readers_words
def outcomes_picture(name: str) -> ResponseReturnValue:
    """One of the pictures; `?narrow=1` as a phone shows it."""
    if name not in NAMES:
        abort(404)
    drawn = draw(name, _sheet()[0].found, narrow="narrow" in request.args)
    picture = Response(drawn, mimetype="image/svg+xml")
    # The drawing brings its own style; it holds counts only, and runs nothing.
    picture.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return picture


def _sheet() -> tuple[OutcomesSheet, int]:
    now = door().clock()
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        yesterday = now.astimezone(clinic_file(clinic).zone).date() - timedelta(days=1)
        try:
            last = date.fromisoformat(request.args.get("to", yesterday.isoformat()))
            weeks = int(request.args.get("weeks", WEEKS))
            return outcomes_sheet(session, clinic, last, now, weeks), weeks
        except (ValueError, OverflowError):
            abort(404)
