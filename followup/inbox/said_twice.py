"""The same words twice: the answer to a question that left twice, or the answer to the next one?

A question whose first copy was in doubt is sent again, and sometimes both copies arrive. Who answers each
of them writes "1", "1", and by then the second "1" is heard as the answer to the next question: a lowest
pain of 1 becomes one hour of relief. Nobody can tell which was meant, so the open question is put again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, exists, or_, select

from followup.inbox.heard import Heard
from followup.protocol import Course, listening
from followup.store.models import Answer, Inbound, Outbound

# Both copies are answered in one sitting; later than this, the words were chosen for the open question.
_ONE_SITTING = timedelta(minutes=15)


def said_twice(heard: Heard, course: Course) -> bool:
    """Whether a text only repeats the answer before it, and that answer's question may have come twice.

    Asked back once and no more: the answer has to be the very last thing that was heard.
    """
    check_in, previous = heard.check_in, listening(course)[1]
    if check_in is None or check_in.heard_at is None or not course.question or not previous:
        return False
    if heard.inbound.channel != "sms" or heard.signs or heard.now - check_in.heard_at > _ONE_SITTING:
        return False
    left_twice = or_(col(Outbound.attempts) > 1, col(Outbound.dedupe).endswith(":again"))
    later = aliased(Inbound)
    since = exists().where(
        col(later.check_in_id) == check_in.id,
        col(later.id) > col(Inbound.id),
        col(later.id) < heard.inbound.id,
    )
    before = heard.session.exec(
        select(Inbound)
        .join(Answer, col(Answer.inbound_id) == col(Inbound.id))
        .join(
            Outbound,
            and_(col(Outbound.check_in_id) == Answer.check_in_id, col(Outbound.question) == Answer.question),
        )
        .where(
            Answer.check_in_id == check_in.id,
            Answer.question == previous,
            Inbound.channel == "sms",
            ~since,
            left_twice,
        )
        .limit(1)
    ).first()
    return before is not None and _plain(before.body) == _plain(heard.inbound.body)


def _plain(body: str) -> str:
    return " ".join(body.lower().split()).rstrip(".!")
