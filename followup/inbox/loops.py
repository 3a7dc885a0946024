"""Stop talking to machines: an auto-reply that answers our text would be answered again, and so on.

Counted from the rows of what we answered, so that nothing has to be kept in step with them.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, func, select

from followup.inbox.heard import Heard
from followup.inbox.replies import Reply
from followup.store import is_one_of
from followup.store.models import Answer, Outbound

_IN = timedelta(hours=12)
_ENOUGH = 5  # answers in a row to one number without one usable reply between them


def not_too_often(heard: Heard, replies: list[Reply]) -> list[Reply]:
    """The replies, or only safety texts once five answers in a row have brought nothing usable."""
    if not replies or _answered_in_a_row(heard) < _ENOUGH:
        return replies
    heard.task("loop", "We stopped answering this number: it may be a machine that answers every text.")
    return [reply for reply in replies if reply.step == "safety"]


def _answered_in_a_row(heard: Heard) -> int:
    since = heard.now - _IN
    answers = select(func.count()).where(
        is_one_of(Outbound.to_hash, "phone", heard.inbound.from_number),
        Outbound.channel == "answer",
        Outbound.step != "safety",
        col(Outbound.started_at) > since,
    )
    if heard.check_in is not None:
        heard.session.flush()
        usable = select(func.max(Answer.at)).where(Answer.check_in_id == heard.check_in.id)
        answers = answers.where(col(Outbound.started_at) > func.coalesce(usable.scalar_subquery(), since))
    return heard.session.exec(answers).one()
