"""`GET /metrics` for Prometheus, behind a token: the web process tells whether the clock lives.

Without FOLLOWUP_METRICS_TOKEN the page does not exist. Read anew at each scrape, so that any of several web
processes gives the same answer; only how long webhooks take is the process's own, and says whose it is.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from followup.console.guard import watched_by
from followup.setup import Door
from followup.vitals import Vitals, vitals
from webhooks.latency import Latency

metrics = Blueprint("metrics", __name__)


@metrics.get("/metrics")
@watched_by("token")
def page() -> Response:
    """Everything in seconds since 1970 or counts; `followup_database_up` is 0 when nothing else is known."""
    door: Door = current_app.extensions["followup"]
    wanted = door.settings.metrics_token
    if not wanted:
        abort(404)
    if not hmac.compare_digest(
        request.headers.get("Authorization", "").encode(), f"Bearer {wanted}".encode()
    ):
        abort(401, "The token is missing or wrong.")
    registry = CollectorRegistry()
    registry.register(_Reading(door))
    latency: Latency = current_app.extensions["latency"]
    return Response(
        generate_latest(registry) + generate_latest(latency.registry), content_type=CONTENT_TYPE_LATEST
    )


class _Reading:
    def __init__(self, door: Door) -> None:
        self._door = door

    def collect(self) -> Iterator[Metric]:
        yield _gauge("spooled_requests", "Requests on disk, waiting for the database.",
                     len(self._door.spool.waiting()))  # fmt: skip
        try:
            with self._door.store.read() as session:
                found = vitals(session, self._door.clock())
        except Exception:  # an unreachable database is what the reader of this page must hear of
            yield _gauge("database_up", "Whether the database answers.", 0)
            return
        yield _gauge("database_up", "Whether the database answers.", 1)
        yield from _told(found, self._door.clock())


def _told(found: Vitals, now: datetime) -> Iterator[Metric]:
    late = (now - found.oldest_due).total_seconds() if found.oldest_due else 0.0
    yield _gauge("oldest_due_seconds", "How late the oldest waiting message is.", max(late, 0.0))
    yield _gauge("due", "Messages that should have left by now.", found.due)
    yield _gauge("claimed", "Messages in the hands of a worker.", found.claimed)
    yield _gauge("senders_waiting", "Senders that have caught up with their pace.", found.out_of_breath)
    yield _moment("last_tick", "When the clock last went round.", found.last_tick)
    yield _moment("last_backup", "When a backup was last made.", found.last_backup)
    yield _moment("last_digest", "When a digest was last mailed.", found.last_digest)
    yield _gauge(
        "digest_seconds", "What the slowest of the newest digests took to make.", found.digest_seconds
    )
    yield _moment("last_comparison", "When a day was last compared with the carrier.", found.last_comparison)
    yield _gauge("in_doubt", "Messages claimed, or not known to have left.", found.in_doubt)
    yield _gauge("alerts_unacknowledged", "Warning signs nobody has taken.", found.unacknowledged)
    yield _gauge("tasks_open", "Things a person must look at.", found.open_tasks)
    sent = GaugeMetricFamily(
        "followup_sent_24h", "What left in the last 24 hours, and how it ended.",
        labels=("channel", "state", "code"),
    )  # fmt: skip
    for labels, count in sorted(found.sent.items()):
        sent.add_metric(labels, count)
    yield sent


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"followup_{name}", what, value=value)


def _moment(name: str, what: str, at: datetime | None) -> Metric:
    return _gauge(f"{name}_timestamp_seconds", f"{what} 0 = never.", at.timestamp() if at else 0.0)
