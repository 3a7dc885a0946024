"""Seven days at a time: how many answered, how soon, at what cost. Pure.

Weeks end on the day before the digest, so that each is whole: a calendar week would be judged on its
Monday by the three patients who had answered by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import dropwhile
from statistics import median

from followup.digest.model import Cost
from followup.digest.period import FollowUp, Period

_WEEK = timedelta(days=7)
# The number was somebody else's, or nobody's.
_WRONG = ("wrong_person", "undeliverable")


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of check-ins, by the day they were due; `first` and `last` included."""

    first: date
    last: date
    asked: int
    answered: int
    median_minutes: int | None  # from the first contact to the first answer
    wrong_numbers: int
    cost: Cost

    @property
    def percent(self) -> int | None:
        """Of those asked, in whole percent rounded down; None when nobody was asked."""
        return 100 * self.answered // self.asked if self.asked else None


def weeks(period: Period, count: int) -> tuple[Week, ...]:
    """The last `count` weeks of a period, oldest first, from the first in which somebody was asked."""
    made = (_week(period, period.last - back * _WEEK) for back in range(count - 1, -1, -1))
    return tuple(dropwhile(lambda week: not week.asked, made))


def first_day(last: date, count: int) -> date:
    """The first day of the `count` weeks that end on `last`."""
    return last - count * _WEEK + timedelta(days=1)


def minutes_to_reply(follow_ups: Iterable[FollowUp]) -> int | None:
    """The median over everybody who answered, in whole minutes; None when nobody did."""
    waits = [
        max((f.answered_at - f.asked_at).total_seconds(), 0) / 60
        for f in follow_ups
        if f.answered and f.asked_at is not None and f.answered_at is not None
    ]
    return int(median(waits)) if waits else None


def _week(period: Period, last: date) -> Week:
    first = first_day(last, 1)
    due = [f for f in period.follow_ups if first <= f.due_on <= last]
    asked = [f for f in due if f.asked_at is not None]
    return Week(
        first=first,
        last=last,
        asked=len(asked),
        answered=sum(f.answered for f in asked),
        median_minutes=minutes_to_reply(asked),
        wrong_numbers=sum(f.outcome in _WRONG for f in due),
        cost=period.cost(first, last),
    )
