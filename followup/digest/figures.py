"""The figures of a day and of its weeks in words: answered, costs, trend, the week's sum.

Beside `words`, which speaks of patients: here is nothing that belongs to one of them.
"""

from __future__ import annotations

from decimal import Decimal

from followup.digest.model import Cost, Digest
from followup.digest.words import COUNTED, day_words
from followup.tongue import _, ngettext


def day_numbers(digest: Digest) -> str:
    """'answered 12 of 15 asked · 71 segments · 0 calls · USD 0.74, 0.06 per completed follow-up'."""
    answered = _("answered {answered} of {asked} asked", answered=digest.answered, asked=digest.asked)
    return f"{answered} · {money(digest.cost)}"


def money(cost: Cost) -> str:
    """'71 segments · 0 calls · USD 0.74, 0.06 per completed follow-up'."""
    each = ""
    if cost.per_completed is not None:
        each = _(", {amount} per completed follow-up", amount=f"{cost.per_completed:.2f}")
    calls = ngettext("{num} call", "{num} calls", cost.calls)
    segments = _("{count} segments", count=cost.segments)
    return f"{segments} · {calls} · {cost.currency} {cost.amount:.2f}{each}"


def trend_title(digest: Digest) -> str:
    """'Trend, 4 weeks'."""
    count = len(digest.trend)
    return ngettext("Trend, {num} week", "Trend, {num} weeks", count) if count else _("Trend")


def trend(digest: Digest) -> str:
    """'answered 71 74 79 83 % · median reply 22 min · USD 0.06 per answered case · wrong numbers 2'."""
    if not digest.trend:
        return _("no earlier weeks yet")
    spent = sum((week.cost.amount for week in digest.trend), Decimal(0))
    answered = sum(week.cost.completed for week in digest.trend)
    shares = " ".join("–" if week.percent is None else str(week.percent) for week in digest.trend)
    parts = [_("answered {shares} %", shares=shares)]
    if digest.reply_minutes is not None:
        parts.append(_("median reply {wait}", wait=wait(digest.reply_minutes)))
    if answered:
        each = f"{digest.cost.currency} {spent / answered:.2f}"
        parts.append(_("{amount} per answered case", amount=each))
    parts.append(_("wrong numbers {count}", count=sum(week.wrong_numbers for week in digest.trend)))
    return " · ".join(parts)


def wait(minutes: int) -> str:
    """'22 min', '3 h 5 min'."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def week_sum(digest: Digest, *, titled: bool = False) -> str:
    """'week to Tue 10 Mar: 112 = 1 urgent + …; by day 20 18 25 0 0 24 25'."""
    week = digest.week
    parts = " + ".join(f"{week.buckets[b]} {_(words)}" for b, words in COUNTED.items() if week.buckets[b])
    by_day = " ".join(str(count) for count in week.by_day)
    said = {"count": week.procedures, "parts": parts or "0", "by_day": by_day}
    if titled:  # under a title that says "week" already
        return _("to {day}: {count} = {parts} · by day {by_day}", day=day_words(week.last), **said)
    return _("week to {day}: {count} = {parts} · by day {by_day}", day=day_words(week.last), **said)
