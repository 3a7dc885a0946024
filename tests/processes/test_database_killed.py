"""PostgreSQL dies by SIGKILL in mid-morning and comes back: nothing is lost, nothing repeated."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from followup.store import open_store
from tests import postgres
from tests.needs import missing

from .house import House, house_on, soon

pytestmark = [pytest.mark.postgres, pytest.mark.long]


class Cluster:
    """A server of this test's own, that can be killed and started again on the same files."""

    def __init__(self, folder: Path) -> None:
        self._programs, self._user, self._folder = postgres._programs(), postgres._user(), folder
        if self._user:
            os.chown(folder, self._user["user"], self._user["group"])
        self._run: dict[str, Any] = {
            "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **self._user,
        }  # fmt: skip
        words = ["-U", "followup", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([self._programs / "initdb", "-D", folder / "data", *words], check=True, **self._run)
        self.url = f"postgresql+psycopg://followup@/postgres?host={folder}"
        self.start()

    def start(self) -> None:
        command = [self._programs / "postgres", "-D", "data", "-k", self._folder, "-c", "listen_addresses="]
        self._process = subprocess.Popen(command, start_new_session=True, **self._run)
        soon(self._answers, "the database answers", 60)

    def _answers(self) -> bool:
        try:
            psycopg.connect(postgres.plain(self.url)).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL to the server and all its children: no farewell, like a power cut."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="followup-killed-"))
    try:
        cluster = Cluster(folder)
    except postgres.NotHereError as why:
        missing("postgres", str(why))
    try:
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)


def count(house: House, question: str) -> int:
    store = open_store(house.env["DATABASE_URL"])
    try:
        with store.read() as session:
            return int(session.execute(text(question)).scalar() or 0)
    finally:
        store.close()


def test_a_killed_database_costs_no_reply_and_no_second_text(cluster: Cluster, tmp_path: Path) -> None:
    with house_on(tmp_path, cluster.url) as house:
        house.env["FOLLOWUP_SPOOL"] = str(tmp_path / "spool")
        assert house.followup("migrate").returncode == 0
        phones = house.set_up(300)
        house.carrier()
        web, worker = house.line("web"), house.line("worker")
        house.wait_ready(web, house.port)
        soon(lambda: len(house.first_texts()) >= 20, "the morning has begun", 60)
        cluster.kill()
        texted = len(house.first_texts())
        assert texted < 300, "killed in the middle, or this shows nothing"
        for phone in phones[:3]:
            house.tell_carrier("phones", number=phone)
            house.tell_carrier(f"phones/{phone}/text", text="7")
        soon(lambda: len(list((tmp_path / "spool").glob("*.sealed"))) >= 3, "the replies are spooled", 60)
        assert web.runs()
        assert worker.runs(), "a database that is away ends no process"
        cluster.start()
        soon(lambda: count(house, "SELECT COUNT(*) FROM inbound") >= 3, "the replies are heard", 60)
        house.later(1, 6, 10, 45)
        soon(lambda: len(set(house.first_texts())) == 300, "everybody is texted", 120)
        assert set(Counter(house.first_texts()).values()) == {1}, "and nobody twice"
        assert count(house, "SELECT COUNT(DISTINCT sid) FROM inbound") == 3
        assert (web.stop(), worker.stop()) == (0, 0)
