"""The day as `followup simulate` prints it, read again by the product's own commands: one set of numbers."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from followup.cli import followup
from tests.conftest import KEY

DAY = "2026-03-10"
AFTER = ("--now", "2026-03-11T12:00:00Z")
SIMULATE = [
    sys.executable, "-m", "followup.cli", "simulate", "--patients", "20", "--seed", "3", "--faults", "none",
    "--kill-every", "0",
]  # fmt: skip


def simulated(database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Play the day on this database; what it printed. The commands below then read the same database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FOLLOWUP_KEYS", base64.urlsafe_b64encode(KEY).decode())
    monkeypatch.chdir(folder)
    done = subprocess.run(SIMULATE, capture_output=True, text=True, env=dict(os.environ), check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return done.stdout


def run(*words: str) -> str:
    done = CliRunner().invoke(followup, [*words, "--date", DAY, *AFTER])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_simulated_day_and_the_commands_say_the_same_numbers(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = simulated(database_url, tmp_path, monkeypatch)
    digest = json.loads(run("digest", "--format", "json"))

    sizes = {name: len(entries) for name, entries in digest["buckets"].items()}
    assert (
        f"{DAY}  {digest['procedures']} = " + " + ".join(f"{n} {name}" for name, n in sizes.items())
        in printed
    )
    cost = digest["cost"]
    assert f"{cost['segments']} segments, {cost['calls']} calls, USD {cost['amount']};" in printed
    held = re.search(r"(\d+) numbers held against the carrier's log", printed)
    assert held is not None
    assert int(held[1]) > 100  # some seven a patient; each one differing would have failed the run

    text = run("digest")
    counts = [int(number) for number in re.findall(r"\d+", text.splitlines()[1])]
    assert counts == [digest["procedures"], *sizes.values()]
    assert f"{cost['segments']} segments · {cost['calls']} calls · USD {cost['amount']}" in " ".join(
        text.split()
    )

    reconciled = run("reconcile")
    for name, count in digest["details"]["counts"].items():
        assert f"{name}: {count}\n" in reconciled
    assert "It adds up." in reconciled
