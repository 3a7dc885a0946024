"""The answers a webhook gives, as TwiML."""

from __future__ import annotations

from collections.abc import Sequence

from twilio.twiml.messaging_response import MessagingResponse

NOTHING = str(MessagingResponse())  # "heard, and nothing to say"


def texts(replies: Sequence[tuple[str, str]]) -> str:
    """A response of (body, status callback address or "") texts, in order.

    A text given as TwiML has no receipts unless its own callback is set, and without one nobody would
    ever know that a question was lost.
    """
    response = MessagingResponse()
    for body, callback in replies:
        receipts = {"status_callback": callback, "action": callback, "method": "POST"} if callback else {}
        response.message(body, **receipts)
    return str(response)
