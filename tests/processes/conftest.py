"""A clinic whose product runs in processes of its own, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .house import House, house_on


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    with house_on(tmp_path, database_url) as made:
        yield made
