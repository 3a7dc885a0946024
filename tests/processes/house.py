"""The product and the simulated carrier as processes of their own, started as an operator would.

Only environment, files, HTTP and exit codes go between a test and what it starts; the real clock runs, so the
clinic lies where it is noon now and has hours around the clock.
"""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from followup.cli.processes import free_port

ROOT = Path(__file__).parents[2]
OURS = (
    "DATABASE_URL", "PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL",
    "FOLLOWUP_KEYS", "SECRET_KEY", "SMTP_URL", "HEARTBEAT_URL", "FOLLOWUP_TICK_SECONDS",
)  # fmt: skip
TOKEN = "a-token-of-the-simulated-account"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
# What both databases share is shown on the one that starts faster; a process costs a second.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
STOPS_WITHIN = 10.0  # seconds from SIGTERM to the end; most platforms kill after that


def soon(true: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
    """The first truthy answer, asked for again and again; AssertionError when it does not come in time."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.02)
    return found


def noon_zone(now: datetime) -> str:
    """A time zone where it is about noon, so that no test runs over midnight."""
    east = 12 - now.astimezone(UTC).hour
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"  # the signs of these zones are the wrong way round


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines if line)}


class Process:
    """Something started, with all it says in a file. Its group is killed at the end of the test, whatever."""

    def __init__(self, command: list[str], env: dict[str, str], said: Path) -> None:
        self._said = said
        with said.open("ab") as out:
            self._process = subprocess.Popen(
                command, env=env, cwd=said.parent, stdout=out, stderr=out, start_new_session=True
            )

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8", errors="replace")

    def runs(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> int:
        """SIGTERM, and the exit code; fails when it takes longer than platforms wait."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=STOPS_WITHIN)

    def wait(self) -> int:
        """The exit code of what ends by itself."""
        return self._process.wait(timeout=30)

    def kill(self) -> None:
        """SIGKILL to all of it: no farewell, like a power cut."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class House:
    """One clinic: a migrated database, an environment, and the processes started on it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.port, self.carrier_port = free_port(), free_port()
        self.zone = noon_zone(datetime.now(UTC))
        self.started: list[Process] = []
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        others = {k: v for k, v in os.environ.items() if k.removesuffix("_FILE") not in OURS}
        self.env = {
            **others,
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": database_url,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": f"http://127.0.0.1:{self.carrier_port}",
            "FOLLOWUP_KEYS": KEY,
            "SECRET_KEY": "0123456789abcdef",
            "SMTP_URL": f"file:{folder / 'mail'}",
            "FOLLOWUP_TICK_SECONDS": "0.2",
        }

    # commands, run to their end

    def followup(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run([sys.executable, "-m", "followup.cli", *words], **env)

    def run(self, command: list[str], **env: str) -> subprocess.CompletedProcess[str]:
        """`env` is laid over the environment; an empty value takes the variable out of it."""
        return subprocess.run(
            command,
            env=self._with(env),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,  # for what hangs, not for what is slow: a move of 200,000 rows on a busy machine
            check=False,
        )

    def _with(self, env: dict[str, str]) -> dict[str, str]:
        return {k: v for k, v in {**self.env, **env}.items() if v or k not in env}

    # what stays running

    def serve(self) -> Process:
        """`followup serve`, ready to store a reply."""
        process = self.start(
            [sys.executable, "-m", "followup.cli", "serve", "--port", str(self.port)], "serve"
        )
        self.wait_ready(process, self.port)
        return process

    def line(self, name: str, number: int = 1, **env: str) -> Process:
        """A line of the Procfile, as a platform runs it: by a shell, with PORT set."""
        env = {"PORT": str(self.port), **env}
        return self.start(["sh", "-c", f"exec {procfile()[name]}"], f"{name}-{number}", **env)

    def start(self, command: list[str], name: str, **env: str) -> Process:
        process = Process(command, self._with(env), self.folder / f"{name}.log")
        self.started.append(process)
        return process

    def wait_ready(self, process: Process, port: int) -> None:
        def ready() -> bool:
            assert process.runs(), process.said()
            try:
                return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
            except requests.RequestException:
                return False

        soon(ready, "readyz")

    def close(self) -> None:
        for process in self.started:
            process.kill()

    # the carrier, and what it knows

    def carrier(self, *words: str, webhooks: int | None = None) -> Process:
        base = f"http://127.0.0.1:{webhooks or self.port}"
        process = self.start(
            [sys.executable, "-m", "followup.simulator", "--port", str(self.carrier_port), "--webhook-base",
             base, "--public-url", self.env["PUBLIC_URL"], "--auth-token", TOKEN, *words],
            "carrier",
        )  # fmt: skip
        soon(lambda: "simulated carrier" in process.said(), "the carrier starts")
        return process

    def ask_carrier(self, path: str) -> Any:
        return requests.get(f"{self.env['TWILIO_API_URL']}/simulator/api/{path}", timeout=5).json()

    def tell_carrier(self, path: str, **what: object) -> None:
        answer = requests.post(f"{self.env['TWILIO_API_URL']}/simulator/api/{path}", json=what, timeout=5)
        assert answer.ok, answer.text

    def facts(self, *kinds: str) -> list[dict[str, Any]]:
        return [fact for fact in self.ask_carrier("log")["facts"] if fact["kind"] in kinds]

    def later(self, *minutes: float) -> None:
        """A tick as if so many minutes from now: what a dead process left is looked up after its lease of
        five minutes, once more three minutes later, and sent again half an hour after the first try."""
        for wait in minutes:
            moment = datetime.now(UTC) + timedelta(minutes=wait)
            done = self.followup("tick", "--now", moment.isoformat())
            assert done.returncode == 0, done.stderr

    def first_texts(self) -> list[str]:
        """The phones for which the carrier made the text that begins a check-in, as often as it made one."""
        return [f["to"] for f in self.facts("create") if f["body"].startswith("Harbor Clinic: Hello")]

    # a clinic with patients

    def set_up(self, patients: int) -> list[str]:
        """The clinic, and `patients` people who were injected yesterday and are due now; their phones.

        Its digest is due in two minutes.
        """
        soon_after = datetime.now(ZoneInfo(self.zone)) + timedelta(minutes=2)
        clinic = CLINIC.format(zone=self.zone, digest=f"{soon_after:%H:%M}")
        (self.folder / "clinic.toml").write_text(clinic, encoding="utf-8")
        assert self.followup("clinic", "set", "clinic.toml").returncode == 0
        phones = [f"+1{212 + n // 100}55501{n % 100:02d}" for n in range(patients)]
        done = self.followup("import", str(self.roster(phones)))
        assert done.returncode == 0, done.stderr
        return phones

    def roster(self, phones: list[str]) -> Path:
        day = datetime.now(ZoneInfo(self.zone)).date() - timedelta(days=1)
        lines = ["patient_id,given_name,phone,procedure_id,performed_at,baseline_score,agent"]
        lines += [f"p{n},Ann,{phone},proc{n},{day} 09:00,8,bupivacaine" for n, phone in enumerate(phones)]
        path = self.folder / "roster.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def today(self) -> str:
        return str(datetime.now(ZoneInfo(self.zone)).date())


CLINIC = """
[clinic]
code = "harbor"
name = "Harbor Spine Clinic"
spoken_name = "Harbor Clinic"
timezone = "{zone}"
callback_number = "+12025550100"
[intake]
consent_default = "yes"
[texting]
from = "+12025550123"
segments_per_second = 1000
[hours]
check_in_time = "00:00"
window = ["00:00", "23:59"]
days = "mon-sun"
holidays = ""
[digest]
times = ["{digest}"]
from = "followup@harbor.example"
recipients = ["frontdesk@harbor.example"]
console_url = "https://followup.harbor.example"
"""


@contextmanager
def house_on(folder: Path, database_url: str) -> Iterator[House]:
    house = House(folder, database_url)
    try:
        yield house
    finally:
        house.close()


def one_sentence(said: str) -> bool:
    """Whether this is what an operator should read: no traceback, one line."""
    return "Traceback" not in said and len(re.findall(r"\S.*\n?", said)) == 1
