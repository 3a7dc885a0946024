"""A clinic that calls: the clinic day of the whole suite, with a number to call from and a front desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from followup.store import Store
from tests.clinic_day import CLINIC, ClinicDay

FRONT_DESK = "+12025550101"
CALLING = (
    CLINIC.replace("[intake]", f'front_desk_number = "{FRONT_DESK}"\n[intake]')
    + """
[calling]
from = "+12025550123"
"""
)


@pytest.fixture
def day(store: Store) -> Iterator[ClinicDay]:
    clinic_day = ClinicDay(store, clinic=CALLING)
    yield clinic_day
    clinic_day.close()
