"""Values as people write them in a clinic file: times of day, weekdays, numbers, zones, spans.

Each raises ValueError with a sentence that says what was written and what to write instead.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated
from zoneinfo import available_timezones

import phonenumbers
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from followup.tongue import _

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def clock_time(value: object) -> time:
    """'07:30' → time; raises ValueError with a sentence."""
    if isinstance(value, time):
        return value
    # A clinic file stored as JSON comes back with seconds, "07:30:00".
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", str(value))
    if not match:
        raise ValueError(_("{value} is not a time of day; write it like 07:30", value=repr(value)))
    return time(int(match[1]), int(match[2]))


def weekdays(value: object) -> tuple[int, ...]:
    """'mon-fri' or 'mon,wed,fri' → weekday numbers, Monday = 0; raises ValueError with a sentence."""
    if isinstance(value, tuple | list):
        numbers = tuple(sorted({int(v) for v in value}))
        if not set(numbers) <= set(range(7)):
            raise ValueError(
                _("{value} names no days; write them like mon-fri or mon,wed,fri", value=repr(value))
            )
        return numbers
    days: list[int] = []
    for part in str(value).lower().replace(" ", "").split(","):
        first, _dash, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(
                _("{value} names no days; write them like mon-fri or mon,wed,fri", value=repr(value))
            )
        start, end = DAYS.index(first), DAYS.index(last or first)
        days += [d % 7 for d in range(start, end + 1 if end >= start else end + 8)]
    return tuple(sorted(set(days)))


def _e164(value: object) -> str:
    try:
        number = phonenumbers.parse(str(value), "US")
    except phonenumbers.NumberParseException:
        number = None
    possible = phonenumbers.ValidationResult.IS_POSSIBLE  # a local number without its area code is not
    if number is None or phonenumbers.is_possible_number_with_reason(number) != possible:
        raise ValueError(_("{value} is not a phone number; write it like +12025550123", value=repr(value)))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _zone(value: object) -> str:
    if value not in available_timezones():
        raise ValueError(_("{value} is not a time zone; write it like America/New_York", value=repr(value)))
    return str(value)


def _span(value: object) -> object:
    if isinstance(value, list | tuple) and len(value) == 2:
        first, last = clock_time(value[0]), clock_time(value[1])
        if first >= last:
            raise ValueError(
                _('{value} ends before it starts; write it like ["09:00", "19:00"]', value=repr(value))
            )
        return (first, last)
    raise ValueError(
        _('{value} is not a span of the day; write it like ["09:00", "19:00"]', value=repr(value))
    )


Clock = Annotated[time, BeforeValidator(clock_time)]
Days = Annotated[tuple[int, ...], BeforeValidator(weekdays)]
Phone = Annotated[str, BeforeValidator(_e164)]
Zone = Annotated[str, BeforeValidator(_zone)]
Span = Annotated[tuple[time, time], BeforeValidator(_span)]
Minutes = Annotated[float, Field(gt=0, le=7 * 24 * 60)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
