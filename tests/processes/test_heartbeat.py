"""The ping to somebody outside, heard by a real server: it comes while rounds go well, and only then."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy.exc import OperationalError

from scheduler.metronome import start
from tests.clinic_day import ClinicDay


class Watch:
    """Somebody outside who notes each ping."""

    def __init__(self) -> None:
        heard = self.heard = threading.Semaphore(0)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                heard.release()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/ping"


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    watch.server.shutdown()
    watch.server.server_close()
    watch.thread.join()


def test_a_living_clock_pings(day: ClinicDay, watch: Watch) -> None:
    settings = dataclasses.replace(day.settings, heartbeat_url=watch.url, tick_seconds=0.05)
    clock = start(settings, day.store, day.post, day.clock, beat_seconds=0.1)
    assert watch.heard.acquire(timeout=10)
    assert watch.heard.acquire(timeout=10), "and again"
    clock.shutdown(wait=True)


def test_a_clock_whose_rounds_fail_falls_silent(
    day: ClinicDay, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Semaphore(0)

    def gone() -> Iterator[None]:
        tried.release()
        raise OperationalError("connect", {}, Exception("away"))

    monkeypatch.setattr(day.store, "write", gone)
    settings = dataclasses.replace(day.settings, heartbeat_url=watch.url, tick_seconds=0.05)
    clock = start(settings, day.store, day.post, day.clock, beat_seconds=0.05)
    assert all(tried.acquire(timeout=10) for _ in range(8)), "eight rounds, and time for as many pings"
    clock.shutdown(wait=True)
    monkeypatch.undo()
    assert not watch.heard.acquire(blocking=False)
