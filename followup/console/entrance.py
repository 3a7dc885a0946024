"""Who is asking? The session behind each request, and where a stranger is sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user

from followup.console.pages import own_page
from followup.console.sessions import SignedIn, find_session, time_left
from followup.store.models import Staff, StaffSession


def add_entrance(app: Flask) -> None:
    """Let Flask-Login find the person behind a session of ours; it keeps none of its own."""
    manager = LoginManager(app)
    manager.session_protection = None  # it would end a session whose address changes, as a phone's does

    @manager.request_loader  # type: ignore[untyped-decorator]
    def who(_request: Request) -> SignedIn | None:
        token = session.get("token")
        if not isinstance(token, str):
            return None
        if "looking_up" in g:  # the database is away, and the error page asks for its reader's language
            return None
        g.looking_up = True
        door = current_app.extensions["followup"]
        with door.store.read() as db:
            found = find_session(db, token, door.clock())
        del g.looking_up
        if found is None:
            return None
        if found[0].stage != "in":
            g.half_way = found
            return None
        return SignedIn(found[1], found[0])

    @app.context_processor
    def names() -> dict[str, Any]:
        return {"session_left": session_left}


def half_way() -> tuple[StaffSession, Staff]:
    """The session and account of somebody whose password was right, and who is not yet in."""
    found: tuple[StaffSession, Staff] = g.half_way
    return found


def take_in(token: str) -> None:
    """Put a new token into the cookie, and keep nothing that was there before, such as the form token."""
    keep_only_language()
    session["token"] = token


def keep_only_language() -> None:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def session_left() -> int:
    """Seconds until the session of the person signed in ends, if they do nothing."""
    clock = current_app.extensions["followup"].clock
    return max(0, int(time_left(current_user.session, clock()).total_seconds()))


def ask_to_sign_in() -> Any:
    """Send a stranger to the sign-in, and from there back to where they were."""
    if "HX-Request" in request.headers:  # a sign-in form has no place inside a part of a page
        where = urlsplit(request.headers.get("HX-Current-URL", ""))
        page = f"{where.path}?{where.query}" if where.query else where.path
        return Response(status=401, headers={"HX-Redirect": _sign_in(page)})
    if request.path.startswith(url_for("console.sign_in")):  # a step of signing in that took too long
        return redirect(_sign_in(request.args.get("next", "")))
    if request.method == "GET":
        return redirect(_sign_in(request.full_path if request.query_string else request.path))
    # A form cannot be posted again, but the page it stood on can be seen.
    return redirect(_sign_in(request.form.get("back", "")))


def _sign_in(where: str) -> str:
    wanted = own_page(where)
    home = url_for("console.today")
    return url_for("console.sign_in") if wanted == home else url_for("console.sign_in", next=wanted)
