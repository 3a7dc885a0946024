"""How a call of ours went on and ended, in words for staff.

Here, because two rooms learn of it: the carrier's callback tells us, and the sweep asks when none came.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from followup.checkin.reactions import never_rang
from followup.store.models import Call, CheckIn, Outbound

# A call only goes forward, so its states order the callbacks as well as the carrier's sequence numbers do,
# and hold for what we ask ourselves too.
_RANK = {"queued": 1, "initiated": 1, "ringing": 2, "in-progress": 3}
ENDS = ("completed", "busy", "no-answer", "failed", "canceled")
_NEVER_RANG = ("failed", "canceled")
_WORDS = {
    "busy": "The line was busy.",
    "no-answer": "Nobody picked up.",
    "failed": "The call could not be put through.",
    "canceled": "The call was cancelled.",
}


def progressed(session: Session, row: Outbound, status: str, seconds: int, now: datetime) -> None:
    """Move a call's row to `status`, never back; `seconds` is how long it lasted. A first end counts."""
    if row.delivery in ENDS:
        row.deadline = None
        return
    row.changed_at = now
    if status not in ENDS:
        if _RANK.get(status, 0) > _RANK.get(row.delivery, 0):
            row.delivery = "queued" if status == "initiated" else status
        return
    rang = row.delivery in ("ringing", "in-progress")
    row.delivery, row.seconds, row.deadline = status, seconds, None
    row.reason = _WORDS.get(status) or _how_it_went(session, row)
    if status in _NEVER_RANG and not rang:
        never_rang(session, row, now)


def _how_it_went(session: Session, row: Outbound) -> str:
    call = session.exec(select(Call).where(Call.sid == row.sid)).one_or_none()
    check_in = session.get(CheckIn, row.check_in_id) if row.check_in_id else None
    if call is None or check_in is None:
        return ""
    if call.confirmed:
        return "Hung up before the last question." if check_in.state == "open" else ""
    if not call.answered_by.startswith("machine"):
        return "Somebody picked up but did not say who they are."
    left = session.exec(
        select(Outbound.id).where(
            Outbound.sid == row.sid, Outbound.channel == "live", Outbound.state == "sent"
        )
    ).first()
    return "An answering machine; our name and number were left on it." if left else "An answering machine."
