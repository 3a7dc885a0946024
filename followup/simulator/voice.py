"""The life of a call around its TwiML: dialled, ringing, answered, told about, ended.

Which end is which: `call.phone` is the patient's number in either direction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from werkzeug.datastructures import MultiDict

from .call_receipts import CallReceipts
from .calls import FINAL, Call, ordered_call
from .exchange import LONG_AGO, Exchange
from .gather import seconds
from .interpreter import Interpreter
from .refusals import Refusal
from .scripts import Ring
from .tape import Tape
from .twiml import Verb

KEY_GAP = 0.6  # seconds between keys pressed one after the other
QUEUE_LIMIT = timedelta(hours=24)
NO_DETECTION_CALLBACK = 21262
IN_HAND = Ring("ring")  # a phone nobody's script answers: it rings until a hand takes it


class Calls:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.interpreter = Interpreter(exchange, self)
        self.receipts = CallReceipts(exchange, self.interpreter.params)
        self.all: dict[str, Call] = {}  # by sid, oldest first
        self.desks: dict[str, float] = {}  # numbers a <Dial> may reach, and for how many seconds they talk
        self._free_at: datetime = LONG_AGO

    def create(self, form: MultiDict[str, str], fault: str = "") -> Call:
        """A call ordered through the API; more than one a second wait their turn. Raises Refusal."""
        exchange = self.exchange
        with exchange.lock:
            call = ordered_call(exchange, form)
            departs = max(exchange.now(), self._free_at)
            if departs - exchange.now() > QUEUE_LIMIT:
                raise Refusal(22005)
            self._free_at = departs + timedelta(seconds=1 / exchange.calls_per_second)
            call.departs = departs
            self._keep(call, fault)
            if call.detection and not call.detection.waits and not call.detection.callback:
                exchange.log.note("alert", code=NO_DETECTION_CALLBACK, sid=call.sid)
            exchange.agenda.at(departs, partial(self._dial, call))
        return call

    def call_in(self, phone: str, to: str) -> Call:
        """A patient's phone calls one of our numbers. Raises ValueError when `to` is none of ours."""
        exchange = self.exchange
        sender = exchange.senders.get(to)
        if sender is None:
            raise ValueError(f"{to!r} is not a number of this account")
        with exchange.lock:
            if exchange.phone(phone).call:
                raise ValueError("this phone is in a call already: hang up first")
            now = exchange.now()
            call = Call(
                sid=exchange.sid("CA"),
                account_sid=exchange.account_sid,
                direction="inbound",
                sender=phone,
                to=to,
                status="ringing",
                created=now,
                updated=now,
                url=sender.voice_url,
                fallback=sender.voice_fallback,
                callback=sender.voice_status,
                ring=Ring("answer"),
            )
            self._keep(call)
            exchange.phone(phone).call = call.sid
            exchange.after(0, partial(self.interpreter.fetch, call, call.url))
            exchange.after(call.time_limit, partial(self.end, call))
        return call

    def _keep(self, call: Call, fault: str = "") -> None:
        self.all[call.sid] = call
        self.exchange.log.note(
            "call",
            sid=call.sid,
            direction=call.direction,
            to=call.to,
            sender=call.sender,
            url=call.url,
            callback=call.callback,
            fault=fault,
        )

    def _dial(self, call: Call) -> None:
        if call.final:
            return
        self.receipts.tell(call, "initiated", "initiated")
        self.exchange.after(1, partial(self._ring, call))

    def _ring(self, call: Call) -> None:
        exchange = self.exchange
        phone = exchange.phone(call.to)
        with exchange.lock:
            if call.final:
                return
            if phone.line == "inactive":
                self.end(call, "failed")
                return
            if phone.call:
                self.end(call, "busy")
                return
            phone.call = call.sid
            script = phone.acting
            call.ring = script.rings(exchange.now()) if script else IN_HAND
            self._status(call, "ringing")
            ring = call.ring
            if ring.outcome in ("answer", "machine") and ring.after < call.timeout:
                exchange.after(ring.after, partial(self.answer, call))
            elif ring.outcome in ("busy", "reject"):
                exchange.after(ring.after if ring.outcome == "reject" else 1, partial(self.end, call, "busy"))
            elif ring.outcome == "fail":
                exchange.after(1, partial(self.end, call, "failed"))
            exchange.after(call.timeout, partial(self._rung_out, call))
        self.receipts.tell(call, "ringing", "ringing")

    def _rung_out(self, call: Call) -> None:
        if call.status == "ringing":
            self.end(call, "no-answer")

    def answer(self, call: Call) -> None:
        """The phone is taken, by a person, a machine or a hand on the page."""
        exchange = self.exchange
        with exchange.lock:
            if call.status != "ringing" or call.direction == "inbound":
                return
            call.started = exchange.now()
            self._status(call, "in-progress")
            exchange.after(call.time_limit, partial(self.end, call))
            ring = call.ring or IN_HAND
            if ring.outcome == "machine":
                call.tape = Tape(exchange.now() + timedelta(seconds=ring.greeting))
            wrong = bool(call.detection and exchange.faults.strikes("wrong_verdict"))
            if call.detection:
                after, verdict = call.detection.verdict(ring, wrong)
                exchange.after(after, partial(self._verdict, call, verdict, after))
            if not (call.detection and call.detection.waits):
                exchange.after(0, partial(self._begin, call))
        self.receipts.tell(call, "answered", "in-progress")

    def _begin(self, call: Call) -> None:
        if call.url:
            self.interpreter.fetch(call, call.url, method=call.method)
        elif not call.final:
            self.interpreter.inline(call, call.twiml)

    def _verdict(self, call: Call, verdict: str, after: float) -> None:
        exchange, detection = self.exchange, call.detection
        if call.final or detection is None:
            return
        exchange.ledger.detection()
        call.answered_by = verdict
        exchange.log.note("verdict", sid=call.sid, to=call.to, answered_by=verdict)
        if detection.waits:
            self._begin(call)
        elif detection.callback:
            duration = ("MachineDetectionDuration", str(int(after * 1000)))
            params = [("CallSid", call.sid), ("AccountSid", call.account_sid), ("AnsweredBy", verdict)]
            exchange.webhooks.post(detection.callback, [*params, duration])  # TwiML in its answer is ignored

    def update(self, call: Call, form: MultiDict[str, str]) -> None:
        """Change a live call: other TwiML, or an end to it. Raises Refusal when it is over."""
        with self.exchange.lock:
            status = form.get("Status", "")
            waiting = call.status in ("queued", "ringing")
            if status == "canceled" and waiting:
                self.end(call, "canceled")
            elif status == "completed" and not call.final:
                self.end(call, "completed" if call.started else "canceled")
            elif status or call.status != "in-progress":
                raise Refusal(21220)
            elif form.get("Url"):
                call.epoch += 1  # the old document ends now, not when the new one arrives
                fetch = partial(self.interpreter.fetch, call, form["Url"], method=form.get("Method", "POST"))
                self.exchange.after(0, fetch)
            elif form.get("Twiml"):
                self.exchange.after(0, partial(self.interpreter.inline, call, form["Twiml"]))

    def hear(self, call: Call, words: str, lasts: float) -> None:
        """The words reach the far end: a machine records them once its greeting is over, a person acts."""
        exchange = self.exchange
        if call.tape:
            call.tape.speech(exchange.now(), words, lasts)
            return
        script = exchange.phone(call.phone).acting
        for delay, act in script.hears(words, lasts, exchange.now()) if script else ():
            exchange.after(delay, partial(self.act, call, act))

    def act(self, call: Call, act: str) -> None:
        """Something a person does in a call: keys, "say:words" or "hang up"."""
        if act == "hang up":
            self.hang_up(call)
        elif act.startswith("say:"):
            self.interpreter.words(call, act.removeprefix("say:").strip())
        else:
            for n, key in enumerate(act):
                self.exchange.after(n * KEY_GAP, partial(self.interpreter.key, call, key))

    def hang_up(self, call: Call) -> None:
        """The patient's end: ends a call, declines one that rings, gives up one not yet answered."""
        if call.started:
            self.end(call)
        else:
            self.end(call, "canceled" if call.direction == "inbound" else "busy")

    def dial(self, call: Call, verb: Verb, done: Callable[[str, str, int], None]) -> None:
        """`<Dial>`: ring the number it names; `done` is told the other leg's sid, outcome and seconds."""
        exchange = self.exchange
        nouns = [child.text for child in verb.children if child.name == "Number"]
        number = (nouns or [verb.text])[0]
        now = exchange.now()
        leg = Call(
            sid=exchange.sid("CA"),
            account_sid=call.account_sid,
            direction="outbound-dial",
            sender=verb.get("callerId", call.to if call.direction == "inbound" else call.sender),
            to=number,
            status="ringing",
            created=now,
            updated=now,
            parent=call.sid,
        )
        self._keep(leg)
        call.legs.append(leg)
        talk = self.desks.get(number)
        ringing = 4.0 if talk else seconds(verb.get("timeout"), 30.0)
        outcome = "completed" if talk else "no-answer"

        def over() -> None:
            if talk:
                leg.started = exchange.now() - timedelta(seconds=talk)
            self.end(leg, outcome)
            done(leg.sid, outcome, int(talk or 0))

        self.interpreter.later(call, ringing + (talk or 0), over)

    def end(self, call: Call, status: str = "completed") -> None:
        """The end of a call, once: bill it, free the phone, keep the voicemail, tell."""
        exchange = self.exchange
        with exchange.lock:
            if call.final:
                return
            assert status in FINAL
            call.epoch += 1
            call.gather = None
            call.ended = exchange.now()
            self._status(call, status)
            if call.started:
                call.price = f"-{exchange.ledger.call(call.seconds, inbound=call.direction == 'inbound'):.5f}"
            phone = exchange.phones.get(call.phone)
            if phone and phone.call == call.sid:
                phone.call = ""
                other = call.to if call.direction == "inbound" else call.sender
                if call.tape and (words := call.tape.stop(exchange.now())):
                    exchange.log.note("voicemail", sid=call.sid, to=call.phone, words=words)
                    phone.show("voicemail", words, exchange.now(), other)
                lasted = f", {call.seconds} s" if call.started else ""
                phone.show("note", f"Call {status}{lasted}", exchange.now(), other)
        for leg in call.legs:
            self.end(leg, "completed" if leg.started else "no-answer")
        self.receipts.tell(call, "completed", status)

    def _status(self, call: Call, status: str) -> None:
        call.status, call.updated = status, self.exchange.now()
        self.exchange.log.note("call_status", sid=call.sid, to=call.phone, status=status)
