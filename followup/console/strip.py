"""The strip on top of every page: warnings nobody has dealt with, and a clock that has stopped.

It asks the server by itself every few seconds, so that a page left open over lunch still calls.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user

from followup.checkin.clinics import clinic_file
from followup.console import nav, wording
from followup.console.guard import allowed, asked_by_the_page
from followup.console.language import LANGUAGES, clock_words, day_words
from followup.console.pages import console, door
from followup.desk.urgent import has_stopped, last_beat, open_alerts
from followup.store.models import Clinic


@console.get("/strip")
@allowed("frontdesk", "provider", "admin")
@asked_by_the_page
def strip_fragment() -> ResponseReturnValue:
    return render_template("parts/strip.html", strip=read_strip())


def read_strip() -> dict[str, Any]:
    """What the strip shows now. Opens a transaction of its own: call it outside of one."""
    now = door().clock()
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        alerts = open_alerts(session, current_user.clinic_id)
        beat = last_beat(session)
    zone = clinic_file(clinic).zone
    today = now.astimezone(zone).date()
    return {
        "alerts": alerts,
        "stopped": has_stopped(beat, now),
        "beat": clock_words(beat, zone, today) if beat else "",
        "paused": clinic.paused,
        "back": _page(),
        "at": lambda moment: clock_words(moment, zone, today),
    }


def _page() -> str:
    """The page the strip stands on: when it asks by itself, the address asked is not the page's."""
    asked_from = request.headers.get("HX-Current-URL", "")
    parts = urlsplit(asked_from if "HX-Request" in request.headers and asked_from else request.full_path)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def add_layout(app: Flask) -> None:
    """Names every template may use."""

    @app.context_processor
    def layout() -> dict[str, Any]:
        return {
            "read_strip": read_strip,
            "places": nav.places,
            "is_here": nav.is_here,
            "languages": LANGUAGES,
            "day_words": day_words,
            "locale": lambda: str(get_locale()),
            "wording": wording,
        }
