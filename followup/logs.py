"""Logs: one line per change of state, our ids and last four digits only."""

from __future__ import annotations

import logging
import sys


def set_up_logs(level: int = logging.INFO) -> None:
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # These write whole addresses at debug level, and a list of messages is asked for by number; Alembic
    # would put two lines before the sentence that says why something does not start.
    for chatty in ("urllib3", "twilio", "apscheduler", "alembic"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
