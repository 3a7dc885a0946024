"""Calls: what the carrier asks when one is answered, keyed in or ended. No network is used in here."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from followup.voice.progress import receive_status, receive_verdict
from followup.voice.receive import receive_turn

calls = Blueprint("calls", __name__, url_prefix="/twilio/voice")


@calls.post("/answer")
def answered() -> Response:
    """Our call was picked up."""
    return _turn(_number("o"), 0)


@calls.post("/step")
def keyed() -> Response:
    """Keys, words or silence, for the turn the address names; also the end of a connection to the desk."""
    return _turn(_number("o"), _number("t") or 0)


@calls.post("/incoming")
def called() -> Response:
    """Somebody calls one of our numbers."""
    return _turn(None, 0)


@calls.post("/status")
def call_status() -> Response:
    """How a call goes on. Always 204: what we do not know is kept, not argued with."""
    door = current_app.extensions["followup"]
    if request.form.get("CallSid"):
        receive_status(door.store, request.form.to_dict(), _number("o"), door.clock())
    return Response(status=204)


@calls.post("/machine")
def machine_verdict() -> Response:
    """Who the carrier thinks picked up. TwiML in this answer would be ignored."""
    door = current_app.extensions["followup"]
    if request.form.get("CallSid"):
        receive_verdict(door.store, request.form.to_dict(), _number("o"), door.clock())
    return Response(status=204)


def _turn(outbound_id: int | None, turn: int) -> Response:
    if not request.form.get("CallSid"):
        return Response("CallSid is missing; this is not a call.", 400, mimetype="text/plain")
    door = current_app.extensions["followup"]
    form = request.form.to_dict()
    reply = receive_turn(door.store, form, outbound_id, turn, door.settings.public_url, door.clock())
    # Never text/plain: the carrier would read the markup aloud.
    return Response(reply, mimetype="text/xml")


def _number(name: str) -> int | None:
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None
