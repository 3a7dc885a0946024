"""Which language a page is in: what the person chose, else what their browser asks for, else English.

Times are said in the clinic's zone, in the reader's language, with the day of the week.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.support import NullTranslations
from flask import Flask, g, has_app_context, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user

from followup.console.guard import watched_by
from followup.console.pages import console, door, own_page
from followup.store.models import Staff

DOMAIN = "messages"  # the name of the catalogue's files
LANGUAGES = {"en": "English", "es": "Español"}


def speak(app: Flask) -> None:
    """Wire the catalogue and the languages into the app."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    babel = _Babel(app, locale_selector=language)
    catalogue = babel.domain_instance.get_translations
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: catalogue().gettext(text),
        ngettext=lambda one, many, num: catalogue().ngettext(one, many, num),
        newstyle=True,
    )


class _OnceARequest(Domain):  # type: ignore[misc]
    """Finds the reader's catalogue once a request: a page of thirty rows asks for it 650 times."""

    def get_translations(self) -> NullTranslations:
        found: NullTranslations | None = g.get("catalogue") if has_app_context() else None
        if found is None:
            found = super().get_translations()
            if has_app_context():
                g.catalogue = found
        return found


class _Babel(Babel):  # type: ignore[misc]
    @cached_property
    def domain_instance(self) -> Domain:
        return _OnceARequest(domain=DOMAIN)


def language() -> str:
    """'en' or 'es' for this request."""
    chosen = getattr(current_user, "language", "") or session.get("language")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"


@console.post("/language")
@watched_by("nobody")
def choose_language() -> ResponseReturnValue:
    """Keep the choice with the person, on whatever machine they sign in, and in this browser."""
    if request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
        if current_user.is_authenticated:
            with door().store.write() as db:
                db.get_one(Staff, current_user.id).language = session["language"]
    return redirect(own_page(request.form.get("back", "")))


def day_words(day: date) -> str:
    """'Tue 10 Mar' or 'mar 10 mar'."""
    return str(format_date(day, "EEE d MMM", locale=get_locale()))


def clock_words(moment: datetime, zone: ZoneInfo, today: date) -> str:
    """'09:12' on the clinic's day `today`, else 'Tue 10 Mar 09:12'."""
    local = moment.astimezone(zone)
    pattern = "HH:mm" if local.date() == today else "EEE d MMM HH:mm"
    return str(format_datetime(local, pattern, tzinfo=zone, locale=get_locale()))
