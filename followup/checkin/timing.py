"""When a patient may be contacted. Pure: every moment is an aware argument, zones are `zoneinfo`.

Local rules are turned into UTC moments here and nowhere else; the clock compares UTC only. A local time
that does not exist (spring) moves forward, one that exists twice (autumn) is the first.

The zone is the roster's, else the clinic's, never the area code's: people keep numbers when they move.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_FURTHEST = 60  # days; a clinic closed longer than that has its window set wrong


@dataclass(frozen=True)
class ContactHours:
    """When one patient may be contacted unprompted, in that patient's zone."""

    zone: ZoneInfo
    opens: time
    closes: time
    days: frozenset[int]  # Monday = 0
    country: str = ""  # whose holidays are kept, "" for none

    def allows(self, moment: datetime) -> bool:
        """Whether a contact may leave at `moment`."""
        local = moment.astimezone(self.zone)
        return (
            self._is_open_day(local.date()) and self.opens <= local.time().replace(tzinfo=None) < self.closes
        )

    def next_allowed(self, moment: datetime) -> datetime:
        """`moment` itself when it is allowed, else the next opening, in UTC."""
        if self.allows(moment):
            return moment.astimezone(UTC)
        day = moment.astimezone(self.zone).date()
        for _ in range(_FURTHEST):
            opening = local_moment(day, self.opens, self.zone)
            if self._is_open_day(day) and opening >= moment:
                return opening
            day += timedelta(days=1)
        raise ValueError("no day within two months is open for contacts; check hours.days")

    def closing_after(self, moment: datetime) -> datetime:
        """The end of the window that `moment` lies in, in UTC: nothing may leave the carrier later."""
        return local_moment(moment.astimezone(self.zone).date(), self.closes, self.zone)

    def _is_open_day(self, day: date) -> bool:
        return day.weekday() in self.days and day not in _holidays(self.country)


@lru_cache(maxsize=4096)  # a thousand clinics open at the same few times, and the clock asks for each
def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local day and time of day as a UTC moment."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=16)
def _holidays(country: str) -> Container[date]:
    if not country:
        return frozenset()
    import holidays  # 0.1 s to import, and only the clock needs it

    try:
        calendar: Container[date] = holidays.country_holidays(country)
    except NotImplementedError:
        return frozenset()  # an unknown country must not stop the clock of every clinic
    return calendar
