"""What a machine may lack: the tests that need it are skipped by name, unless somebody insists.

`FOLLOWUP_REQUIRE=postgres,browser` turns such a skip into a failure, so that a machine that must test
everything cannot pass by testing less.
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def is_required(name: str) -> bool:
    return name in (word.strip() for word in os.environ.get("FOLLOWUP_REQUIRE", "").split(","))


def missing(name: str, why: str) -> NoReturn:
    """Skip this test because the machine lacks `name` (postgres, browser), or fail if it is required."""
    if is_required(name):
        pytest.fail(f"{name}: {why} (and FOLLOWUP_REQUIRE names {name})", pytrace=False)
    pytest.skip(f"{name}: {why}")
