"""How long webhooks take, as this process sees it: the carrier gives up on one after fifteen seconds.

Of one process, labelled with it: a sum over all of them is the monitor's business, and no process can die
holding a lock on another's counters.
"""

from __future__ import annotations

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram

_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)  # seconds


class Latency:
    """Times every request below /twilio/ by its route, whatever it is answered with."""

    def __init__(self, app: Flask) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "followup_webhook_seconds", "How long a webhook took.", ("route", "status", "process"),
            buckets=_BOUNDS, registry=self.registry,
        )  # fmt: skip
        app.before_request_funcs.setdefault(None, []).insert(0, self._begin)
        app.after_request(self._end)

    def _begin(self) -> None:
        g.begun = time.perf_counter()

    def _end(self, response: Response) -> Response:
        if request.path.startswith("/twilio/") and "begun" in g:
            # The route and not the path: a stranger's guesses must not become labels.
            route = request.url_rule.rule if request.url_rule else "none"
            labels = (route, f"{response.status_code // 100}xx", str(os.getpid()))
            self._seconds.labels(*labels).observe(time.perf_counter() - g.begun)
        return response
