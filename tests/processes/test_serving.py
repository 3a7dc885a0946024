"""What stays running: the Procfile's lines, `followup serve`, and how they end and bear each other."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from sqlalchemy import text

from followup.store import open_store

from .house import House, free_port, on_postgres, soon, sqlite_only


def beats(house: House) -> list[tuple[str, str]]:
    """(name, owner) of the clock's heartbeat, none before its first."""
    store = open_store(house.env["DATABASE_URL"])
    try:
        with store.read() as session:
            row = text("SELECT name, owner FROM heartbeat WHERE name = 'clock'")
            return [tuple(found) for found in session.execute(row)]
    finally:
        store.close()


def test_the_procfiles_web_and_worker_start_beat_and_stop_in_time(house: House) -> None:
    web, worker = house.line("web"), house.line("worker")
    house.wait_ready(web, house.port)
    assert soon(lambda: beats(house), "a tick's heartbeat")[0][0] == "clock"
    assert (web.stop(), worker.stop()) == (0, 0)
    for process in (web, worker):
        assert "Traceback" not in process.said()


@sqlite_only
def test_serve_is_web_and_clock_in_one_and_stops_in_time(house: House) -> None:
    serve = house.serve()
    soon(lambda: beats(house), "a tick's heartbeat")
    assert serve.stop() == 0
    assert f"followup serves http://127.0.0.1:{house.port}" in serve.said()
    assert "Traceback" not in serve.said()


@sqlite_only
@pytest.mark.parametrize("second", ["followup.cli serve --port 0", "scheduler"])
def test_a_second_clock_on_one_sqlite_file_refuses_to_start(house: House, second: str) -> None:
    first = house.serve()
    refused = house.run([sys.executable, "-m", *second.split()])
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "Another clock is already running on this database file. Stop it first, or use PostgreSQL.\n"
    )
    assert first.runs()
    first.kill()
    assert house.serve().runs(), "a killed clock leaves no lock behind"


@sqlite_only
def test_a_port_that_is_taken_is_said_so(house: House) -> None:
    house.carrier()
    refused = house.followup("serve", "--port", str(house.carrier_port))
    assert refused.returncode == 2
    assert refused.stderr == (
        f"Port {house.carrier_port} on 127.0.0.1 is taken; choose another with --port.\n"
    )


def test_a_tick_beside_a_running_serve_sends_nothing_twice(house: House) -> None:
    house.carrier()
    phones = house.set_up(20)
    serve = house.serve()
    for _ in range(3):
        done = house.followup("tick")
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    soon(lambda: len(house.first_texts()) >= 20, "all have been texted")
    assert Counter(house.first_texts()) == Counter(phones)
    assert serve.stop() == 0


def test_killed_in_mid_day_and_started_again_nobody_is_texted_twice_and_nobody_lost(house: House) -> None:
    """`kill -9` while texts leave, some of them with their answer lost; the carrier's log is the witness."""
    house.carrier()
    phones = house.set_up(40)
    house.tell_carrier("faults", timeout_before=0.1, error_after=0.1)
    serve = house.serve()
    soon(lambda: len(house.first_texts()) >= 8, "some have been texted")
    serve.kill()
    house.tell_carrier("faults", timeout_before=0, error_after=0)
    house.serve()
    house.later(6, 10, 45)
    assert Counter(house.first_texts()) == Counter(phones)
    house.tell_carrier("phones", number=phones[0])
    house.tell_carrier(f"phones/{phones[0]}/text", text="7")
    soon(lambda: house.facts("inbound_told"), "a reply is taken in after the restart")
    reconciled = house.followup("reconcile", "--date", house.today())
    assert reconciled.returncode == 0, reconciled.stdout + reconciled.stderr


@on_postgres
def test_two_workers_and_two_webs_one_worker_killed_and_nothing_twice(house: House) -> None:
    other_port = free_port()
    house.carrier()
    phones = house.set_up(40)
    webs = [house.line("web"), house.line("web", 2, PORT=str(other_port))]
    for web, port in zip(webs, (house.port, other_port), strict=True):
        house.wait_ready(web, port)
    workers = [house.line("worker", n) for n in (1, 2)]
    soon(lambda: len(house.first_texts()) >= 5, "the workers have begun")
    workers[0].kill()
    house.later(6, 10, 45)
    soon(lambda: len(house.first_texts()) >= 40, "all have been texted")
    assert Counter(house.first_texts()) == Counter(phones)
    soon(lambda: house.facts("receipt"), "receipts come in")
    assert workers[1].stop() == 0
    assert [web.stop() for web in webs] == [0, 0]
    for process in (*webs, workers[1]):
        assert "Traceback" not in process.said()
    mails = list((house.folder / "mail").glob("*"))
    assert len(mails) == 1, "one digest, whoever sends it"
