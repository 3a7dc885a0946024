"""What every test starts from: a database made by the migrations, keys, and a moment in time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from followup.store import Store, open_store, unlock
from followup.store.migrate import migrate
from tests.clinic_day import ClinicDay

KEY = bytes(range(32))


@pytest.fixture(scope="session", autouse=True)
def _keys() -> None:
    unlock([KEY])


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated database a session; each test gets a copy, which costs a file copy and no migration."""
    path = tmp_path_factory.mktemp("migrated") / "followup.db"
    store = open_store(f"sqlite:///{path}")
    migrate(store)
    store.close()
    return path


@pytest.fixture
def store(_migrated_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty database of the test's own."""
    path = tmp_path / "followup.db"
    shutil.copy(_migrated_file, path)
    store = open_store(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def now() -> datetime:
    """Monday 9 March 2026, 18:30 UTC: half past two in the afternoon in New York."""
    return datetime(2026, 3, 9, 18, 30, tzinfo=UTC)


@pytest.fixture
def day(store: Store) -> Iterator[ClinicDay]:
    """A clinic day on a simulated carrier, from Monday 9 March 2026, 14:00 in New York."""
    clinic_day = ClinicDay(store)
    yield clinic_day
    clinic_day.close()
