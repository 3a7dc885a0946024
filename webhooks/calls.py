"""Calls: what the carrier asks when one is answered, keyed in or ended. No network is used in here."""

from __future__ import annotations

from flask import Blueprint, Response

from followup.console.guard import watched_by
from followup.replay import replay
from followup.voice.progress import receive_status, receive_verdict
from followup.voice.receive import receive_turn, sorry
from webhooks.keep import door, fields, named, number, or_spool

calls = Blueprint("calls", __name__, url_prefix="/twilio/voice")


@calls.post("/answer")
@watched_by("signature")
def answered() -> Response:
    """Our call was picked up."""
    return _turn(number("o"), 0)


@calls.post("/step")
@watched_by("signature")
def keyed() -> Response:
    """Keys, words or silence, for the turn the address names; also the end of a connection to the desk."""
    return _turn(number("o"), number("t") or 0)


@calls.post("/incoming")
@watched_by("signature")
def called() -> Response:
    """Somebody calls one of our numbers."""
    return _turn(None, 0)


@calls.post("/status")
@watched_by("signature")
def call_status() -> Response:
    """How a call goes on. Always 204: what we do not know is kept, not argued with."""
    form, about = fields(), number("o")
    if named("CallSid"):
        or_spool("status", lambda: receive_status(door().store, form, about, door().clock()), o=about)
    return Response(status=204)


@calls.post("/machine")
@watched_by("signature")
def machine_verdict() -> Response:
    """Who the carrier thinks picked up. TwiML in this answer would be ignored."""
    form, about = fields(), number("o")
    if named("CallSid"):
        or_spool("verdict", lambda: receive_verdict(door().store, form, about, door().clock()), o=about)
    return Response(status=204)


def _turn(outbound_id: int | None, turn: int) -> Response:
    if not named("CallSid"):
        return Response("CallSid is missing; this is not a call.", 400, mimetype="text/plain")
    form, url = fields(), door().settings.public_url

    def heard() -> str:
        replay(door().store, door().spool, url)
        return receive_turn(door().store, form, outbound_id, turn, url, door().clock())

    reply = or_spool("turn", heard, o=outbound_id, t=turn) or sorry(form.get("SpeechResult", ""))
    # Never text/plain: the carrier would read the markup aloud.
    return Response(reply, mimetype="text/xml")
