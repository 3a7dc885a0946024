"""Who may use which view, said beside the view and enforced before any of them runs.

A view says which roles may use it with `@allowed(...)`, or who else watches it with `@watched_by(...)`.
One that says nothing is refused to everybody: forgetting the line shuts a door, it never opens one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, has_request_context, request
from flask_login import current_user
from sqlmodel import Session

from followup.audit.record import record
from followup.console.sessions import is_stale, touch
from followup.store.models.people import ROLES

V = TypeVar("V", bound=Callable[..., Any])
# Everybody may come in; signed by the carrier; a bearer token; somebody half-way through signing in.
WATCHERS = ("nobody", "signature", "token", "password")
_FILES = ("static", "console.static")  # Flask's own views: the files every page is made of


def allowed(*roles: str) -> Callable[[V], V]:
    """Under the route: the roles that may use this view. Everybody else gets 403, strangers the sign-in."""
    if not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"a view is allowed to some of {', '.join(ROLES)}")

    def mark(view: V) -> V:
        view.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def watched_by(watcher: str) -> Callable[[V], V]:
    """Under the route: a view that needs no sign-in, and who watches it instead.

    "nobody" for what anybody may see; "signature" and "token" for doors that check these themselves;
    "password" for the steps between a right password and being signed in.
    """
    if watcher not in WATCHERS:
        raise ValueError(f"a view is watched by one of {', '.join(WATCHERS)}")

    def mark(view: V) -> V:
        view.watcher = watcher  # type: ignore[attr-defined]
        return view

    return mark


def asked_by_the_page(view: V) -> V:
    """Under the route: a view that open pages ask for by themselves. It does not keep a session alive."""
    view.asked_by_the_page = True  # type: ignore[attr-defined]
    return view


def roles_of(app: Flask, endpoint: str) -> frozenset[str]:
    """The roles that may use an endpoint; empty when it is for none of them or says nothing."""
    found: frozenset[str] = getattr(app.view_functions[endpoint], "allowed_roles", frozenset())
    return found


def watcher_of(app: Flask, endpoint: str) -> str:
    """Who watches an endpoint that needs no sign-in; "" when it needs one or says nothing."""
    return "nobody" if endpoint in _FILES else getattr(app.view_functions[endpoint], "watcher", "")


def may(endpoint: str) -> bool:
    """Whether the person signed in may use a view: for links and buttons. The guard does not rely on it."""
    return current_user.is_authenticated and current_user.role in roles_of(current_app, endpoint)


def add_guard(app: Flask, ask_to_sign_in: Callable[[], Any]) -> None:
    """Look at every request before its view does, and store afterwards what was seen."""

    @app.before_request
    def guard() -> Any:
        if request.endpoint is None:
            return None  # no such page
        watcher = watcher_of(app, request.endpoint)
        if watcher == "password":
            half_way = not current_user.is_authenticated and "half_way" in g
            return None if half_way else ask_to_sign_in()
        if watcher:
            return None
        roles = roles_of(app, request.endpoint)
        if not roles:
            abort(403)
        if not current_user.is_authenticated:
            return ask_to_sign_in()
        if current_user.role not in roles:
            abort(403)
        _keep_alive(app, request.endpoint)
        return None

    @app.after_request
    def store_what_was_seen(response: Response) -> Response:
        rows = g.pop("seen", [])
        if rows and response.status_code < 400:
            with app.extensions["followup"].store.write() as session:
                for row in rows:
                    _record(session, *row)
        return response

    app.jinja_env.globals["may"] = may


def _keep_alive(app: Flask, endpoint: str) -> None:
    """Write down that the person did something, unless it was only their page."""
    door = app.extensions["followup"]
    if is_stale(current_user.session, door.clock()) and not hasattr(
        app.view_functions[endpoint], "asked_by_the_page"
    ):
        with door.store.write() as db:
            touch(db, current_user.session_id, door.clock())
        current_user.session.seen_at = door.clock()


def did(session: Session, action: str, subject: str, subject_id: int | None = None, detail: str = "") -> None:
    """Put on record what the person signed in does, in the transaction that does it."""
    _record(session, action, subject, subject_id, detail)


def seen(subject: str, subject_id: int | None = None, detail: str = "") -> None:
    """Put on record that the person signed in looks at something: "patient", 12 becomes `patient.view`.

    May be called anywhere in a view, in a transaction or not. The row is stored before the page leaves; if it
    cannot be, the page does not leave either.
    """
    assert has_request_context()
    g.setdefault("seen", []).append((f"{subject}.view", subject, subject_id, detail))


def _record(session: Session, action: str, subject: str, subject_id: int | None, detail: str) -> None:
    record(
        session,
        action=action,
        now=current_app.extensions["followup"].clock(),
        clinic_id=current_user.clinic_id,
        staff_id=current_user.id,
        subject=subject,
        subject_id=subject_id,
        detail=detail,
        address=request.remote_addr or "",
    )
