"""What is to be done about a row, by whom, and until when: three short lines beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from followup.console import wording
from followup.console.language import clock_words, day_words
from followup.desk.acts import tries
from followup.desk.worklist import Row


@dataclass(frozen=True)
class NextStep:
    """`late`: it should have been done on an earlier day."""

    action: str
    owner: str
    due: str
    late: bool = False


def next_step(row: Row, zone: ZoneInfo, today: date) -> NextStep:
    """The next step of a row on the clinic's day `today`."""

    def at(moment: datetime) -> str:
        return clock_words(moment, zone, today)

    if row.group == "urgent":
        return _urgent(row, at)
    provider = row.entry.provider if row.entry and row.entry.provider else _("provider")
    desk = _("front desk")
    due, late = _due(row, today)
    if row.group == "rest":
        if row.standing.again_at is not None:
            return NextStep(_("Phone again"), desk, at(row.standing.again_at))
        following = row.entry.next_at if row.entry else None
        return NextStep(
            _("Wait for an answer"),
            _("by itself"),
            _("next at %(at)s", at=at(following)) if following else "",
        )
    if row.group == "worse":
        return NextStep(_("Review today; ask the warning signs again"), provider, due, late)
    if row.group == "decide":
        what = wording.DISPOSITIONS.get(row.entry.disposition, "") if row.entry else ""
        return NextStep(_("Sign: %(what)s", what=what), provider, due, late)
    if row.group == "review":
        if row.entry is not None and row.entry.bucket == "provider_review":
            return NextStep(_("Review and decide"), provider, due, late)
        if row.entry is not None and row.entry.reason == "unclear":
            return NextStep(_("Phone and ask"), desk, due, late)
        return NextStep(_("Read it"), desk, due, late)
    count = tries(row.standing.acts)
    return NextStep(_("Phone"), desk, f"{due}, {wording.tried(count)}" if count else due, late)


def to_phone(row: Row) -> bool:
    """Whether the next step is a call: then its outcomes stand in the row."""
    if row.group in ("urgent", "worse", "call"):
        return row.check_in_id is not None
    return row.group == "review" and row.entry is not None and row.entry.bucket != "provider_review"


def _urgent(row: Row, at: Callable[[datetime], str]) -> NextStep:
    alert = row.standing.alert
    seen = row.entry.alert if row.entry else None
    taken_at = alert.acknowledged_at if alert else None
    if taken_at is not None:
        by = seen.acknowledged_by.partition("@")[0] if seen else ""
        return NextStep(_("Deal with it, then resolve"), by, _("taken %(at)s", at=at(taken_at)))
    return NextStep(_("Call now"), _("whoever reads this"), _("now"), late=True)


def _due(row: Row, today: date) -> tuple[str, bool]:
    since = row.entry.due_on if row.entry else None
    if since is not None and since < today:
        return _("since %(day)s", day=day_words(since)), True
    return _("today"), False
