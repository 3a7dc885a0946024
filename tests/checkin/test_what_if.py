"""How many of the last weeks' cases other bars would place otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from followup.assessment import Thresholds
from followup.checkin.clinics import clinic_file
from followup.checkin.what_if import Effect, effect
from followup.store.models import Clinic
from tests.clinic_day import ClinicDay

STANDARD = Thresholds()


@pytest.fixture
def answered(day: ClinicDay) -> ClinicDay:
    """Four patients: relief of 87.5, 62.5 and 25 percent, and one who never answers."""
    for number, best in ((1, "1"), (2, "3"), (3, "6")):
        day.person(day.patient(number), [best, "N", best, "6", "N", "Y"])
    day.patient(4)
    day.at("23:00")
    return day


def look(
    day: ClinicDay, bars: Thresholds, *, since: datetime | None = None, intent: str = "diagnostic"
) -> Effect:
    with day.store.read() as session:
        file = clinic_file(session.get_one(Clinic, 1))
        return effect(session, 1, file, bars, intent, since or day.clock() - timedelta(days=90))


def test_the_bars_in_force_move_nobody(answered: ClinicDay) -> None:
    assert look(answered, STANDARD) == Effect(4, {})


def test_a_lower_bar_says_who_would_be_placed_where(answered: ClinicDay) -> None:
    found = look(answered, STANDARD.model_copy(update={"repeat_percent": Decimal(60)}))
    assert found.cases == 4
    assert found.otherwise == 1
    ((before, after),) = found.moved
    assert (before, after) == ("provider_review", "candidate_repeat")


def test_only_the_days_asked_for_are_looked_at(answered: ClinicDay) -> None:
    assert look(answered, STANDARD, since=answered.clock()).cases == 0
