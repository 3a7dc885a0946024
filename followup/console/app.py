"""Put the console on the Flask app: session, sign-in, guards and headers."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from followup.console import (  # noqa: F401 - their routes register themselves
    account_pages,
    factor_pages,
    link_pages,
    outcome_pages,
    roster_pages,
    schedule_pages,
    series_pages,
    sign_in_pages,
    staff_pages,
)
from followup.console.entrance import add_entrance, ask_to_sign_in
from followup.console.guard import add_guard
from followup.console.language import speak
from followup.console.pages import console
from followup.console.strip import add_layout

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; "  # Pico draws its arrows and ticks as data
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
    "Cache-Control": "no-store",
}


def add_console(app: Flask) -> CSRFProtect:
    """Register the pages, and the guard that stands before every view of the app, whosever it is.

    Returns the form protection, so that the webhooks can be exempted by whoever registers them.
    """
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.extensions["followup"].settings.public_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=8),
    )
    add_entrance(app)
    add_guard(app, ask_to_sign_in)  # before the form protection: a stranger is asked in, not told of a token

    @app.before_request
    def room_for_a_roster() -> None:
        # Before the form protection, which reads the whole form to find its token.
        if request.endpoint == "console.import_preview":
            request.max_content_length = roster_pages.LARGEST

    protection = CSRFProtect(app)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    speak(app)
    add_layout(app)
    app.register_blueprint(console)
    return protection
