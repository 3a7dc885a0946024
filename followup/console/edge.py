"""What every answer carries, errors included, and what no request may be: too large, or from another site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, request
from flask_babel import gettext as _

from followup.console.guard import watcher_of

V = TypeVar("V", bound=Callable[..., Any])

LARGEST = 256 * 1024  # bytes of a request; the largest webhook and the longest form are far below
_YEAR = 365 * 24 * 3600
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; "  # Pico draws its arrows and ticks as data
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def takes_up_to(size: int) -> Callable[[V], V]:
    """Under the route: a view whose request may be larger than the others', in bytes, such as a roster."""

    def mark(view: V) -> V:
        view.takes_up_to = size  # type: ignore[attr-defined]
        return view

    return mark


def add_edge(app: Flask, public_url: str) -> None:
    """Register before everything else that reads a request: its size must be known before its form is."""
    encrypted = public_url.startswith("https:")
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_NAME="followup",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # not Strict: the link in the digest's mail must find the session
        SESSION_COOKIE_SECURE=encrypted,
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it wants the Referer that our own policy forbids
    )
    always = {**_HEADERS, "Strict-Transport-Security": f"max-age={_YEAR}"} if encrypted else _HEADERS

    @app.before_request
    def allow_a_larger_one() -> None:
        if request.endpoint is not None:
            size = getattr(app.view_functions[request.endpoint], "takes_up_to", None)
            if size is not None:
                request.max_content_length = size

    @app.before_request
    def only_our_own_pages() -> None:
        """Refuse a form of another site by what the browser says of it, whatever token it has."""
        if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None:
            return
        if watcher_of(app, request.endpoint) in ("signature", "token"):
            return  # no browser sends these, and no cookie opens them
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403, _("That form came from another site."))

    @app.before_request
    def only_text() -> None:
        """PostgreSQL keeps no NUL, a person types none. Webhooks go by: nothing of a patient is refused."""
        if request.endpoint is None or watcher_of(app, request.endpoint) in ("signature", "token"):
            return
        for fields in (request.args, request.form):
            if any("\0" in part for pair in fields.items(multi=True) for part in pair):
                abort(400, _("There is a character in it that cannot be kept."))

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        return response
