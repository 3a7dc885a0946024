"""A product as small as can be: it checks signatures with Twilio's own validator and keeps what it hears.

Everything between it and the carrier is real HTTP, as between any product and Twilio.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, request
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from werkzeug.serving import WSGIRequestHandler, make_server

from followup.simulator import Carrier

SID, TOKEN = "AC" + "0" * 32, "a-token-for-tests"
PUBLIC = "https://clinic.example"
CLINIC, PATIENT = "+12025550123", "+12025550145"
START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


class Clock:
    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Heard:
    path: str
    form: dict[str, str]
    headers: dict[str, str]
    signed: bool
    query: str = ""
    method: str = "POST"
    raw: Any = None


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None: ...


@dataclass
class Product:
    """`answers[path]` is TwiML, a Response, or a function of the form; other paths answer `<Response/>`."""

    heard: list[Heard] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def on(self, path: str) -> list[Heard]:
        return [heard for heard in self.heard if heard.path == path]

    def statuses(self, path: str = "/status") -> list[str]:
        return [heard.form["MessageStatus"] for heard in self.on(path)]

    def app(self) -> Flask:
        app = Flask("product")
        validator = RequestValidator(TOKEN)

        @app.route("/<path:path>", methods=["GET", "POST"])
        def hear(path: str) -> Response:
            query = request.query_string.decode("latin-1")
            url = PUBLIC + request.path + (f"?{query}" if query else "")
            signature = request.headers.get("X-Twilio-Signature", "")
            signed = validator.validate(url, request.form if request.method == "POST" else {}, signature)
            self.heard.append(
                Heard(
                    "/" + path,
                    request.form.to_dict(),
                    dict(request.headers),
                    signed,
                    query,
                    request.method,
                    request.form.to_dict(flat=False),
                )
            )
            answer = self.answers.get("/" + path, "<Response/>")
            if callable(answer) and not isinstance(answer, Response):
                answer = answer(request.form)
            if isinstance(answer, str):
                answer = Response(answer, mimetype="text/xml")
            return answer

        return app


@dataclass
class Bench:
    carrier: Carrier
    product: Product
    clock: Clock
    client: Client
    port: int

    def run(self, seconds: float = 60.0) -> None:
        """Let the virtual clock run, stopping at each moment something is due."""
        end = self.clock() + timedelta(seconds=seconds)
        self.carrier.run_due()
        while (due := self.carrier.next_due()) and due <= end:
            self.clock.time = max(due, self.clock())
            self.carrier.run_due()
        self.clock.time = end

    def send(self, body: str = "Hello", to: str = PATIENT, **more: Any) -> Any:
        more.setdefault("from_", CLINIC)
        more.setdefault("status_callback", f"{PUBLIC}/status?o=41")
        return self.client.messages.create(to=to, body=body, **more)

    def kinds(self, *kinds: str) -> list[Any]:
        return self.carrier.log.of(*kinds)


def serve(app: Flask) -> tuple[str, Callable[[], None]]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        thread.join()
        server.server_close()

    return f"http://127.0.0.1:{server.server_port}", stop


def client_for(port: int, token: str = TOKEN, timeout: float = 5.0) -> Client:
    http = TwilioHttpClient(timeout=timeout)
    assert http.session is not None
    http.session.trust_env = False
    client = Client(SID, token, http_client=http)
    client.api.base_url = f"http://127.0.0.1:{port}"
    return client
