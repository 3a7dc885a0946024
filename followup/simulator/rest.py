"""The door of the REST API: who is asking, faults at the door, Twilio's headers and error bodies.

The resources themselves are in `rest_messages.py` and `rest_calls.py`.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from .carrier import Carrier
from .exchange import API_VERSION
from .faults import AFTER, BEFORE
from .refusals import Refusal

blueprint = Blueprint("rest", __name__, url_prefix=f"/{API_VERSION}")
ACCOUNT = "/Accounts/<account>"
# The WSGI server reads these from the environment after the answer is made: see server.py.
HANG, RESET = "simulator.hang", "simulator.reset"


def carrier() -> Carrier:
    found: Carrier = current_app.extensions["carrier"]
    return found


def body(document: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status, mimetype="application/json")


def form() -> MultiDict[str, str]:
    return request.form


@blueprint.url_value_preprocessor
def _account(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.account = (values or {}).pop("account", "")


@blueprint.before_request
def _admit() -> Response | None:
    """Basic auth first, then the limit on requests at once; a refusal here means nothing was processed."""
    g.started = time.monotonic()
    own, given = carrier(), request.authorization
    known = given is not None and (given.username or "", given.password or "") in own.logins()
    if not known or g.account != own.account_sid:
        raise Refusal(20003)
    g.at_once = own.door.enter()
    if g.at_once > own.most_at_once:
        raise Refusal(20429)
    return None


def create(make: Callable[[str], dict[str, Any]]) -> Response:
    """Answer a create request with what `make` creates, faults before and after it included.

    `make` is given the name of the fault that will hide its success ("" for none), to note it in the log.
    """
    faults = carrier().faults
    if before := faults.strikes(*BEFORE):
        carrier().log.note("fault", name=before, path=request.path, to=form().get("To", ""))
        return _failed(before)
    after = faults.strikes(*AFTER) or ""
    try:
        made = make(after)
    except Refusal:
        if after:
            faults.counts[after] -= 1  # it was refused anyway: there was nothing to hide
        raise
    if after:
        carrier().log.note("fault", name=after, path=request.path, sid=made["sid"], to=made["to"])
        return _failed(after, made)
    return body(made, 201)


def _failed(fault: str, made: dict[str, Any] | None = None) -> Response:
    if fault == "busy":
        raise Refusal(20429)
    if fault == "unavailable":
        raise Refusal(20503)
    if fault == "error_after":
        raise Refusal(20500)
    if fault == "garbled_after":
        return Response(json.dumps(made)[:40], 201, mimetype="application/json")
    if fault in ("timeout_before", "timeout_after"):
        request.environ[HANG] = True
    else:
        request.environ[RESET] = True
        if fault == "refused":
            carrier().unplug()
    return body({}, 503)


def install(app: Flask) -> None:
    """Register the resources and Twilio's shape of errors."""
    from . import rest_calls, rest_messages  # they hang their routes on this module's blueprint

    assert rest_messages
    assert rest_calls
    app.register_blueprint(blueprint)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _not_served)
    app.after_request(_headers)
    app.teardown_request(_leave)


def _refused(refusal: Refusal) -> Response:
    carrier().log.note("refusal", code=refusal.code, path=request.path, to=request.form.get("To", ""))
    answer = body(refusal.as_json(), refusal.status)
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return answer


def _not_served(error: HTTPException) -> Response:
    """Unknown addresses and methods in Twilio's own shape, for the API only."""
    if not request.path.startswith(f"/{API_VERSION}"):
        return Response(f"{error.code} {error.description}", error.code or 500, mimetype="text/plain")
    refusal = Refusal(20404, request.path)
    status = error.code if error.code == 405 else refusal.status
    return body({**refusal.as_json(), "status": status}, status)


def _headers(answer: Response) -> Response:
    if request.path.startswith(f"/{API_VERSION}"):
        answer.headers["Twilio-Request-Id"] = "RQ" + secrets.token_hex(16)
        answer.headers["Twilio-Request-Duration"] = f"{time.monotonic() - g.get('started', 0):.3f}"
        answer.headers["Twilio-Concurrent-Requests"] = str(g.get("at_once", 1))
        answer.headers["X-API-Domain"] = "api.twilio.com"
    return answer


def _leave(error: BaseException | None) -> None:
    if g.pop("at_once", 0):
        carrier().door.leave()
