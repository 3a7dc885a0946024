"""The patients who write back while the others are still being texted: most a score, some STOP.

What a web answers them with is delivered, and a receipt for it comes as the carrier's would: without one the
answer would be in doubt, looked for at the carrier, and sent again.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator

from bench.inbound import PUBLIC, TOKEN, requests_of

STOPS = 5  # every fifth of those who write back


class Patients(threading.Thread):
    """Answers what `heard` brings, (their phone, the number that texted them), through either web in turn."""

    def __init__(self, heard: Any, ports: list[int]) -> None:
        super().__init__(daemon=True)
        self._heard, self._ports = heard, ports
        self.answers: Counter[int] = Counter()  # by status
        self.stopped: dict[str, float] = {}  # phone -> when STOP was answered, machine's seconds
        self.slowest = 0.0  # seconds

    def run(self) -> None:
        asked: set[str] = set()
        while (told := self._heard.get()) is not None:
            phone, sender = told
            if phone not in asked:  # who has stopped, or answered, says no more
                asked.add(phone)
                self._write(phone, sender, len(asked))

    def end(self) -> None:
        self._heard.put(None)
        self.join()

    def _write(self, phone: str, sender: str, number: int) -> None:
        words = "STOP" if number % STOPS == 0 else "7"
        (post,) = requests_of([phone], words, f"m{number}x", [sender])
        head, _, body = post.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        line = http.client.HTTPConnection("127.0.0.1", self._ports[number % 2], timeout=60)
        began = time.monotonic()
        line.request("POST", "/twilio/sms", body, headers)
        answer = line.getresponse()
        twiml = answer.read()
        self.answers[answer.status] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)
        for place, message in enumerate(ElementTree.fromstring(twiml).iter("Message")):
            _receive(line, message.get("action", ""), f"SMa{number:06d}{place:025d}")
        line.close()
        if words == "STOP":
            self.stopped[phone] = time.monotonic()


def _receive(line: http.client.HTTPConnection, callback: str, sid: str) -> None:
    """The carrier tells that a text given as an answer arrived."""
    if not callback:
        return
    form = {"MessageSid": sid, "MessageStatus": "delivered", "AccountSid": "AC" + "0" * 32}
    to = urlsplit(callback)
    address = f"{to.path}?{to.query}"
    headers = {
        "X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(PUBLIC + address, form),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    line.request("POST", address, urlencode(form), headers)
    told = line.getresponse()
    told.read()
    if told.status != 204:
        raise RuntimeError(f"a receipt was answered with {told.status}")
