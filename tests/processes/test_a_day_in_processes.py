"""The demo's day with the product as it runs at a large clinic: PostgreSQL, two webs, three workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "followup.cli", "demo", "--headless", "--patients", "60", "--seed", "7"]


@pytest.mark.long
@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_a_day_with_two_webs_and_three_workers_one_of_them_killed_adds_up(
    database_url: str, tmp_path: Path
) -> None:
    """A third of the sixty is called; exit 0 means that nothing was twice and nothing is missing."""
    env = {**os.environ, "DATABASE_URL": database_url}
    done = subprocess.run(
        [*COMMAND, "--webs", "2", "--workers", "3"], cwd=tmp_path, env=env, capture_output=True, text=True,
        timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 webs, 3 workers, 1 of them killed." in done.stdout
    assert "procedures: 60\n  check-ins due: 60\n  digest entries: 60" in done.stdout
    assert done.stdout.rstrip().endswith("It adds up.")


@pytest.mark.parametrize("url", ["", "sqlite:///other.db"])
def test_several_workers_without_postgresql_are_refused_in_one_sentence(url: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(
        [*COMMAND, "--workers", "2"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Several workers need PostgreSQL: let DATABASE_URL name an empty database")
