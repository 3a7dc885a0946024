"""Stop talking to machines: an auto-reply that answers our text would be answered again, and so on."""

from __future__ import annotations

from followup.inbox.heard import Heard
from followup.inbox.replies import Reply

_ENOUGH = 5  # answers in a row to one number without one usable reply between them
_AT_MOST = 40  # answers an hour to one number, however usable: four people's whole conversations on one phone


def not_too_often(heard: Heard, replies: list[Reply], in_a_row: int, this_hour: int) -> list[Reply]:
    """The replies, or only safety texts once five answers in a row have brought nothing usable.

    The same for a number that writes without end, usable or not. What it writes is kept, and scanned for
    warnings and opt-outs, all the same: only our answers stop.
    """
    if not replies or ((heard.answered or in_a_row < _ENOUGH) and this_hour < _AT_MOST):
        return replies
    heard.task("loop", "We stopped answering this number: it may be a machine that answers every text.")
    return [reply for reply in replies if reply.step == "safety"]
