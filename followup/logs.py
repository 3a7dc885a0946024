"""Logs: one line per change of state, our ids and last four digits only; as text, or as JSON for a collector.

Everything goes through structlog's formatter, ours and the libraries' alike, so that one place can see to it
that no exception's words get into a line: a ValueError repeats what a patient wrote, and a traceback the line
it stood in. What is left of one is its kind and where it was raised.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

#: These write whole addresses at debug level, and a list of messages is asked for by number; Alembic would
#: put two lines before the sentence that says why something does not start.
_CHATTY = ("urllib3", "twilio", "apscheduler", "alembic", "sqlalchemy", "mail", "asyncio")


def set_up_logs(level: int = logging.INFO, shape: str = "text") -> None:
    """Send every log line of this process to stderr. May be called again, for other settings."""
    said: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    last: Processor = structlog.processors.JSONRenderer() if shape == "json" else _as_line
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=said,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    for old in [h for h in root.handlers if getattr(h, "of_followup", False)]:
        root.removeHandler(old)
    handler.of_followup = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def _without_words(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """An exception by its kind and the lines it went through; never what it says."""
    record = event.get("_record")
    found = event.pop("exc_info", None) or (record.exc_info if record else None)
    if record is not None:
        record.exc_info, record.exc_text, record.stack_info = None, None, None
    event.pop("stack_info", None)
    if found is True:
        found = sys.exc_info()
    if found and found[0] is not None:
        event["exception"] = found[0].__name__
        event["raised_at"] = " < ".join(
            f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}"
            for frame in reversed(traceback.extract_tb(found[2])[-5:])
        )
    return event


def _as_line(_logger: Any, _method: str, event: EventDict) -> str:
    first = [str(event.pop(name, "")) for name in ("timestamp", "level", "logger", "event")]
    first[1] = first[1].upper()
    return " ".join([*first, *(f"{name}={value}" for name, value in sorted(event.items()))])
