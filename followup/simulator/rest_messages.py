"""Messages.json: create, fetch, list, update (redact, cancel) and delete; and the account's own numbers."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from .exchange import API_VERSION
from .messages import Message
from .paging import equal, on_day, page
from .refusals import Refusal
from .rest import ACCOUNT, blueprint, body, carrier, create, form


@blueprint.post(f"{ACCOUNT}/Messages.json")
def create_message() -> Response:
    return create(lambda fault: carrier().texts.create(form(), fault).as_json())


@blueprint.get(f"{ACCOUNT}/Messages.json")
def list_messages() -> Response:
    query = request.args
    with carrier().lock:
        found = [
            message.as_json()
            for message in reversed(carrier().texts.all.values())
            if equal([(query.get("To"), message.to), (query.get("From"), message.sender)])
            and on_day(message.sent, query, "DateSent")
        ]
    return body(page("messages", found, request.path, query))


@blueprint.get(f"{ACCOUNT}/Messages/<sid>.json")
def fetch_message(sid: str) -> Response:
    return body(_found(sid).as_json())


@blueprint.post(f"{ACCOUNT}/Messages/<sid>.json")
def update_message(sid: str) -> Response:
    """`Body=` (empty) takes the words away, `Status=canceled` calls a scheduled text off."""
    message = _found(sid)
    if "Body" in form():
        if form()["Body"]:
            raise Refusal(20001, "Body may only be emptied")
        if not message.final and message.status != "sent":
            raise Refusal(20009)
        message.body, message.updated = "", carrier().now()
    if status := form().get("Status"):
        if status != "canceled":
            raise Refusal(20001, f"Status={status!r}")
        carrier().texts.cancel(message)
    return body(message.as_json())


@blueprint.delete(f"{ACCOUNT}/Messages/<sid>.json")
def delete_message(sid: str) -> Response:
    message = _found(sid)
    if not message.final and message.status != "sent":
        raise Refusal(20009)
    with carrier().lock:
        del carrier().texts.all[sid]
    carrier().log.note("delete", sid=sid)
    return Response(status=204)


def _found(sid: str) -> Message:
    message = carrier().texts.all.get(sid)
    if message is None:
        raise Refusal(20404, request.path)
    return message


@blueprint.get(f"{ACCOUNT}/IncomingPhoneNumbers.json")
def list_numbers() -> Response:
    """The account's senders, so that a set-up check can compare their webhook addresses."""
    account = carrier().account_sid
    found: list[dict[str, Any]] = [
        {
            "sid": "PN" + carrier().random("number", sender.number).randbytes(16).hex(),
            "account_sid": account,
            "phone_number": sender.number,
            "friendly_name": sender.number,
            "sms_url": sender.sms_url,
            "sms_method": "POST",
            "sms_fallback_url": sender.sms_fallback,
            "voice_url": sender.voice_url,
            "voice_method": "POST",
            "voice_fallback_url": sender.voice_fallback,
            "status_callback": sender.voice_status,
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        }
        for sender in carrier().senders.values()
        if equal([(request.args.get("PhoneNumber"), sender.number)])
    ]
    return body(page("incoming_phone_numbers", found, request.path, request.args))


@blueprint.get(f"{ACCOUNT}.json")
def fetch_account() -> Response:
    sid = carrier().account_sid
    return body(
        {
            "sid": sid,
            "owner_account_sid": sid,
            "friendly_name": "Simulated account",
            "status": "active",
            "type": "Full",
            "uri": f"/{API_VERSION}/Accounts/{sid}.json",
        }
    )
