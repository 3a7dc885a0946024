"""A busy day played once for the tests that only look at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from followup.store import open_store
from tests.clinic_day import ClinicDay
from tests.console.busy_day import busy_day


@pytest.fixture(scope="module")
def busy(_migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClinicDay]:
    """The busy day at 13:40 on Tuesday, on SQLite. Read it, do not change it."""
    path = tmp_path_factory.mktemp("busy") / "followup.db"
    shutil.copy(_migrated_file, path)
    store = open_store(f"sqlite:///{path}")
    day = ClinicDay(store)
    busy_day(day)
    yield day
    day.close()
    store.close()


@pytest.fixture
def quick(_migrated_file: Path, tmp_path: Path) -> Iterator[ClinicDay]:
    """A clinic day on SQLite alone, for what no engine does differently."""
    path = tmp_path / "followup.db"
    shutil.copy(_migrated_file, path)
    store = open_store(f"sqlite:///{path}")
    clinic_day = ClinicDay(store)
    yield clinic_day
    clinic_day.close()
    store.close()
