"""The console's front door, once a test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from followup.store import Store
from tests.console.front_door import FrontDoor


@pytest.fixture
def house(store: Store, now: datetime) -> Iterator[FrontDoor]:
    front_door = FrontDoor(store, now)
    yield front_door
    front_door.close()
