"""Pages for what went wrong: in the house's words, and with nothing in them of what was asked or of the
program.

The log gets the kind of an unforeseen error and the lines it passed through. Its message stays out: an
exception quotes what it choked on, and that may be a name or what a patient wrote.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any, cast

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from followup.console.passwords import BusyError

log = logging.getLogger(__name__)

# Doors for programs; a page would be of no use to them.
_PLAIN = ("/twilio/", "/healthz", "/readyz", "/metrics")


def add_error_pages(app: Flask) -> None:
    """Register the answers to everything that is not a page."""

    app.register_error_handler(HTTPException, answer_to)

    @app.errorhandler(BusyError)
    def busy(_problem: BusyError) -> Any:
        return _answer(429, "", None)

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> Any:
        frames = traceback.extract_tb(problem.__traceback__)[-5:]
        places = [f"{'/'.join(f.filename.split('/')[-2:])}:{f.lineno} in {f.name}" for f in frames]
        log.error(
            "%s in %s, raised at %s", type(problem).__name__, request.endpoint, " < ".join(reversed(places))
        )
        return _answer(500, "", None)


def answer_to(problem: HTTPException) -> ResponseReturnValue:
    """The page, or for programs the sentence, that says what was refused."""
    if problem.response is not None:  # abort(redirect(...))
        return cast(Response, problem.response)
    return _answer(problem.code or 500, _own_words(problem), problem)


def _own_words(problem: HTTPException) -> str:
    """The sentence a view gave to `abort`; "" for the library's own, which are not for people."""
    if isinstance(problem, CSRFError) or problem.description == type(problem).description:
        return ""
    return str(problem.description or "")


def _answer(code: int, own: str, problem: HTTPException | None) -> Response:
    title, words = _said(code)
    if request.path.startswith(_PLAIN):
        answer = Response(f"{own or words}\n", code, mimetype="text/plain")
    elif request.path.startswith("/api/"):
        answer = jsonify(error=str(own or words))
        answer.status_code = code
    else:
        answer = Response(_page(code, title, own or words), code, mimetype="text/html")
    for name, value in problem.get_headers() if problem is not None else []:
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value  # Allow, Retry-After, WWW-Authenticate
    return answer


def _page(code: int, title: str, words: str) -> str:
    """With the layout where that can be had: with the database away, even the bar on top cannot."""
    try:
        if code != InternalServerError.code:
            return render_template("error.html", title=title, words=words)
    except Exception as problem:
        log.error("the layout of an error page failed: %s", type(problem).__name__)
    return current_app.jinja_env.get_template("error_bare.html").render(
        title=title, words=words, language=get_locale()
    )


def _said(code: int) -> tuple[str, str]:
    said = {
        400: (
            _("That could not be read"),
            _("The page was open for too long, or something in it is missing. Load it again and repeat."),
        ),
        401: (_("Please sign in"), _("This page is for people who are signed in.")),
        403: (_("Not for this account"), _("Your role may not do that. Ask an admin of your clinic.")),
        404: (_("Not found"), _("There is nothing here, or it belongs to another clinic.")),
        405: (_("Not like that"), _("This address is for a form, not for a visit. Go back to the page.")),
        413: (
            _("Too large"),
            _("That is more than this page takes. Split the file, or leave out what is not needed."),
        ),
        429: (_("Too often"), _("That was tried too often. Please wait a minute.")),
    }
    unforeseen = (
        _("Something went wrong"),
        _("It is written down. Messages from patients are kept all the same. Try again in a minute."),
    )
    return said.get(code) or (said[400] if code < 500 else unforeseen)
