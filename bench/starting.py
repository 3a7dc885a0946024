"""How fast the command and the web start, what `serve` holds after a day, and reading and deciding.

python bench/starting.py [PATIENTS]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.inbound import environment, load, requests_of, server, wait_ready
from bench.page import Line, milliseconds
from bench.people import add_people
from followup.assessment import Inputs, decide
from followup.assessment.thresholds import Thresholds
from followup.cli.processes import free_port
from followup.intake.clinics import set_clinic
from followup.reading import read
from followup.store import Store, open_store, unlock
from followup.store.migrate import migrate
from tests.clinic_day import CLINIC

ROOT = Path(__file__).parents[1]
REPLIES = ("7", "no", "3", "about 6 hours", "no", "yes")


def commands() -> Line:
    def run(*words: str) -> float:
        return milliseconds(
            lambda: subprocess.run([sys.executable, *words], capture_output=True, check=True), 7
        )

    flask, ours = run("-c", "import flask"), run("-m", "followup.cli", "--help")
    return Line(
        "`followup --help` against `import flask`", "",
        f"{ours / flask:.2f} ({ours:.0f} and {flask:.0f} ms)", "≤ 2", ours / flask <= 2,
    )  # fmt: skip


def boot(url: str) -> Line:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with server("webhooks.wsgi:app", url, 1, 8):
            took.append(time.perf_counter() - began)
    return Line("web boot, until a reply can be stored", "gunicorn", f"{min(took):.2f} s", "≤ 1.5 s",
                min(took) <= 1.5)  # fmt: skip


def memory(store: Store, url: str, patients: int) -> Line:
    """`followup serve`, web and clock in one, while so many patients answer six questions each."""
    port = free_port()
    env = environment(url) | {"TWILIO_API_URL": "http://127.0.0.1:9"}  # nobody there: all of a day waits on
    command = [sys.executable, "-m", "followup.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_ready(port, lambda: process.poll() is None)
        phones = add_people(store, patients, datetime.now(UTC), asked=True)
        held = []
        for number, reply in enumerate(REPLIES):
            load(port, requests_of(phones, reply, f"b{number}"))
            held.append(_resident(process.pid))
    finally:
        process.terminate()
        process.wait(timeout=30)
    good = held[-1] <= 150 and held[-1] <= 1.1 * held[len(held) // 2]
    steps = " / ".join(f"{mib:.0f}" for mib in held)
    return Line(f"memory of `serve` while {patients} patients answer", "SQLite", f"{steps} MiB",
                "≤ 150 MiB and flat", good)  # fmt: skip


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def thinking() -> list[Line]:
    lines = (ROOT / "tests/reading/dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()][:400]
    given = Inputs.parse({"baseline": 8, "best": 1, "hours": 6, "now": 7, "contact": "answered"})
    bars = Thresholds()

    def reading() -> None:
        for row in rows:
            read(row["question"], row["channel"], row["lang"], row["text"])

    def deciding() -> None:
        for _ in rows:
            decide(given, bars, "diagnostic")

    each = milliseconds(reading, 5) / len(rows), milliseconds(deciding, 5) / len(rows)
    return [
        Line("reading a reply", "", f"{each[0]:.2f} ms", "≤ 1 ms", each[0] <= 1),
        Line("deciding a proposal", "", f"{each[1]:.3f} ms", "≤ 0.1 ms", each[1] <= 0.1),
    ]


def run(patients: int = 500) -> list[Line]:
    unlock([bytes(range(32))])
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/followup.db"
        store = open_store(url)
        migrate(store)
        with store.write() as session:
            set_clinic(session, CLINIC, datetime.now(UTC))
        found = [*thinking(), commands(), boot(url), memory(store, url, patients)]
        store.close()
    for line in found:
        print(line, flush=True)
    return found


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
