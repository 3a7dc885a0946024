"""The journey of an outbound text: queued, paced, sent, delivered or not, and told about.

Receipts are the unreliable part, so all their faults live here: dropped, doubled, late, out of order,
before the create request was even answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from .exchange import API_VERSION, Exchange, Sender
from .messages import QUEUE_LIMIT, Message, ordered
from .refusals import Refusal
from .scripts import LINE_ERRORS

QUEUE_FULL, EXPIRED, OPTED_OUT, UNKNOWN = 30001, 30036, 21610, 30008
HANDSET_FAULTS = {"unreachable": 30003, "filtered": 30007, "unknown_error": UNKNOWN}


class Texts:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.all: dict[str, Message] = {}  # by sid, oldest first
        self.on_arrival: Callable[[Message], None] = lambda message: None  # the recipient reads it
        self._known: dict[tuple[str, str], str] = {}  # (service, recipient) -> the number they know
        self._nth: dict[str, int] = {}  # texts so far to a number: makes each delay reproducible by itself

    def create(self, form: Mapping[str, str], fault: str = "") -> Message:
        """A message ordered through the API. Raises Refusal. `fault` is noted beside the creation."""
        exchange = self.exchange
        with exchange.lock:
            message = ordered(exchange, form)
            if message.sender and self._wait(exchange.senders.get(message.sender)) > QUEUE_LIMIT:
                raise Refusal(21611, message.sender)
            self.keep(message, fault)
            if message.send_at:
                message.status = "scheduled"
                exchange.agenda.at(message.send_at, partial(self._scheduled, message))
            else:
                self.queue(message, told=bool(message.service and not form.get("From")))
        if exchange.faults.strikes("receipt_before_response"):
            self._depart(message, at_once=True)
        return message

    def keep(self, message: Message, fault: str = "") -> None:
        self.all[message.sid] = message
        self.exchange.log.note(
            "create",
            sid=message.sid,
            direction=message.direction,
            to=message.to,
            sender=message.sender or message.service,
            body=message.body,
            callback=message.callback,
            validity=message.validity,
            fault=fault,
        )

    def queue(self, message: Message, *, told: bool = False) -> None:
        """Take a place in the sender's queue; `told` when `queued` is a change (it is not where it is the
        first state)."""
        exchange = self.exchange
        sender = self._pick(message)
        message.route = sender.number if sender else message.sender
        wait = self._wait(sender)
        if wait > QUEUE_LIMIT:
            exchange.after(0, partial(self._change, message, "failed", QUEUE_FULL))
        elif wait.total_seconds() > message.validity:
            exchange.after(message.validity, partial(self._change, message, "failed", EXPIRED))
        else:
            departs = exchange.now() + wait
            if sender:
                sender.free_at = departs + timedelta(seconds=message.segments / sender.mps)
            if told:
                exchange.after(0, partial(self._change, message, "queued"))
            exchange.agenda.at(departs, partial(self._depart, message))

    def cancel(self, message: Message) -> None:
        if message.status != "scheduled":
            raise Refusal(30409)
        self._change(message, "canceled")

    def _pick(self, message: Message) -> Sender | None:
        """The sender whose queue it joins: the one it names, or one of the service's.

        A service keeps to the number a recipient knows (sticky sender), and takes the one that is free first
        for a new recipient.
        """
        exchange = self.exchange
        if not message.sender:
            pool = [exchange.senders[number] for number in exchange.services[message.service].numbers]
            free_first = min(pool, key=lambda sender: max(sender.free_at, exchange.now()))
            return exchange.senders[self._known.setdefault((message.service, message.to), free_first.number)]
        return exchange.senders.get(message.sender)

    def _wait(self, sender: Sender | None) -> timedelta:
        now = self.exchange.now()
        return max(sender.free_at, now) - now if sender else timedelta()

    def _scheduled(self, message: Message) -> None:
        with self.exchange.lock:
            if message.status == "scheduled":
                self.queue(message, told=True)

    def _depart(self, message: Message, at_once: bool = False) -> None:
        exchange = self.exchange
        with exchange.lock:
            if message.final or message.sent:
                return
            message.sender = message.route
            if exchange.optouts.blocked(exchange.optout_key(message.sender), message.to):
                # With a messaging service, and for TwiML replies, the block is found only now.
                self._change(message, "failed", OPTED_OUT)
                return
            nth = self._nth[message.to] = self._nth.get(message.to, 0) + 1
            dice = exchange.random("text", message.to, nth)
            message.sent = exchange.now()
            message.price = f"-{exchange.ledger.text_out(message.segments):.5f}"
            exchange.after(dice.randint(1, 4), partial(self._arrive, message))
        self._change(message, "sent", at_once=at_once)

    def _arrive(self, message: Message) -> None:
        """At the handset, or at what stands in its place."""
        exchange = self.exchange
        phone = exchange.phone(message.to)
        error = LINE_ERRORS.get(phone.line, 0)
        if not error and (struck := exchange.faults.strikes(*HANDSET_FAULTS)):
            error = HANDSET_FAULTS[struck]
        if error:
            exchange.ledger.text_failed()
            self._change(message, "undelivered", error)
            return
        with exchange.lock:
            phone.show("clinic", message.body, exchange.now(), message.sender)
        exchange.log.note("arrive", sid=message.sid, to=message.to, body=message.body)
        if exchange.faults.strikes("no_receipt"):
            return
        if message.segments > 1 and exchange.faults.strikes("contradiction"):
            # Parts are confirmed one by one: the first verdict is about a part.
            self._change(message, "undelivered", UNKNOWN)
            exchange.after(2, partial(self._change, message, "delivered"))
        else:
            self._change(message, "delivered")
        self.on_arrival(message)

    def _change(self, message: Message, status: str, error: int | None = None, at_once: bool = False) -> None:
        exchange = self.exchange
        with exchange.lock:
            message.status, message.updated, message.error = status, exchange.now(), error
        exchange.log.note("status", sid=message.sid, to=message.to, status=status, error=error)
        if message.callback:
            self._tell(message, status, error, at_once)

    def _tell(self, message: Message, status: str, error: int | None, at_once: bool) -> None:
        """Promise the receipt, with whatever becomes of it on the way."""
        exchange, faults = self.exchange, self.exchange.faults
        receipt = partial(self._post_receipt, message, status, error)
        if at_once:
            receipt()
            return
        if faults.strikes("receipt_drop"):
            return
        delay = 0.0
        if faults.strikes("receipt_reorder"):
            delay = 15.0
        elif faults.strikes("receipt_late"):
            delay = 3 * 3600.0
        exchange.after(delay, receipt)
        if faults.strikes("receipt_duplicate"):
            exchange.after(delay + 1, receipt)

    def _post_receipt(self, message: Message, status: str, error: int | None) -> None:
        params = [
            ("MessageSid", message.sid),
            ("SmsSid", message.sid),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("AccountSid", message.account_sid),
            ("From", message.sender),
            ("To", message.to),
            ("ApiVersion", API_VERSION),
        ]
        if message.service:
            params.append(("MessagingServiceSid", message.service))
        if error:
            params.append(("ErrorCode", str(error)))
        if status in ("delivered", "undelivered"):
            params.append(("RawDlrDoneDate", self.exchange.now().strftime("%y%m%d%H%M")))
        answer = self.exchange.webhooks.post(message.callback, params)
        self.exchange.log.note(
            "receipt", sid=message.sid, status=status, error=error, http=answer.status, lost=not answer.ok
        )
