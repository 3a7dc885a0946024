"""The clinic's settings, for its admins: one page a section, the brake, the file itself, a test text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from pydantic import ValidationError
from sqlmodel import Session

from followup.assessment import Thresholds, in_sentences
from followup.checkin.clinics import clinic_file, manner
from followup.checkin.trial import TrialError, plan_trial
from followup.checkin.what_if import Effect, effect
from followup.clinic import ClinicFile, ClinicFileError
from followup.console import labels, settings_form
from followup.console.guard import allowed, did, seen
from followup.console.in_words import in_readers_words
from followup.console.pages import console, door
from followup.console.settings_fields import BY_NAME, SECTIONS, TITLES, Section
from followup.custody.purge import count
from followup.intake.clinic_edit import ChangedMeanwhileError, change_clinic, source_of, version
from followup.intake.fields import UnreadableError, phone
from followup.keeping import Retention
from followup.protocol import opening
from followup.protocol.own_words import longest
from followup.protocol.wording import standard
from followup.store.models import Clinic

LOOKED_BACK = timedelta(days=90)
_NO_TRIAL: dict[str, Any] = {
    "paused": _l("Sending is paused, so no test leaves either. Resume first."),
    "allowlist": _l(
        "This is a rehearsal, and the number is not among those that may be contacted. Add it there."
    ),
    "stopped": _l("This number asked to stop. It can write START to come back."),
    "patient": _l("This number is a patient's. A test goes to your own phone only."),
    "many": _l("That is enough tests for an hour. Please try again later."),
}


@console.app_context_processor
def _sections() -> dict[str, object]:
    return {"settings_sections": SECTIONS}


@console.get("/settings")
@allowed("admin")
def settings() -> ResponseReturnValue:
    with door().store.read() as session:
        clinic, file = own_clinic(session)
    seen("settings")
    return render_template("settings.html", clinic=clinic, file=file, labels=labels)


@console.route("/settings/<name>", methods=["GET", "POST"])
@allowed("admin")
@in_readers_words
def settings_section(name: str) -> ResponseReturnValue:
    """One section. A POST with `look` only shows the effect of what was typed and saves nothing."""
    section = BY_NAME.get(name) or abort(404)
    with door().store.read() as session:
        clinic, file = own_clinic(session)
    current = settings_form.values(file, section)
    if request.method == "GET":
        return _section(section, current, version(clinic))
    typed = settings_form.typed(request.form, section)
    seen_version = request.form.get("version", "")
    if "look" in request.form:
        look = {"thresholds": _effect, "retention": _let_go}.get(name) or abort(400)
        return _section(section, typed, seen_version, effect_of=look(typed))
    # Only what was changed on the page: a default that nobody touched is not written into the file.
    before = settings_form.changes(current, section)
    wanted = {p: value for p, value in settings_form.changes(typed, section).items() if value != before[p]}
    try:
        with door().store.write() as session:
            mine = session.get_one(Clinic, clinic.id)
            differs = change_clinic(session, mine, wanted, seen_version, door().clock())
            if differs:
                keys = ",".join(path.partition(".")[2] for path in differs)
                did(session, "settings.change", "clinic", clinic.id, f"{name}: {keys}"[:80])
    except ChangedMeanwhileError:
        flash(_("Somebody changed the settings meanwhile. Please look again; nothing was saved."), "error")
        return _section(section, current, version(clinic)), 409
    except ClinicFileError as problem:
        wrong = settings_form.errors(problem, section)
        return _section(section, typed, seen_version, wrong), 422
    flash(_("Saved. What has not left yet follows.") if differs else _("Nothing was different."))
    return redirect(url_for("console.settings_section", name=name))


@console.post("/settings/thresholds/effect")
@allowed("admin")
@in_readers_words
def thresholds_effect() -> ResponseReturnValue:
    """What the bars in the form would have made of the last 90 days."""
    typed = settings_form.typed(request.form, BY_NAME["thresholds"])
    return render_template("parts/effect.html", effect=_effect(typed), labels=labels)


@console.post("/settings/retention/effect")
@allowed("admin")
def retention_effect() -> ResponseReturnValue:
    """What there is that the days in the form would let go of."""
    typed = settings_form.typed(request.form, BY_NAME["retention"])
    return render_template("parts/let_go.html", gone=_let_go(typed), labels=labels)


@console.post("/settings/sending")
@allowed("admin")
def brake() -> ResponseReturnValue:
    """Pause or resume: nothing unprompted leaves, and everything that comes in is still answered."""
    wanted = request.form.get("paused")
    if wanted not in ("yes", "no"):
        abort(400)
    with door().store.write() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        clinic.paused, clinic.changed_at = wanted == "yes", door().clock()
        did(session, "sending.pause" if clinic.paused else "sending.resume", "clinic", clinic.id)
    flash(
        _("Paused. Nothing unprompted leaves; replies are still answered.")
        if wanted == "yes"
        else _("Resumed. What is due leaves with the next round.")
    )
    return redirect(url_for("console.settings"))


@console.get("/settings/clinic.toml")
@allowed("admin")
def settings_file() -> ResponseReturnValue:
    """The clinic file as it stands, to be kept or to start another clinic from."""
    seen("settings", detail="file")
    with door().store.read() as session:
        clinic, _file = own_clinic(session)
    named = {"Content-Disposition": f"attachment; filename={clinic.code}.toml"}
    return Response(source_of(clinic), mimetype="application/toml", headers=named)


@console.post("/settings/test")
@allowed("admin")
def send_test() -> ResponseReturnValue:
    """A test text to the number given: the first question, or the text whose key is given, as it reads."""
    key = request.form.get("key", "")
    back = url_for("console.wording_of", key=key) if key in standard() else url_for("console.settings")
    try:
        number = phone(request.form.get("number", "").strip())
    except UnreadableError as problem:
        flash(labels.refused_number(problem), "error")
        return redirect(back)
    try:
        with door().store.write() as session:
            clinic, file = own_clinic(session)
            row = plan_trial(session, clinic, file, number, test_words(file, key), door().clock())
            did(session, "test.send", "outbound", row.id)
    except TrialError as problem:
        flash(str(_NO_TRIAL[str(problem)]), "error")
        return redirect(back)
    flash(_("The test leaves with the next round, in a few seconds."))
    return redirect(back)


def test_words(file: ClinicFile, key: str) -> str:
    """The text with this key as a patient named Maria reads it; the first question without one."""
    words = manner(file, None)
    if key not in standard():
        return opening("pain_now", words)
    return longest(file.own_words, words, [key], name="Maria")[key].text


def own_clinic(session: Session) -> tuple[Clinic, ClinicFile]:
    clinic = session.get_one(Clinic, current_user.clinic_id)
    return clinic, clinic_file(clinic)


def _section(
    section: Section,
    shown: dict[str, Any],
    seen_version: str,
    wrong: dict[str, str] | None = None,
    effect_of: Effect | dict[str, int] | str | None = None,
) -> str:
    return render_template(
        "settings_section.html",
        section=section,
        shown=shown,
        version=seen_version,
        errors=wrong or {},
        titles=TITLES,
        effect=effect_of,
        gone=effect_of,
        spare=settings_form.SPARE,
        labels=labels,
    )


def _effect(typed: dict[str, Any]) -> Effect | str:
    """The effect of the bars that were typed, or a sentence on why they are none."""
    written = settings_form.changes(typed, BY_NAME["thresholds"])
    bars: dict[str, Any] = {}
    for path, value in written.items():
        names = path.split(".")[1:]
        place = bars
        for name in names[:-1]:
            place = place.setdefault(name, {})
        place[names[-1]] = value
    try:
        wanted = Thresholds.model_validate(bars)
    except ValidationError as problem:
        return in_sentences(problem)
    with door().store.read() as session:
        clinic, file = own_clinic(session)
        since = door().clock() - LOOKED_BACK
        return effect(session, clinic.id or 0, file, wanted, file.intake.intent_default, since)


def _let_go(typed: dict[str, Any]) -> dict[str, int] | str:
    """How much the days that were typed would let go of, or a sentence on why they are none."""
    written = settings_form.changes(typed, BY_NAME["retention"])
    days = {path.partition(".")[2]: value for path, value in written.items() if value is not None}
    try:
        wanted = Retention.model_validate(days)
    except ValidationError as problem:
        return in_sentences(problem)
    with door().store.read() as session:
        return count(session, own_clinic(session)[0], door().clock(), wanted)
