"""Put the console on the Flask app: session, sign-in, guards and headers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, request, url_for
from flask_login import LoginManager, UserMixin
from flask_wtf.csrf import CSRFProtect

from followup.console import outcome_pages, series_pages  # noqa: F401 - their routes register themselves
from followup.console.guard import add_guard
from followup.console.language import speak
from followup.console.pages import console
from followup.console.strip import add_layout
from followup.store.models import Staff

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; "  # Pico draws its arrows and ticks as data
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
    "Cache-Control": "no-store",
}


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person behind a session."""

    def __init__(self, staff: Staff) -> None:
        self.id = staff.id
        self.clinic_id = staff.clinic_id
        self.role = staff.role
        self.email = staff.email


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
    manager = LoginManager(app)
    manager.login_view = "console.sign_in"
    manager.login_message = ""

    @manager.user_loader  # type: ignore[untyped-decorator]
    def who(staff_id: str) -> SignedIn | None:
        with current_app.extensions["followup"].store.read() as session:
            staff = session.get(Staff, int(staff_id)) if staff_id.isdecimal() else None
        return SignedIn(staff) if staff is not None and staff.active else None

    protection = CSRFProtect(app)

    def ask_to_sign_in() -> Any:
        if "HX-Request" in request.headers:  # a sign-in form has no place inside a part of a page
            return Response(status=401, headers={"HX-Redirect": url_for("console.sign_in")})
        return manager.unauthorized()

    add_guard(app, ask_to_sign_in)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    speak(app)
    add_layout(app)
    app.register_blueprint(console)
    return protection
