"""What the network says became of a text of ours.

Here, because two rooms learn of it: the carrier's receipt tells us, and the sweep asks when none came.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from followup.checkin.reactions import react
from followup.store.models import CheckIn, Outbound

# Receipts carry no sequence number and no time, so only rank orders them: a state never moves back.
_RANK = {"": 0, "queued": 1, "sent": 2, "undelivered": 3, "failed": 3, "canceled": 3, "delivered": 4}
# Words of the carrier's that mean the same to us.
_SAME = {"accepted": "queued", "scheduled": "queued", "sending": "queued", "read": "delivered"}
_FAILED = ("undelivered", "failed")
_LAST_WORD = _RANK["failed"]


def text_told(session: Session, row: Outbound, status: str, error: str, now: datetime) -> None:
    """Move a text's row to `status` (the carrier's word), never back; a failure has its consequences."""
    status = _SAME.get(status, status)
    if _RANK.get(status, 0) <= _RANK.get(row.delivery, 0):
        return
    row.delivery, row.changed_at = status, now
    if _RANK[status] >= _LAST_WORD:
        row.deadline = None  # nothing is left to ask
    if status in _FAILED:
        row.error = error
        if not _answered_since(session, row):
            react(session, row, int(error) if error.isdecimal() else 0, now)
        if row.delivery in _FAILED and row.reason == "":
            row.reason = "The network could not deliver it."


def _answered_since(session: Session, row: Outbound) -> bool:
    """Whether the patient has replied since: then the text did arrive, whatever the network says."""
    if row.check_in_id is None:
        return False
    check_in = session.get_one(CheckIn, row.check_in_id)
    return row.error != "21610" and check_in.turn != row.turn
