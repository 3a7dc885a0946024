"""`make soak`: days under faults on SQLite and on PostgreSQL, and the demo's day in many processes.

python -m tests.soak [--on sqlite|postgres|both] [--short] [arguments of `followup simulate`]

Not collected by pytest. `--short` is what a change must pass: two minutes in all, on both databases.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from tests import postgres

LONG = ["--patients", "500", "--days", "2", "--kill-every", "1.5"]
SHORT = ["--patients", "30", "--kill-every", "1"]
COMMAND = [sys.executable, "-m", "followup.cli"]


def main(given: list[str]) -> int:
    read = argparse.ArgumentParser(prog="python -m tests.soak")
    read.add_argument("--on", choices=("sqlite", "postgres", "both"), default="both")
    read.add_argument("--short", action="store_true")
    own, more = read.parse_known_args(given)
    storm = ["simulate", *(more or (SHORT if own.short else LONG))]
    worst = 0
    if own.on in ("sqlite", "both"):
        worst = max(worst, _run("A storm on SQLite", storm, ""))
    if own.on in ("postgres", "both"):
        with postgres.server() as server:
            with server.database() as url:
                worst = max(
                    worst, _run("A storm on PostgreSQL, two workers", [*storm, "--workers", "2"], url)
                )
            if not own.short:
                day = ["demo", "--headless", "--patients", "60", "--webs", "2", "--workers", "3"]
                with server.database() as url:
                    worst = max(worst, _run("A day on PostgreSQL, two webs, three workers", day, url))
    return worst


def _run(what: str, arguments: list[str], database_url: str) -> int:
    print(what, flush=True)
    began = time.monotonic()
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    if database_url:
        env["DATABASE_URL"] = database_url
    done = subprocess.run([*COMMAND, *arguments], env=env, check=False)
    print(f"{what}: {time.monotonic() - began:.0f} s, exit code {done.returncode}\n", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
