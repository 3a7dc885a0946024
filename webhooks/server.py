"""The web server of a single machine: waitress, in the same process as the clock."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from waitress import create_server

THREADS = 8
_LARGEST = 32 * 1024 * 1024  # bytes; waitress keeps a whole request before anybody looks at it


class Server:
    """An app on an address, listening from the start; `port` 0 takes a free one."""

    def __init__(self, app: Flask, host: str, port: int, proxies: int = 0) -> None:
        """`proxies` stand before it (FOLLOWUP_PROXIES). Raises OSError with a sentence for a taken port."""
        try:
            self._server = create_server(
                app,
                host=host,
                port=port,
                threads=THREADS,
                ident=None,
                max_request_body_size=_LARGEST,
                # With proxies, the app takes as many hops off these headers as there are proxies.
                clear_untrusted_proxy_headers=proxies == 0,
            )
        except OSError:
            raise OSError(f"Port {port} on {host} is taken; choose another with --port.") from None
        self.port: int = self._server.effective_port

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Serve from a thread while the block runs; requests under way are finished first."""
        thread = threading.Thread(target=self._server.run, name="web", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.close()
            thread.join(timeout=10)


@contextmanager
def until_stopped() -> Iterator[None]:
    """Wait at the end of the block for SIGTERM or Ctrl-C."""
    done = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: done.set())
    yield
    done.wait()
