"""Stop talking to machines: an auto-reply that answers our text would be answered again, and so on.

Counted from the rows of what we answered, so that nothing has to be kept in step with them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import case
from sqlmodel import col, func, select

from followup.inbox.heard import Heard
from followup.inbox.replies import Reply
from followup.store import is_one_of
from followup.store.models import Answer, Inbound, Outbound

_IN = timedelta(hours=12)
_ENOUGH = 5  # answers in a row to one number without one usable reply between them
_HOUR = timedelta(hours=1)
_AT_MOST = 40  # answers an hour to one number, however usable: four people's whole conversations on one phone


def not_too_often(heard: Heard, replies: list[Reply]) -> list[Reply]:
    """The replies, or only safety texts once five answers in a row have brought nothing usable.

    The same for a number that writes without end, usable or not. What it writes is kept, and scanned for
    warnings and opt-outs, all the same: only our answers stop.
    """
    if not replies:
        return replies
    in_a_row, this_hour = _answered(heard)
    if in_a_row < _ENOUGH and this_hour < _AT_MOST:
        return replies
    heard.task("loop", "We stopped answering this number: it may be a machine that answers every text.")
    return [reply for reply in replies if reply.step == "safety"]


def _answered(heard: Heard) -> tuple[int, int]:
    """How many answers this number got since its last usable reply, and how many in the last hour."""
    since: Any = heard.now - _IN
    heard.session.flush()
    if heard.check_in is not None:
        usable = select(func.max(Answer.at)).where(Answer.check_in_id == heard.check_in.id)
    else:
        # Nobody's text, on a phone of several: what one of them answered before was no machine's.
        usable = select(func.max(Inbound.received_at)).where(
            Inbound.clinic_id == heard.clinic.id,
            is_one_of(Inbound.from_hash, "phone", heard.inbound.from_number),
            Inbound.intent == "answer",
            col(Inbound.check_in_id).is_not(None),
            col(Inbound.received_at) > since,
        )
    since = func.coalesce(usable.scalar_subquery(), since)
    in_a_row, this_hour = heard.session.exec(
        select(
            func.sum(case((col(Outbound.started_at) > since, 1), else_=0)),
            func.sum(case((col(Outbound.started_at) > heard.now - _HOUR, 1), else_=0)),
        ).where(
            is_one_of(Outbound.to_hash, "phone", heard.inbound.from_number),
            Outbound.channel == "answer",
            Outbound.step != "safety",
            col(Outbound.started_at) > heard.now - _IN,
        )
    ).one()
    return in_a_row or 0, this_hour or 0
