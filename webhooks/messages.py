"""Inbound texts and their status callbacks. No network is used in here: the carrier waits for the answer."""

from __future__ import annotations

from flask import Blueprint, Response

from followup.console.guard import watched_by
from followup.inbox.polite import polite_answer
from followup.inbox.receipts import receive_receipt
from followup.inbox.receive import receive_text
from followup.replay import replay
from webhooks.keep import door, fields, named, number, or_spool

messages = Blueprint("messages", __name__, url_prefix="/twilio")


@messages.post("/sms")
@watched_by("signature")
def inbound_text() -> Response:
    """A text from a patient; answers with the texts to send back."""
    if not named("MessageSid"):
        return Response("MessageSid is missing; this is not an inbound text.", 400, mimetype="text/plain")
    form, url = fields(), door().settings.public_url

    def heard() -> str:
        replay(door().store, door().spool, url)
        return receive_text(door().store, form, url, door().clock())

    reply = or_spool("text", heard) or polite_answer(form.get("Body", ""))
    # Never text/plain: the carrier would send it to the patient as a text.
    return Response(reply, mimetype="text/xml")


@messages.post("/sms/status")
@watched_by("signature")
def text_status() -> Response:
    """What became of a text. Always 204: a receipt for an id we do not know is kept, not argued with."""
    form, about = fields(), number("o")
    or_spool("receipt", lambda: receive_receipt(door().store, form, about, door().clock()), o=about)
    return Response(status=204)
