"""Signed inbound texts over sixteen keep-alive connections: the full path against a bare route."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import requests
from twilio.request_validator import RequestValidator

from followup.cli.processes import free_port

ROOT = Path(__file__).parents[1]
TOKEN, PUBLIC, OURS = "a-token", "https://followup.example", "+12025550123"
CONNECTIONS = 16


@dataclass(frozen=True)
class Speed:
    a_second: float
    p50: float  # milliseconds
    p99: float


def environment(url: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
        "PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "FOLLOWUP_KEYS": base64.urlsafe_b64encode(bytes(range(32))).decode(),
        "SECRET_KEY": "0123456789abcdef",
        "FOLLOWUP_SPOOL": "/dev/shm/followup-bench.spool",
    }


def requests_of(phones: list[str], words: str, mark: str, ours: list[str] | None = None) -> list[bytes]:
    """A signed request for each phone, ready to be written to a socket; `ours`: the number each wrote to."""
    validator, made = RequestValidator(TOKEN), []
    for number, phone in enumerate(phones):
        form = {
            "MessageSid": f"SM{mark}{number:0{32 - len(mark)}d}", "AccountSid": "AC" + "0" * 32,
            "From": phone, "To": ours[number] if ours else OURS, "Body": words,
            "NumMedia": "0", "NumSegments": "1",
        }  # fmt: skip
        signature = validator.compute_signature(f"{PUBLIC}/twilio/sms", form)
        body = urlencode(form)
        made.append(
            (
                f"POST /twilio/sms HTTP/1.1\r\nHost: bench\r\nX-Twilio-Signature: {signature}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )
    return made


@contextmanager
def server(app: str, url: str, workers: int, threads: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """gunicorn as the Procfile starts it, on a free port."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--no-control-socket", "-k", "gthread", "-w", str(workers),
        "--threads", str(threads), "--keep-alive", "30", "-b", f"127.0.0.1:{port}", app,
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=environment(url), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_ready(port, lambda: process.poll() is None)
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_ready(port: int, alive: Callable[[], bool]) -> None:
    """Until a web process that is `alive` can store a reply. Raises RuntimeError when it will not."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok:
                return
        except requests.RequestException:
            pass  # not listening yet
        if not alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.05)
    raise RuntimeError("the server never became ready")


def load(port: int, posts: list[bytes]) -> Speed:
    """All requests, each once, over the connections; every answer must be 200."""
    took: list[float] = []
    waiting, lock = iter(posts), threading.Lock()

    def one_connection() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                with lock:
                    post = next(waiting, None)
                if post is None:
                    return
                started = time.perf_counter()
                line.sendall(post)
                _read_answer(line)
                took.append(time.perf_counter() - started)

    threads = [threading.Thread(target=one_connection) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    if len(took) != len(posts):
        raise RuntimeError(f"{len(posts) - len(took)} of {len(posts)} requests were not answered")
    took.sort()
    return Speed(len(took) / elapsed, took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000)


def _read_answer(line: socket.socket) -> None:
    got = b""
    while b"\r\n\r\n" not in got:
        more = line.recv(65536)
        if not more:
            raise RuntimeError("the server closed the connection")
        got += more
    head, _, rest = got.partition(b"\r\n\r\n")
    if b" 200 " not in head[:20]:
        raise RuntimeError(head[:40].decode())
    length = next(
        int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length")
    )
    while len(rest) < length:
        rest += line.recv(65536)
