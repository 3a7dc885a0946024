"""Write down what came of sends, and set going what follows from them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, update
from sqlmodel import Session, col

from followup.checkin.codes import code
from followup.checkin.departure import GONE, Gone, cost, departed
from followup.checkin.reactions import react, react_for_sender
from followup.outreach.outcome import Accepted, Later, Outcome, Refused, Unsure
from followup.store.models import Outbound

FIRST_LOOK = timedelta(minutes=2)  # a message needs a moment to appear in the carrier's list
_MAIL_DAY = timedelta(hours=24)  # greylisting and a mail server's bad night pass within it


def settle_taken(session: Session, taken: Sequence[tuple[int, Accepted]], owner: str, now: datetime) -> int:
    """Move rows that the carrier took from `sending` to `sent`, all together; returns how many.

    Those that are not ours any more are left alone: a lease ran out and the sweep has the row, or a receipt
    overtook us. In order of their ids, as every one locks them who locks several.
    """
    sids = {row_id: outcome.sid for row_id, outcome in taken}
    rows = session.execute(
        sqlalchemy.select(*(getattr(Outbound, field) for field in GONE))
        .where(col(Outbound.id).in_(sids), col(Outbound.state) == "sending", col(Outbound.owner) == owner)
        .order_by(col(Outbound.id))
        .with_for_update()
    )
    gone = [Gone(*row) for row in rows]
    if not gone:
        return 0
    session.connection().execute(
        _TAKEN,
        [
            {"row": one.id, "its_sid": sids[one.id], "at": now}
            | {f"its_{name}": value for name, value in cost(one, now).items()}
            for one in gone
        ],
    )
    departed(session, gone, now)
    return len(gone)


_TAKEN = (
    update(Outbound.__table__)  # type: ignore[attr-defined]
    .where(col(Outbound.id) == bindparam("row"), col(Outbound.state) == "sending")
    .values(
        state="sent", sid=bindparam("its_sid"), reason="",
        sent_at=bindparam("at"), changed_at=bindparam("at"),
        segments=bindparam("its_segments"), deadline=bindparam("its_deadline"),
    )
)  # fmt: skip


def settle(session: Session, outbound_id: int, owner: str, outcome: Outcome, now: datetime) -> bool:
    """Move a row from `sending` to what came of it; False when it was no longer ours to settle.

    It is not ours when our lease ran out and the sweep took it, or when a receipt overtook us.
    """
    if isinstance(outcome, Accepted):
        return settle_taken(session, [(outbound_id, outcome)], owner, now) == 1
    if isinstance(outcome, Refused) and code(outcome.code).after_minutes:
        # A refusal that passes: the same row waits. A second row beside it would be a second text.
        outcome = Later(outcome.code, code(outcome.code).after_minutes * 60)
    values = _values(outcome, now)
    changed = session.execute(
        update(Outbound)
        .where(
            col(Outbound.id) == outbound_id, col(Outbound.state) == "sending", col(Outbound.owner) == owner
        )
        .values(**values, changed_at=now)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        return False
    row = session.get_one(Outbound, outbound_id, populate_existing=True)
    if isinstance(outcome, Refused):
        react(session, row, outcome.code, now)
    elif isinstance(outcome, Later) and row.channel == "email" and now - row.created_at > _MAIL_DAY:
        row.state, row.reason = "refused", "The mail server would not take it."
    elif isinstance(outcome, Later) and outcome.code:
        react_for_sender(session, row, code(outcome.code), now)
    return True


def _values(outcome: Refused | Later | Unsure, now: datetime) -> dict[str, Any]:
    match outcome:
        case Refused():
            return {"state": "refused", "error": str(outcome.code), "deadline": None}
        case Later():
            # Spread the second tries, or everything comes back in the same second.
            wait = timedelta(seconds=outcome.seconds * random.uniform(1, 1.5))  # noqa: S311
            return {
                "state": "planned",
                "due_at": now + wait,
                "owner": "",
                "deadline": None,
                "attempts": col(Outbound.attempts) - 1,  # nothing can have left: it was no try
                "reason": code(outcome.code).words if outcome.code else "The carrier did not answer.",
            }
        case Unsure():
            return {
                "state": "unsure",
                "deadline": now + FIRST_LOOK,
                "reason": f"not known to have left: {outcome.why}",
            }
