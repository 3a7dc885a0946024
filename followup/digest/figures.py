"""The figures of a day and of its weeks in words: answered, costs, trend, the week's sum.

Beside `words`, which speaks of patients: here is nothing that belongs to one of them.
"""

from __future__ import annotations

from decimal import Decimal

from followup.digest.model import Cost, Digest
from followup.digest.words import COUNTED, day_words


def day_numbers(digest: Digest) -> str:
    """'answered 12 of 15 asked · 71 segments · 0 calls · USD 0.74, 0.06 per completed follow-up'."""
    return f"answered {digest.answered} of {digest.asked} asked · {money(digest.cost)}"


def money(cost: Cost) -> str:
    """'71 segments · 0 calls · USD 0.74, 0.06 per completed follow-up'."""
    each = "" if cost.per_completed is None else f", {cost.per_completed:.2f} per completed follow-up"
    calls = f"{cost.calls} call{'' if cost.calls == 1 else 's'}"
    return f"{cost.segments} segments · {calls} · {cost.currency} {cost.amount:.2f}{each}"


def trend_title(digest: Digest) -> str:
    """'Trend, 4 weeks'."""
    count = len(digest.trend)
    return f"Trend, {count} week{'' if count == 1 else 's'}" if count else "Trend"


def trend(digest: Digest) -> str:
    """'answered 71 74 79 83 % · median reply 22 min · USD 0.06 per answered case · wrong numbers 2'."""
    if not digest.trend:
        return "no earlier weeks yet"
    spent = sum((week.cost.amount for week in digest.trend), Decimal(0))
    answered = sum(week.cost.completed for week in digest.trend)
    each = f" · {digest.cost.currency} {spent / answered:.2f} per answered case" if answered else ""
    return (
        f"answered {' '.join('–' if week.percent is None else str(week.percent) for week in digest.trend)} %"
        + ("" if digest.reply_minutes is None else f" · median reply {wait(digest.reply_minutes)}")
        + f"{each} · wrong numbers {sum(week.wrong_numbers for week in digest.trend)}"
    )


def wait(minutes: int) -> str:
    """'22 min', '3 h 5 min'."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def week_sum(digest: Digest) -> str:
    """'week to Tue 10 Mar: 112 = 1 urgent + …; by day 20 18 25 0 0 24 25'."""
    week = digest.week
    parts = " + ".join(f"{week.buckets[b]} {words}" for b, words in COUNTED.items() if week.buckets[b])
    by_day = " ".join(str(count) for count in week.by_day)
    return f"week to {day_words(week.last)}: {week.procedures} = {parts or '0'} · by day {by_day}"
