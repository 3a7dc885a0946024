"""Inbound texts and their status callbacks. No network is used in here: the carrier waits for the answer."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from followup.console.guard import watched_by
from followup.inbox.polite import polite_answer
from followup.inbox.receipts import receive_receipt
from followup.inbox.receive import receive_text
from followup.inbox.spool import is_away
from followup.replay import replay
from followup.setup import Door

messages = Blueprint("messages", __name__, url_prefix="/twilio")


@messages.post("/sms")
@watched_by("signature")
def inbound_text() -> Response:
    """A text from a patient; answers with the texts to send back. Spooled while the database is away."""
    if not request.form.get("MessageSid"):
        return Response("MessageSid is missing; this is not an inbound text.", 400, mimetype="text/plain")
    door: Door = current_app.extensions["followup"]
    form, now = request.form.to_dict(), door.clock()
    try:
        replay(door.store, door.spool, door.settings.public_url)
        reply = receive_text(door.store, form, door.settings.public_url, now)
    except (DBAPIError, PoolTimeoutError) as problem:
        if not is_away(problem):
            raise
        door.spool.keep("text", form, now)
        reply = polite_answer(form.get("Body", ""))
    # Never text/plain: the carrier would send it to the patient as a text.
    return Response(reply, mimetype="text/xml")


@messages.post("/sms/status")
@watched_by("signature")
def text_status() -> Response:
    """What became of a text. Always 204: a receipt for an id we do not know is kept, not argued with."""
    door: Door = current_app.extensions["followup"]
    named = request.args.get("o", "")
    outbound_id = int(named) if named.isascii() and named.isdecimal() and len(named) < 10 else None
    form, now = request.form.to_dict(), door.clock()
    try:
        receive_receipt(door.store, form, outbound_id, now)
    except (DBAPIError, PoolTimeoutError) as problem:
        if not is_away(problem):
            raise
        door.spool.keep("receipt", {**form, "o": str(outbound_id or "")}, now)
    return Response(status=204)
