"""Inbound texts and their status callbacks. No network is used in here: the carrier waits for the answer."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from followup.inbox.receipts import receive_receipt
from followup.inbox.receive import receive_text

messages = Blueprint("messages", __name__, url_prefix="/twilio")


@messages.post("/sms")
def inbound_text() -> Response:
    """A text from a patient; answers with the texts to send back."""
    if not request.form.get("MessageSid"):
        return Response("MessageSid is missing; this is not an inbound text.", 400, mimetype="text/plain")
    door = current_app.extensions["followup"]
    reply = receive_text(door.store, request.form.to_dict(), door.settings.public_url, door.clock())
    # Never text/plain: the carrier would send it to the patient as a text.
    return Response(reply, mimetype="text/xml")


@messages.post("/sms/status")
def text_status() -> Response:
    """What became of a text. Always 204: a receipt for an id we do not know is kept, not argued with."""
    door = current_app.extensions["followup"]
    named = request.args.get("o", "")
    outbound_id = int(named) if named.isascii() and named.isdecimal() and len(named) < 19 else None
    receive_receipt(door.store, request.form.to_dict(), outbound_id, door.clock())
    return Response(status=204)
