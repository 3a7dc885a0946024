"""Hear what was spooled while the database was away, in order, before anything new.

Not part of the inbox: turns of calls wait in the same folder, and the room that hears them stands on it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from followup.checkin.tasks import open_task
from followup.inbox.receipts import receive_receipt
from followup.inbox.receive import receive_text
from followup.inbox.spool import Spool, is_away
from followup.store import Store
from followup.voice.progress import receive_status, receive_verdict
from followup.voice.receive import receive_turn

log = logging.getLogger(__name__)


def replay(store: Store, spool: Spool, public_url: str) -> int:
    """Give every waiting request to its receiver with the time it came at; returns how many there were.

    The answer of a replayed text can no longer be given to the carrier: its rows are looked up by the sweep
    like any answer without a receipt, and the open question goes by REST. A call has ended meanwhile; what
    was keyed is kept, and the next rung asks the rest.
    """
    heard = 0
    for path in spool.waiting():
        request = spool.open(path)
        if request is None:
            continue
        try:
            _hear(store, *request, public_url)
        except Exception as problem:
            if is_away(problem):
                raise  # everything waits on, in order
            log.error("a spooled %s request was set aside: %s", request[0], type(problem).__name__)
            spool.set_aside(path)
            _tell_staff(store, request[0], path.stem, request[2])
            continue
        spool.done(path)
        heard += 1
    return heard


def _tell_staff(store: Store, kind: str, name: str, at: datetime) -> None:
    """A receipt less changes nothing for a patient; words or keys that nobody read do."""
    if kind in ("text", "turn"):
        with store.write() as session:
            open_task(
                session,
                dedupe=f"spool:{name}"[:120],
                kind="unread",
                reason="A message came in that the program could not store. It is on disk; tell support.",
                now=at,
            )


def _hear(store: Store, kind: str, form: dict[str, str], at: datetime, public_url: str) -> None:
    outbound_id = _number(form.pop("o", ""))
    match kind:
        case "text":
            receive_text(store, form, public_url, at)
        case "receipt":
            receive_receipt(store, form, outbound_id, at)
        case "turn":
            receive_turn(store, form, outbound_id, _number(form.pop("t", "")) or 0, public_url, at)
        case "status":
            receive_status(store, form, outbound_id, at)
        case "verdict":
            receive_verdict(store, form, outbound_id, at)
        case _:
            raise ValueError("an unknown kind of request")


def _number(text: str) -> int | None:
    return int(text) if text else None
