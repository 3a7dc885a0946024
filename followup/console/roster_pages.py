"""A roster by drag and drop: looked at line by line, then confirmed, and nothing else than was looked at."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from followup.checkin.clinics import clinic_file
from followup.console import labels
from followup.console.edge import takes_up_to
from followup.console.errors import answer_to
from followup.console.guard import allowed, did, seen
from followup.console.in_words import in_readers_words
from followup.console.pages import console, door
from followup.intake.bundle import is_bundle
from followup.intake.by_hand import COLUMNS
from followup.intake.preview import KEPT, Preview, PreviewGoneError, confirm, drop, preview
from followup.intake.result import Told
from followup.intake.roster import REQUIRED
from followup.intake.sheet import IntakeError
from followup.store.models import Clinic

_MB = 2
LARGEST = _MB * 1024**2  # bytes of a roster; a larger one is a matter for `followup import`
MOST_LINES = 2000  # looked at and taken in while somebody waits, some 10 ms each
SHOWN = 200  # lines of one kind; nobody reads more of them


@console.get("/schedule/import")
@allowed("frontdesk", "provider", "admin")
def import_page() -> ResponseReturnValue:
    return _start()


@console.post("/schedule/import")
@allowed("frontdesk", "provider", "admin")
@takes_up_to(LARGEST)
@in_readers_words
def import_preview() -> ResponseReturnValue:
    file = request.files.get("roster")
    if file is None or not file.filename:
        return _start(_("Choose a file first.")), 422
    data = file.read()
    if not is_bundle(data) and max(data.count(b"\n"), data.count(b"\r")) > MOST_LINES:
        said = _(
            "The file has more than %(n)s lines. Split it, or have it imported with the command.",
            n=MOST_LINES,
        )
        return _start(said), 422
    try:
        shown = preview(door().store, _clinic().code, current_user.id, data, door().clock())
    except IntakeError as problem:
        return _start(str(problem)), 422
    return _show(shown)


@console.post("/schedule/import/<int:draft_id>/confirm")
@allowed("frontdesk", "provider", "admin")
def import_confirm(draft_id: int) -> ResponseReturnValue:
    try:
        result = confirm(door().store, _clinic().code, current_user.id, draft_id, door().clock())
    except PreviewGoneError:
        minutes = int(KEPT.total_seconds() // 60)
        return _start(
            _(
                "This preview is no longer there: it was imported already, or is older than %(n)s minutes. "
                "Choose the file again; importing it twice does no harm.",
                n=minutes,
            )
        ), 410
    if isinstance(result, Preview):
        flash(
            _("The schedule has changed since you looked. Please look again; nothing was imported."), "error"
        )
        return _show(result), 409
    with door().store.write() as session:
        told = f"new={result.new},changed={result.changed},refused={result.refused_lines}"
        did(session, "roster.import", "clinic", current_user.clinic_id, told)
    taken = result.new + result.changed
    flash(
        ngettext("%(num)s line was taken in.", "%(num)s lines were taken in.", taken)
        if taken
        else _("Nothing was different.")
    )
    if result.refused_lines:
        flash(
            ngettext(
                "%(num)s line was refused; it is on the digest until it is put right.",
                "%(num)s lines were refused; they are on the digest until they are put right.",
                result.refused_lines,
            ),
            "error",
        )
    return redirect(url_for("console.schedule_today"))


@console.post("/schedule/import/<int:draft_id>/drop")
@allowed("frontdesk", "provider", "admin")
def import_drop(draft_id: int) -> ResponseReturnValue:
    drop(door().store, current_user.id, draft_id)
    flash(_("Nothing was imported, and the file was thrown away."))
    return redirect(url_for("console.import_page"))


@console.app_errorhandler(413)
def too_large(problem: RequestEntityTooLarge) -> ResponseReturnValue:
    """The form protection meets the file first: it reads the form to find its token."""
    if request.endpoint != "console.import_preview" or not current_user.is_authenticated:
        return answer_to(problem)
    said = _("The file is larger than %(n)s MB. Split it, or have it imported with the command.", n=_MB)
    return _start(said), 413


def _start(problem: str = "") -> str:
    return render_template("import.html", problem=problem, columns=COLUMNS, required=REQUIRED, largest=_MB)


def _show(shown: Preview) -> str:
    seen("roster", detail="preview")
    clinic = _clinic()
    return render_template(
        "import_preview.html",
        draft_id=shown.id,
        result=shown.result,
        refused=_of("refused", shown.result.told),
        changed=_of("changed", shown.result.told),
        new=_of("new", shown.result.told),
        minutes=int(KEPT.total_seconds() // 60),
        most=SHOWN,
        zone=clinic_file(clinic).zone,
        labels=labels,
    )


def _of(outcome: str, told: Sequence[Told]) -> list[Told]:
    return [line for line in told if line.outcome == outcome][:SHOWN]


def _clinic() -> Clinic:
    with door().store.read() as session:
        return session.get_one(Clinic, current_user.clinic_id)
