"""The carrier's HTTP server, on loopback only.

Werkzeug's threaded server and not waitress, because faults reach down to the socket: a connection must be
reset after the answer was made, or the port closed for a while.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from .carrier import Carrier

LOOPBACK = "127.0.0.1"
HOSTS = frozenset({"127.0.0.1", "localhost"})
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"


def create_app(carrier: Carrier) -> Flask:
    """The WSGI app: the REST API under /2010-04-01, the phones at /, their API under /simulator/api."""
    from . import pages, rest

    app = Flask(__name__)
    app.extensions["carrier"] = carrier
    app.before_request(_only_here)
    app.after_request(_guarded)
    rest.install(app)
    app.register_blueprint(pages.blueprint)
    return app


def _only_here() -> None:
    """Refuse a page elsewhere that has its own name point at this machine (DNS rebinding)."""
    if request.host.rsplit(":", 1)[0] not in HOSTS:
        abort(403, "the simulated carrier answers to 127.0.0.1 only")


def _guarded(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


class _Handler(WSGIRequestHandler):
    # One request a connection: a port that refuses must not be got round by a kept connection.
    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: addresses of requests hold ids that no log needs."""


class _Faulty:
    """Carries out, below Flask, the faults a view asked for in its environment."""

    def __init__(self, app: Flask, carrier: Carrier) -> None:
        self._app, self._carrier = app, carrier

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        from .rest import HANG, RESET

        answer = self._app(environ, start)
        if environ.get(HANG):
            time.sleep(self._carrier.faults.hang_seconds)
        if environ.get(HANG) or environ.get(RESET):
            _reset(environ["werkzeug.socket"])
            raise ConnectionResetError
        return answer


def _reset(connection: socket.socket) -> None:
    """End the connection with a TCP reset: lingering for zero seconds, closed below the server's buffers."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


class Listener:
    """The server on a port, and its pauses."""

    def __init__(self, carrier: Carrier, port: int) -> None:
        self._app = _Faulty(create_app(carrier), carrier)
        self._lock = threading.Lock()
        self._closed = False
        self._timer: threading.Timer | None = None
        self._server: BaseWSGIServer | None = None
        self._open(port)

    @property
    def port(self) -> int:
        return self._port

    def _open(self, port: int) -> None:
        # Our own socket, since Werkzeug ends the process when a port is taken; this raises OSError instead.
        with socket.socket() as bound:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((LOOPBACK, port))
            bound.listen(128)
            server = make_server(
                LOOPBACK, port, self._app, threaded=True, request_handler=_Handler, fd=bound.fileno()
            )
        server.daemon_threads = True  # type: ignore[attr-defined]
        self._port = int(server.socket.getsockname()[1])
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.01,), name="carrier-http", daemon=True).start()

    def refuse_for(self, seconds: float) -> None:
        with self._lock:
            if self._closed or self._server is None:
                return
            self._shut()
            self._timer = threading.Timer(seconds, self._reopen)
            self._timer.daemon = True
            self._timer.start()

    def _reopen(self) -> None:
        with self._lock:
            if not self._closed:
                self._open(self._port)

    def _shut(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.socket.close()  # not server_close(): that waits for requests still hanging
            self._server = None

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._timer:
                self._timer.cancel()
            self._shut()
