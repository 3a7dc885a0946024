"""Carrying out a call's TwiML, verb by verb, in the time it would take.

Nothing here blocks: each verb that lasts leaves a promise on the agenda. A promise carries the call's epoch;
a key, a new document or a hang-up starts a new epoch, and what was promised before is void.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Protocol

from .calls import Call, Said
from .exchange import API_VERSION, Exchange
from .gather import Gather, Next, seconds
from .twiml import Document, Verb, parse, read

MOST_FETCHES = 200  # a document that redirects to itself must end some time
TROUBLE = "We are sorry, an application error has occurred. Goodbye."
_ids = count(1)


def speech_seconds(words: str) -> float:
    """How long a plain, slow voice takes: about 150 words a minute."""
    return 0.5 + 0.4 * len(words.split())


class Line(Protocol):
    """The parts of a call that are not TwiML: see voice.py."""

    def end(self, call: Call, status: str = "completed") -> None: ...

    def hear(self, call: Call, words: str, seconds: float) -> None: ...

    def dial(self, call: Call, verb: Verb, done: Callable[[str, str, int], None]) -> None: ...


class Interpreter:
    def __init__(self, exchange: Exchange, line: Line) -> None:
        self.exchange, self.line = exchange, line

    def begin(self, call: Call, document: Document) -> None:
        """Carry out `document` from its first verb, whatever was under way."""
        for code in document.errors:
            self.exchange.log.note("alert", code=code, url=document.url, sid=call.sid)
        call.epoch += 1
        call.document, call.position, call.gather = document, 0, None
        if document.errors and not document.verbs:
            self._say(call, TROUBLE, "en-US", partial(self.line.end, call))
        else:
            self._step(call)

    def inline(self, call: Call, twiml: str) -> None:
        self.begin(call, parse(twiml, "call"))

    def fetch(
        self, call: Call, url: str, more: list[tuple[str, str]] | None = None, method: str = "POST"
    ) -> None:
        """Ask the product what to do next, and do it; the lock is not held while it thinks."""
        with self.exchange.lock:
            if call.final:
                return
            call.epoch += 1
            call.gather = None
            call.fetches += 1
            epoch = call.epoch
            params = [*self.params(call), *(more or [])]
        if call.fetches > MOST_FETCHES:
            self.line.end(call, "failed")
            return
        pair = (call.sender, call.to)
        hooks = self.exchange.webhooks
        answer = hooks.post(url, params, method=method or "POST", fallback=call.fallback, pair=pair)
        document = read(answer, "call")
        if document.errors and not document.verbs and answer.ok and call.fallback:
            reasons = [("ErrorCode", str(document.errors[0])), ("ErrorUrl", answer.url)]
            document = read(hooks.post(call.fallback, [*params, *reasons], pair=pair), "call")
        with self.exchange.lock:
            if not call.final and call.epoch == epoch:
                if call.status == "ringing" and not self._taken(call, document):
                    return
                self.begin(call, document)

    def _taken(self, call: Call, document: Document) -> bool:
        """Whether an incoming call is answered: a `<Reject>` first leaves it unanswered, and unbilled."""
        first = document.verbs[0] if document.verbs else None
        if first and first.name == "Reject":
            self.line.end(call, "busy" if first.get("reason") == "busy" else "no-answer")
            return False
        call.status, call.started = "in-progress", self.exchange.now()
        return True

    def params(self, call: Call) -> list[tuple[str, str]]:
        params = [
            ("Called", call.to),
            ("ToState", "DC"),
            ("CallerCountry", "US"),
            ("Direction", call.direction),
            ("CallerState", "DC"),
            ("CallSid", call.sid),
            ("To", call.to),
            ("ToCountry", "US"),
            ("AccountSid", call.account_sid),
            ("ApiVersion", API_VERSION),
            ("CallStatus", call.status),
            ("From", call.sender),
            ("Caller", call.sender),
            ("FromCity", ""),
        ]
        if call.answered_by:
            params.append(("AnsweredBy", call.answered_by))
        if call.parent:
            params.append(("ParentCallSid", call.parent))
        return params

    def later(self, call: Call, seconds: float, action: Callable[[], None]) -> None:
        """Promise `action` for this epoch of the call."""
        epoch = call.epoch

        def if_still_so() -> None:
            with self.exchange.lock:
                still = not call.final and call.epoch == epoch
            if still:
                action()

        self.exchange.after(seconds, if_still_so)

    def _step(self, call: Call) -> None:
        """The next verb; after the last one the call ends."""
        with self.exchange.lock:
            if call.final:
                return
            if call.position >= len(call.document.verbs):
                self.line.end(call)
                return
            verb = call.document.verbs[call.position]
            call.position += 1
            self._verb(call, verb, partial(self._step, call))

    def _verb(self, call: Call, verb: Verb, then: Callable[[], None]) -> None:
        if verb.name == "Say":
            self._say(call, _looped(verb), verb.get("language", "en-US"), then)
        elif verb.name == "Play":
            self._say(call, "(a recording)", "en-US", then)
        elif verb.name == "Pause":
            self.later(call, seconds(verb.get("length"), 1.0), then)
        elif verb.name == "Gather":
            call.gather = Gather.of(verb)
            self._prompt(call, call.gather, list(verb.children))
        elif verb.name == "Redirect":
            url = call.document.resolve(verb.text)
            self.exchange.after(0, partial(self.fetch, call, url, method=verb.get("method", "POST")))
        elif verb.name == "Dial":
            self.line.dial(call, verb, partial(self._dialled, call, verb))
        else:  # Hangup; a Reject of a call that was answered can only hang up too
            self.line.end(call)

    def _say(self, call: Call, words: str, language: str, then: Callable[[], None]) -> None:
        lasts = speech_seconds(words)
        call.said.append(Said(next(_ids), words, language))
        self.exchange.log.note("said", sid=call.sid, to=call.phone, words=words, language=language)
        self.line.hear(call, words, lasts)
        self.later(call, lasts, then)

    def _prompt(self, call: Call, gather: Gather, left: list[Verb]) -> None:
        """The verbs inside a Gather one after the other, then the wait for a key."""
        with self.exchange.lock:
            if left:
                self._verb(call, left[0], partial(self._prompt, call, gather, left[1:]))
            else:
                self.later(call, gather.timeout, partial(self._silence, call, gather))

    def key(self, call: Call, key: str) -> None:
        """A key of the phone, which cuts a prompt short; outside a Gather it goes nowhere."""
        with self.exchange.lock:
            gather = call.gather if not call.final else None
            self.exchange.log.note("key", sid=call.sid, key=key, heard=gather is not None)
            if gather is None or not gather.takes_keys:
                return
            call.epoch += 1
            self._after_input(call, gather, gather.key(key), gather.timeout)

    def words(self, call: Call, words: str) -> None:
        """Words said into the phone; they count where a Gather listens for speech."""
        with self.exchange.lock:
            gather = call.gather if not call.final else None
            heard = gather is not None and gather.words(words)
            self.exchange.log.note("speech", sid=call.sid, words=words, heard=heard)
            if gather is not None and heard:
                call.epoch += 1
                self._after_input(call, gather, "wait", gather.speech_timeout)

    def _silence(self, call: Call, gather: Gather) -> None:
        with self.exchange.lock:
            self._after_input(call, gather, gather.silence(), 0)

    def _after_input(self, call: Call, gather: Gather, what: Next, timeout: float) -> None:
        if what == "wait":
            self.later(call, timeout, partial(self._silence, call, gather))
        elif what == "nothing":
            call.gather = None
            self._step(call)
        else:
            call.gather = None
            blank = self.exchange.random("blank", call.sid).random() < 0.5
            # No action: the document itself is asked again, which is how such calls go round in circles.
            url = call.document.resolve(gather.verb.get("action"))
            fetch = partial(self.fetch, call, url, gather.result(blank), gather.verb.get("method", "POST"))
            self.exchange.after(0, fetch)

    def _dialled(self, call: Call, verb: Verb, sid: str, status: str, seconds: int) -> None:
        """The other end of a `<Dial>` is done: on to its action, or to the next verb."""
        if not verb.get("action"):
            self._step(call)
            return
        url = call.document.resolve(verb.get("action"))
        more = [
            ("DialCallSid", sid),
            ("DialCallStatus", status),
            ("DialCallDuration", str(seconds)),
        ]
        self.fetch(call, url, more, verb.get("method", "POST"))


def _looped(verb: Verb) -> str:
    """The words, as often as `loop` says; 0 is "for ever", here three times."""
    loop = verb.get("loop", "1")
    times = int(loop) if loop.isdigit() else 1
    return " ".join([verb.text] * min(times or 3, 3))
