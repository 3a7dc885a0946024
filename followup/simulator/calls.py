"""A call resource, as Twilio's REST API shows it, and the check of a request to create one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from .detection import Detection
from .exchange import API_VERSION, Exchange, is_number
from .gather import Gather
from .messages import MAGIC, whole
from .refusals import Refusal
from .scripts import Ring
from .tape import Tape
from .twiml import Document

FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
MAGIC_TO = {"1": 21217, "2": 21214, "3": 21215, "4": 21216}


@dataclass
class Said:
    """Words spoken into a call, for the page to show and speak."""

    id: int
    text: str
    language: str


@dataclass
class Call:
    sid: str
    account_sid: str
    direction: str  # outbound-api | inbound | outbound-dial
    sender: str
    to: str
    status: str
    created: datetime
    updated: datetime
    url: str = ""
    method: str = "POST"
    fallback: str = ""
    twiml: str = ""
    timeout: int = 60  # seconds of ringing
    time_limit: int = 14400
    callback: str = ""
    events: frozenset[str] = frozenset({"completed"})
    detection: Detection | None = None
    parent: str = ""
    departs: datetime | None = None
    started: datetime | None = None  # answered
    ended: datetime | None = None
    answered_by: str | None = None
    price: str | None = None
    # What follows lives only while the call does.
    ring: Ring | None = None
    document: Document = field(default_factory=lambda: Document([]))
    position: int = 0
    gather: Gather | None = None
    epoch: int = 0  # counts turns of the call: a promise made in an earlier one is void
    fetches: int = 0
    sequence: int = 0
    legs: list[Call] = field(default_factory=list)  # what its <Dial>s have rung
    said: list[Said] = field(default_factory=list)
    tape: Tape | None = None  # of the machine that answered

    @property
    def final(self) -> bool:
        return self.status in FINAL

    @property
    def phone(self) -> str:
        """The number of the patient's end."""
        return self.sender if self.direction == "inbound" else self.to

    @property
    def seconds(self) -> int:
        return int((self.ended - self.started).total_seconds()) if self.started and self.ended else 0

    def as_json(self) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        queued = int((self.departs - self.created).total_seconds() * 1000) if self.departs else 0
        return {
            "account_sid": self.account_sid,
            "annotation": None,
            "answered_by": self.answered_by,
            "api_version": API_VERSION,
            "caller_name": None,
            "date_created": format_datetime(self.created),
            "date_updated": format_datetime(self.updated),
            "direction": self.direction,
            "duration": str(self.seconds) if self.ended else None,
            "end_time": format_datetime(self.ended) if self.ended else None,
            "forwarded_from": None,
            "from": self.sender,
            "from_formatted": _spaced(self.sender),
            "group_sid": None,
            "parent_call_sid": self.parent or None,
            "phone_number_sid": None,
            "price": self.price,
            "price_unit": "USD",
            "queue_time": str(queued),
            "sid": self.sid,
            "start_time": format_datetime(self.started) if self.started else None,
            "status": self.status,
            "subresource_uris": {
                name: f"{uri}/{path}.json"
                for name, path in (
                    ("notifications", "Notifications"),
                    ("recordings", "Recordings"),
                    ("streams", "Streams"),
                    ("events", "Events"),
                )
            },
            "to": self.to,
            "to_formatted": _spaced(self.to),
            "trunk_sid": None,
            "uri": f"{uri}.json",
        }


def _spaced(number: str) -> str:
    """North American numbers as people write them; others as they are."""
    if number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def ordered_call(exchange: Exchange, form: MultiDict[str, str]) -> Call:
    """The call that a create request asks for, not dialled yet. Raises Refusal as Twilio would."""
    to, sender = form.get("To", ""), form.get("From", "")
    url, twiml = form.get("Url", ""), form.get("Twiml", "")
    if not to:
        raise Refusal(21201)
    if not sender:
        raise Refusal(21213)
    if to.startswith(MAGIC) and to[-1] in MAGIC_TO:
        raise Refusal(MAGIC_TO[to[-1]], to)
    if not is_number(to):
        raise Refusal(21217, to)
    if not to.startswith(exchange.regions):
        raise Refusal(21215, to)
    if sender not in exchange.senders and sender != MAGIC + "6":
        raise Refusal(21210, sender)
    if not url and not twiml:
        raise Refusal(21205)
    if len(twiml) > 4000:
        raise Refusal(21205, "Twiml is longer than 4000 characters.")
    now = exchange.now()
    # The client sends one parameter for each event; some send them in one, with spaces.
    events = {event for value in form.getlist("StatusCallbackEvent") for event in value.split()}
    if events - EVENTS:
        raise Refusal(20001, f"StatusCallbackEvent={sorted(events - EVENTS)}")
    return Call(
        sid=exchange.sid("CA"),
        account_sid=exchange.account_sid,
        direction="outbound-api",
        sender=sender,
        to=to,
        status="queued",
        created=now,
        updated=now,
        url=url,
        method=form.get("Method", "POST").upper(),
        fallback=form.get("FallbackUrl", ""),
        twiml="" if url else twiml,
        timeout=whole(form, "Timeout", 1, 600, 60),
        time_limit=whole(form, "TimeLimit", 1, 86400, 14400),
        callback=form.get("StatusCallback", ""),
        events=frozenset(events) or frozenset({"completed"}),
        # Digits sent on answering switch detection off.
        detection=None if form.get("SendDigits") else Detection.ordered(form),
    )
