"""`make soak`: the long storm of `followup simulate`, on SQLite and on PostgreSQL. Not collected by pytest.

python -m tests.soak [--on sqlite|postgres|both] [arguments of `followup simulate`]
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import postgres

LONG = ["--patients", "500", "--days", "2", "--kill-every", "2"]
COMMAND = [sys.executable, "-m", "followup.cli", "simulate"]


def main(given: list[str]) -> int:
    on = "both"
    if given[:1] == ["--on"]:
        on, given = given[1], given[2:]
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    worst = 0
    if on in ("sqlite", "both"):
        print("SQLite", flush=True)
        worst = max(worst, subprocess.run([*COMMAND, *(given or LONG)], env=env, check=False).returncode)
    if on in ("postgres", "both"):
        print("PostgreSQL, two workers", flush=True)
        with postgres.server() as server, server.database() as url:
            done = subprocess.run(
                [*COMMAND, "--workers", "2", *(given or LONG)], env={**env, "DATABASE_URL": url}, check=False
            )
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
