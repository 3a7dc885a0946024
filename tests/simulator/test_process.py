"""The carrier on the real clock: in a thread, and as a process of its own."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from followup.simulator import Carrier
from followup.simulator.__main__ import main
from followup.simulator.scripts import Scripted

from .bench import CLINIC, PATIENT, PUBLIC, SID, TOKEN, Bench, Product, client_for, serve


def soon(true: Callable[[], object], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(true())


def test_started_with_the_real_clock_it_delivers_by_itself_and_stops() -> None:
    product = Product()
    url, stop = serve(product.app())
    carrier = Carrier(
        account_sid=SID,
        auth_token=TOKEN,
        now=lambda: datetime.now(UTC),
        public_url=PUBLIC,
        deliver_to=url,
    )
    carrier.add_number(CLINIC, sms_url=f"{PUBLIC}/sms")
    carrier.add_person(PATIENT, Scripted(texts=["7"], text_delay=0.1))
    port = carrier.start()
    try:
        client_for(port).messages.create(
            to=PATIENT, from_=CLINIC, body="Hello", status_callback=f"{PUBLIC}/status"
        )
        assert soon(lambda: product.on("/sms"), 8)
        assert product.statuses() == ["sent", "delivered"]
        assert carrier.log.of("broken") == []
    finally:
        carrier.stop()
        stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_it_binds_loopback_only(bench: Bench) -> None:
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        pytest.skip("needs /proc/net/tcp to see which address is bound")
    rows = [line.split() for line in listening.read_text().splitlines()[1:]]
    bound = [row[1] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == bench.port]
    assert bound == [f"0100007F:{bench.port:04X}"]


def test_what_breaks_in_one_promise_is_logged_and_the_rest_goes_on() -> None:
    carrier = Carrier(account_sid=SID, auth_token=TOKEN, now=lambda: datetime.now(UTC), public_url=PUBLIC)
    done: list[int] = []

    def broken() -> None:
        raise RuntimeError("no such luck")

    carrier.after(0, broken)
    carrier.after(0, lambda: done.append(1))
    carrier.start()
    try:
        assert soon(lambda: done)
    finally:
        carrier.stop()
    assert "no such luck" in carrier.log.of("broken")[0]["error"]


def test_as_a_process_it_serves_writes_the_roster_and_reports_at_the_end(tmp_path: Path) -> None:
    product = Product()
    url, stop = serve(product.app())
    roster = tmp_path / "roster.csv"
    command = [sys.executable, "-m", "followup.simulator", "--port", "0", "--webhook-base", url]
    command += ["--public-url", PUBLIC, "--auth-token", TOKEN, "--people", "25", "--seed", "7"]
    command += ["--roster", str(roster), "--performed-on", "2026-03-09", "--faults", "receipt_drop=1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert process.stdout is not None
        port = int(re.findall(r":(\d+)", process.stdout.readline())[0])
        rows = list(csv.DictReader(roster.read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 25
        client = client_for(port)
        sid = client.messages.create(
            to="+12125550100", from_=CLINIC, body="Hi", status_callback=f"{PUBLIC}/status"
        ).sid
        assert soon(lambda: client.messages(sid).fetch().status in ("delivered", "undelivered"), 8)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
        stop()
    report = json.loads(out.splitlines()[-1])
    assert report["segments_out"] == 1
    assert report["faults"]["receipt_drop"] == 2
    assert product.statuses() == []


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (["--faults", "bussy=1"], "no fault is called 'bussy'"),
        (["--faults", "busy=often"], "--faults: 'busy=often' has no number"),
        (["--number", "555"], "'555' is not a phone number"),
        (["--people", "9999"], "a cast has 1 to 4000 people"),
    ],
)
def test_a_wrong_argument_ends_with_one_sentence(
    argument: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--webhook-base", "http://127.0.0.1:1", "--auth-token", "x", *argument]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_taken_port_is_said_so(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["--webhook-base", "http://127.0.0.1:1", "--auth-token", "x", "--port", str(bench.port)]
    assert main(wanted) == 2
    assert f"port {bench.port} cannot be used (Address already in use)" in capsys.readouterr().err
