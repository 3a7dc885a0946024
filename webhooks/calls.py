"""Calls: what the carrier asks when one is answered, keyed in or ended. No network is used in here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from followup.console.guard import watched_by
from followup.inbox.spool import is_away
from followup.replay import replay
from followup.setup import Door
from followup.voice.progress import receive_status, receive_verdict
from followup.voice.receive import receive_turn, sorry

T = TypeVar("T")
calls = Blueprint("calls", __name__, url_prefix="/twilio/voice")


@calls.post("/answer")
@watched_by("signature")
def answered() -> Response:
    """Our call was picked up."""
    return _turn(_number("o"), 0)


@calls.post("/step")
@watched_by("signature")
def keyed() -> Response:
    """Keys, words or silence, for the turn the address names; also the end of a connection to the desk."""
    return _turn(_number("o"), _number("t") or 0)


@calls.post("/incoming")
@watched_by("signature")
def called() -> Response:
    """Somebody calls one of our numbers."""
    return _turn(None, 0)


@calls.post("/status")
@watched_by("signature")
def call_status() -> Response:
    """How a call goes on. Always 204: what we do not know is kept, not argued with."""
    if request.form.get("CallSid"):
        door, form, about = _door(), request.form.to_dict(), _number("o")
        _or_spool("status", lambda: receive_status(door.store, form, about, door.clock()))
    return Response(status=204)


@calls.post("/machine")
@watched_by("signature")
def machine_verdict() -> Response:
    """Who the carrier thinks picked up. TwiML in this answer would be ignored."""
    if request.form.get("CallSid"):
        door, form, about = _door(), request.form.to_dict(), _number("o")
        _or_spool("verdict", lambda: receive_verdict(door.store, form, about, door.clock()))
    return Response(status=204)


def _turn(outbound_id: int | None, turn: int) -> Response:
    if not request.form.get("CallSid"):
        return Response("CallSid is missing; this is not a call.", 400, mimetype="text/plain")
    door, form = _door(), request.form.to_dict()
    url = door.settings.public_url

    def heard() -> str:
        replay(door.store, door.spool, url)
        return receive_turn(door.store, form, outbound_id, turn, url, door.clock())

    reply = _or_spool("turn", heard) or sorry(form.get("SpeechResult", ""))
    # Never text/plain: the carrier would read the markup aloud.
    return Response(reply, mimetype="text/xml")


def _or_spool(kind: str, receive: Callable[[], T]) -> T | None:
    """What the receiver answers; None when the database is away and the request was put on disk instead."""
    try:
        return receive()
    except (DBAPIError, PoolTimeoutError) as problem:
        if not is_away(problem):
            raise
        _door().spool.keep(kind, {**request.form.to_dict(), **request.args.to_dict()}, _door().clock())
        return None


def _door() -> Door:
    door: Door = current_app.extensions["followup"]
    return door


def _number(name: str) -> int | None:
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None
