"""The patients who write back while the others are still being texted: most a score, some STOP."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from typing import Any

from bench.inbound import requests_of

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
        self.answers[line.getresponse().status] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)
        line.close()
        if words == "STOP":
            self.stopped[phone] = time.monotonic()
