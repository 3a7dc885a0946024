"""Hear what was spooled while the database was away, in order, before anything new."""

from __future__ import annotations

from followup.inbox.receipts import receive_receipt
from followup.inbox.receive import receive_text
from followup.inbox.spool import Spool
from followup.store import Store


def replay(store: Store, spool: Spool, public_url: str) -> int:
    """Give every waiting request to its receiver with the time it came at; returns how many there were.

    The answer of a replayed text can no longer be given to the carrier: its rows are looked up by the sweep
    like any answer without a receipt, and the open question goes by REST.
    """
    heard = 0
    for kind, form, at in spool.take():
        if kind == "text":
            receive_text(store, form, public_url, at)
        elif kind == "receipt":
            named = form.pop("o", "")
            receive_receipt(store, form, int(named) if named else None, at)
        heard += 1
    return heard
