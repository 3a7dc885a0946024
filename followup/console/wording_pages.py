"""The clinic's own words for what patients read, held to the rules and counted as they are typed."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from followup.checkin.clinics import manner
from followup.clinic import ClinicFile, ClinicFileError
from followup.console import text_names
from followup.console.guard import allowed, did, seen
from followup.console.in_words import in_readers_words
from followup.console.language import LANGUAGES
from followup.console.pages import console, door
from followup.console.settings_pages import own_clinic
from followup.intake.clinic_edit import ChangedMeanwhileError, change_clinic, version
from followup.protocol import segments
from followup.protocol.own_words import longest, placeholders, problems
from followup.protocol.segments import room
from followup.protocol.wording import standard
from followup.store.models import Clinic


@console.get("/settings/wording")
@allowed("admin")
def wording_page() -> ResponseReturnValue:
    lang = "es" if request.args.get("lang") == "es" else "en"
    with door().store.read() as session:
        _clinic, file = own_clinic(session)
    seen("settings", detail="wording")
    own = file.own_words
    keys = [key for key in standard() if key.split(".")[1] == lang]
    uses = longest(own, manner(file, None), keys)
    texts = [
        {"key": key, "title": text_names.title(key), "words": own.get(key) or standard()[key],
         "own": key in own, "room": room(uses[key].text)}
        for key in keys
    ]  # fmt: skip
    return render_template("wording.html", texts=texts, lang=lang, spoken=LANGUAGES, own=len(own))


@console.route("/settings/wording/<key>", methods=["GET", "POST"])
@allowed("admin")
@in_readers_words
def wording_of(key: str) -> ResponseReturnValue:
    _known(key)
    with door().store.read() as session:
        clinic, file = own_clinic(session)
    if request.method == "GET":
        return _form(file, key, file.own_words.get(key, standard()[key]), version(clinic))
    words = _words()
    seen_version = request.form.get("version", "")
    back_to_standard = "standard" in request.form or words == standard()[key]
    try:
        with door().store.write() as session:
            mine = session.get_one(Clinic, clinic.id)
            change = {f"wording.{key}": None if back_to_standard else words}
            if change_clinic(session, mine, change, seen_version, door().clock()):
                did(session, "wording.change", "clinic", clinic.id, key)
    except ChangedMeanwhileError:
        flash(_("Somebody changed the settings meanwhile. Please look again; nothing was saved."), "error")
        return _form(file, key, file.own_words.get(key, standard()[key]), version(clinic)), 409
    except ClinicFileError as problem:
        # Other words of this clinic may be what is wrong: they are named with their place.
        said = [s.strip() if where == f"wording.{key}" else f"{where}{s}" for where, s in problem.problems]
        return _form(file, key, words, seen_version, said), 422
    flash(
        _("Back to the standard words.") if back_to_standard else _("Saved. The next text reads like this.")
    )
    return redirect(url_for("console.wording_page", lang=key.split(".")[1], _anchor=key))


@console.post("/settings/wording/<key>/count")
@allowed("admin")
@in_readers_words
def wording_count(key: str) -> ResponseReturnValue:
    """How much room the words take, and what is wrong with them: asked while they are typed."""
    _known(key)
    with door().store.read() as session:
        _clinic, file = own_clinic(session)
    return render_template("parts/word_count.html", **_count(file, key, _words()))


def _form(file: ClinicFile, key: str, words: str, seen_version: str, wrong: list[str] | None = None) -> str:
    return render_template(
        "wording_text.html",
        key=key,
        title=text_names.title(key),
        words=words,
        standard=standard()[key],
        is_own=key in file.own_words,
        version=seen_version,
        wrong=wrong or [],
        braces={name: text_names.PLACES.get(name, name) for name in sorted(placeholders(standard()[key]))},
        email=current_user.email,
        **_count(file, key, words),
    )


def _count(file: ClinicFile, key: str, words: str) -> dict[str, Any]:
    own = {**file.own_words, key: words}
    found = [sentence for where, sentence in problems({key: words}, manner(file, None)) if where == key]
    try:
        text = longest(own, manner(file, None), [key])[key].text
    except (KeyError, ValueError, IndexError, AttributeError):
        text = ""  # a placeholder that is not known: the sentences say so
    taken, holds = room(text) if text else (0, 0)
    return {
        "problems": found,
        "text": text,
        "taken": taken,
        "holds": holds,
        "count": segments(text) if text else 0,
    }


def _words() -> str:
    """One line, as it is sent: what the text field breaks is joined again."""
    return " ".join(request.form.get("words", "").split())


def _known(key: str) -> None:
    if key not in standard():
        abort(404)
