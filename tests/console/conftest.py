"""The console's front door, once a test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from argon2 import PasswordHasher

from followup.console import passwords
from followup.store import Store
from tests.console.front_door import FrontDoor


@pytest.fixture
def house(store: Store, now: datetime) -> Iterator[FrontDoor]:
    front_door = FrontDoor(store, now)
    yield front_door
    front_door.close()


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost next to nothing: the real ones took most of the time of these tests.

    `@pytest.mark.usefixtures("real_hashes")` keeps the real ones.
    """
    if "real_hashes" not in request.fixturenames:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
        passwords.nobodys_hash.cache_clear()


@pytest.fixture
def real_hashes() -> None:
    passwords.nobodys_hash.cache_clear()
