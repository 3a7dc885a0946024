"""Who is on duty now. Pure; a promise of a call is only made while this names somebody."""

from __future__ import annotations

from datetime import datetime

from followup.clinic import ClinicFile, Person


def on_duty(file: ClinicFile, now: datetime) -> list[Person]:
    """The on-call people whose hours include `now` (clinic-local), in the order they are paged."""
    local = now.astimezone(file.zone)
    return [person for person in file.on_call.people if _covers(person, local)]


def _covers(person: Person, local: datetime) -> bool:
    span = person.on_duty_span()
    if span is None:
        return True
    days, (first, last) = span
    at = local.time().replace(tzinfo=None)
    if first <= last:
        return local.weekday() in days and first <= at < last
    # "22:00-06:00": after midnight the shift belongs to the day before.
    return (local.weekday() in days and at >= first) or ((local.weekday() - 1) % 7 in days and at < last)
