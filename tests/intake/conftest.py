"""A clinic in a migrated database, and a short way to import a roster into it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from followup.intake import ImportResult, import_roster, set_clinic
from followup.store import Store

HARBOR = """
[clinic]
code = "harbor"
name = "Harbor Spine Clinic"
spoken_name = "Harbor Clinic"
timezone = "America/New_York"
callback_number = "+12025550100"
[texting]
from = "+12025550150"
"""

Import = Callable[..., ImportResult]


@pytest.fixture
def harbor(store: Store, now: datetime) -> str:
    """The code of a clinic in New York whose patients are asked at ten, and only with consent."""
    with store.write() as session:
        set_clinic(session, HARBOR, now)
    return "harbor"


@pytest.fixture
def take(store: Store, harbor: str, now: datetime) -> Import:
    """Import a roster, at `now` or later: take(text) or take(bytes, at=..., dry_run=True)."""

    def _take(roster: str | bytes, at: datetime = now, **options: object) -> ImportResult:
        data = roster.encode() if isinstance(roster, str) else roster
        return import_roster(store, None, data, at, **options)  # type: ignore[arg-type]

    return _take
