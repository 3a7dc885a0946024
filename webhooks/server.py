"""The web server of a single machine: waitress, in the same process as the clock."""

from __future__ import annotations

import signal
import socket
from types import FrameType

from flask import Flask
from waitress import create_server

THREADS = 8


def serve_until_stopped(app: Flask, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises OSError with a sentence when the port is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise OSError(f"Port {port} on {host} is taken; choose another with --port.") from None
    server = create_server(app, host=host, port=port, threads=THREADS)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        server.run()
    finally:
        server.close()
