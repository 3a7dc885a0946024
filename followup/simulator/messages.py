"""A message resource, as Twilio's REST API shows it, and the check of a request to create one.

Field types follow Twilio's OpenAPI document: counts and prices are strings, error codes are whole numbers,
dates are RFC 2822.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from .exchange import API_VERSION, Exchange, is_number
from .refusals import Refusal
from .segments import segments

QUEUE_LIMIT = timedelta(hours=10)
FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received", "read"})
MAGIC = "+1500555000"  # Twilio's test numbers, told apart by the last digit
MAGIC_TO = {"1": 21211, "2": 21612, "3": 21408, "4": 21610, "9": 21614}
MAGIC_FROM = {"1": 21212, "7": 21606, "8": 21611}


@dataclass
class Message:
    sid: str
    account_sid: str
    direction: str  # inbound | outbound-api | outbound-reply
    sender: str  # "from"; "" until a messaging service has picked one
    to: str
    body: str
    status: str
    created: datetime
    updated: datetime
    service: str = ""
    route: str = ""  # the number it will leave from, known before it is shown
    callback: str = ""
    validity: int = 36000  # seconds it may wait before it leaves
    send_at: datetime | None = None
    sent: datetime | None = None
    segments: int = 1
    media: int = 0
    error: int | None = None
    price: str | None = None

    @property
    def final(self) -> bool:
        return self.status in FINAL

    def as_json(self) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        # With a messaging service the parts are counted only when it leaves.
        counted = self.sent is not None or not self.service
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": format_datetime(self.created),
            "date_sent": format_datetime(self.sent) if self.sent else None,
            "date_updated": format_datetime(self.updated),
            "direction": self.direction,
            "error_code": self.error,
            "error_message": f"The message failed with error {self.error}." if self.error else None,
            "from": self.sender or None,
            "messaging_service_sid": self.service or None,
            "num_media": str(self.media),
            "num_segments": str(self.segments if counted else 0),
            "price": self.price,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


def ordered(exchange: Exchange, form: Mapping[str, str]) -> Message:
    """The message that a create request asks for, not queued yet. Raises Refusal as Twilio would."""
    to, sender, service = form.get("To", ""), form.get("From", ""), form.get("MessagingServiceSid", "")
    body = form.get("Body", "")
    if not to:
        raise Refusal(21604)
    if not sender and not service:
        raise Refusal(21603)
    if not body and not form.get("MediaUrl") and not form.get("ContentSid"):
        raise Refusal(21602)
    if len(body) > 1600:
        raise Refusal(21617)
    _check_recipient(exchange, to, sender)
    if sender:
        _check_sender(exchange, sender, to)
    elif service not in exchange.services:
        raise Refusal(20404, f"Services/{service}")
    elif not exchange.services[service].numbers:
        raise Refusal(21703)
    callback = form.get("StatusCallback", "")
    if callback and not _callable(callback):
        raise Refusal(21609, callback)
    _check_retention(exchange, form)
    now = exchange.now()
    return Message(
        sid=exchange.sid("MM" if form.get("MediaUrl") else "SM"),
        account_sid=exchange.account_sid,
        direction="outbound-api",
        sender=sender,
        to=to,
        body=body,
        status="accepted" if service else "queued",
        created=now,
        updated=now,
        service=service or (exchange.senders[sender].service if sender in exchange.senders else ""),
        callback=callback or (exchange.services[service].status_callback if service else ""),
        validity=whole(form, "ValidityPeriod", 1, 36000, 36000),
        send_at=_send_at(form, now) if form.get("ScheduleType") or form.get("SendAt") else None,
        segments=segments(body),
        media=1 if form.get("MediaUrl") else 0,
    )


def _check_recipient(exchange: Exchange, to: str, sender: str) -> None:
    if to.startswith(MAGIC) and to[-1] in MAGIC_TO:
        raise Refusal(MAGIC_TO[to[-1]], to, sender)
    if not is_number(to):
        raise Refusal(21211, to)
    if not to.startswith(exchange.regions):
        raise Refusal(21408, to)
    if to == sender:
        raise Refusal(21266)


def _check_sender(exchange: Exchange, sender: str, to: str) -> None:
    if sender.startswith(MAGIC) and sender[-1] in MAGIC_FROM:
        raise Refusal(MAGIC_FROM[sender[-1]], sender)
    if not is_number(sender):
        raise Refusal(21212, sender)
    if sender not in exchange.senders and sender != MAGIC + "6":
        raise Refusal(21606, sender)
    if exchange.optouts.blocked(exchange.optout_key(sender), to):
        raise Refusal(21610)


def _check_retention(exchange: Exchange, form: Mapping[str, str]) -> None:
    for name, values, code in (
        ("ContentRetention", ("retain", "discard"), 30029),
        ("AddressRetention", ("retain", "obfuscate"), 30030),
    ):
        value = form.get(name, "")
        if value and value not in values:
            raise Refusal(code, f"{value!r} is not one of {values}")
        if value in ("discard", "obfuscate") and not exchange.redaction:
            raise Refusal(code, "the account has no Message Redaction")


def _send_at(form: Mapping[str, str], now: datetime) -> datetime:
    if form.get("ScheduleType") != "fixed" or not form.get("MessagingServiceSid") or not form.get("SendAt"):
        raise Refusal(35118)
    try:
        moment = datetime.fromisoformat(form["SendAt"].replace("Z", "+00:00"))
    except ValueError:
        raise Refusal(35118) from None
    if moment.tzinfo is None or not timedelta(minutes=15) <= moment - now <= timedelta(days=35):
        raise Refusal(35114)
    return moment


def whole(form: Mapping[str, str], name: str, smallest: int, largest: int, default: int) -> int:
    """A whole-number parameter within its range; `default` when it is absent. Raises Refusal 20001."""
    text = form.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not smallest <= int(text) <= largest:
        raise Refusal(20001, f"{name}={text!r}, which should be {smallest} to {largest}")
    return int(text)


def _callable(url: str) -> bool:
    """Twilio wants an absolute address whose host has no underscore."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and bool(re.fullmatch(r"[A-Za-z0-9.-]+", host))
