"""Put the console on the Flask app, in the order in which each part looks at a request."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from followup.console import (  # noqa: F401 - their routes register themselves
    account_pages,
    audit_pages,
    desk_pages,
    digest_pages,
    factor_pages,
    health_pages,
    link_pages,
    outcome_pages,
    patient_pages,
    roster_pages,
    schedule_pages,
    search_pages,
    series_pages,
    settings_pages,
    sign_in_pages,
    staff_pages,
    wording_pages,
    work_pages,
)
from followup.console.edge import add_edge
from followup.console.entrance import add_entrance, ask_to_sign_in
from followup.console.errors import add_error_pages
from followup.console.guard import add_guard
from followup.console.language import speak
from followup.console.numbers import RowNumber
from followup.console.pages import console
from followup.console.strip import add_layout


def add_console(app: Flask) -> CSRFProtect:
    """Register the pages, and the guard that stands before every view of the app, whosever it is.

    Returns the form protection, so that the webhooks can be exempted by whoever registers them.
    """
    add_edge(app, app.extensions["followup"].settings.public_url)
    add_error_pages(app)
    add_entrance(app)
    add_guard(app, ask_to_sign_in)  # before the form protection: a stranger is asked in, not told of a token
    protection = CSRFProtect(app)

    app.url_map.converters["int"] = RowNumber  # before the routes below ask for it
    speak(app)
    add_layout(app)
    app.register_blueprint(console)
    return protection
