"""Status callbacks of calls: numbered, and as unreliable as those of texts."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from functools import partial

from .calls import Call
from .exchange import Exchange

SIP = {"completed": "200", "busy": "486", "no-answer": "487", "failed": "404", "canceled": "487"}


class CallReceipts:
    def __init__(self, exchange: Exchange, params: Callable[[Call], list[tuple[str, str]]]) -> None:
        self.exchange, self.params = exchange, params

    def tell(self, call: Call, event: str, status: str) -> None:
        """Promise the status callback of an event, with whatever becomes of it on the way."""
        if not call.callback or event not in call.events:
            return
        exchange, faults = self.exchange, self.exchange.faults
        params = [*self.params(call), *self._progress(call)]
        params = [(name, status if name == "CallStatus" else value) for name, value in params]
        call.sequence += 1
        if faults.strikes("call_receipt_drop"):
            return
        post = partial(self._post, call, status, params)
        delay = 20.0 if faults.strikes("call_receipt_reorder") else 0.0
        exchange.after(delay, post)
        if faults.strikes("call_receipt_duplicate"):
            exchange.after(delay + 1, post)

    def _progress(self, call: Call) -> list[tuple[str, str]]:
        more = [
            ("Timestamp", format_datetime(self.exchange.now())),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(call.sequence)),
        ]
        if call.final:
            minutes = -(-call.seconds // 60)
            more += [("CallDuration", str(call.seconds)), ("Duration", str(minutes))]
            more.append(("SipResponseCode", SIP[call.status]))
        return more

    def _post(self, call: Call, status: str, params: list[tuple[str, str]]) -> None:
        answer = self.exchange.webhooks.post(call.callback, params)
        self.exchange.log.note(
            "call_receipt", sid=call.sid, status=status, http=answer.status, lost=not answer.ok
        )
