"""A clinic on the test's own database, and the digest of its Tuesday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlmodel import select

from followup.digest.build import build
from followup.digest.model import Digest
from followup.store import Store
from followup.store.models import Clinic

from .clinic_day import DAY, NOW, add_clinic


@pytest.fixture
def clinic(store: Store) -> Clinic:
    with store.write() as session:
        return add_clinic(session)


@pytest.fixture
def digest(store: Store) -> Callable[..., Digest]:
    """Build the digest of a day, Tuesday 10 March 2026 at 16:30 in New York unless said otherwise."""

    def made(day: date = DAY, now: datetime = NOW) -> Digest:
        with store.read() as session:
            return build(session, session.exec(select(Clinic)).one(), day, now)

    return made
