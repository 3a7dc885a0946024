"""APScheduler as a metronome: it knows when to tick and nothing of what is owed.

UTC intervals only: local cron jobs skip a day after spring-forward and fire twice in autumn. One instance
at a time, missed ticks folded into one, and no limit on lateness, since a late tick must never be dropped.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import requests
from apscheduler.schedulers.background import BackgroundScheduler

from followup.config import Settings
from followup.inbox.spool import Spool
from followup.outreach.send import Post
from followup.store import Store
from scheduler.rounds import one_round

log = logging.getLogger(__name__)


def start(
    settings: Settings,
    store: Store,
    post: Post,
    clock: Callable[[], datetime],
    beat_seconds: float = 60,
) -> BackgroundScheduler:
    """Start ticking in the background; `shutdown(wait=True)` on the result finishes the round in hand."""
    owner = f"{socket.gethostname()}:{os.getpid()}"
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )

    spool = Spool(settings.spool_folder)
    went_well = threading.Event()

    def tick() -> None:
        if one_round(store, post, owner, clock, spool):
            went_well.clear()
        else:
            went_well.set()

    scheduler.add_job(
        tick, "interval", seconds=settings.tick_seconds, id="round", next_run_time=datetime.now(UTC)
    )
    if settings.heartbeat_url:
        scheduler.add_job(
            _beat, "interval", seconds=beat_seconds, args=[settings.heartbeat_url, went_well], id="heartbeat"
        )
    scheduler.start()
    return scheduler


def _beat(url: str, went_well: threading.Event) -> None:
    """Tell somebody outside that the clock lives: nobody notices a dead one from inside.

    Silent while rounds fail: a clock that ticks and sends nothing is as dead as one that stands.
    """
    if not went_well.is_set():
        return
    try:
        requests.get(url, timeout=10)
    except requests.RequestException as problem:
        log.warning("the heartbeat could not be sent: %s", type(problem).__name__)
