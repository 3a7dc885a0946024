"""The simulated API held against Twilio's own OpenAPI document, by Prism as a proxy that validates both ways.

Prism and the document come from npm (`@stoplight/prism-cli`, `@twilio/cli-core`) into build/prism, which is
not committed. They are fetched when FOLLOWUP_REQUIRE names `prism`; else the test is skipped by name.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from followup.simulator.scripts import Ring, Scripted
from tests.needs import is_required, missing

from .bench import CLINIC, PATIENT, PUBLIC, START, Bench, client_for

ROOM = Path(__file__).resolve().parents[2] / "build" / "prism"
PRISM = ROOM / "node_modules" / ".bin" / "prism"
DOCUMENT = ROOM / "node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
SERVICE = "MG" + "1" * 32


def fetched() -> bool:
    if PRISM.exists() and DOCUMENT.exists():
        return True
    if not is_required("prism"):
        return False
    ROOM.mkdir(parents=True, exist_ok=True)
    (ROOM / "package.json").write_text("{}")
    npm = shutil.which("npm")
    assert npm, "FOLLOWUP_REQUIRE names prism, which needs npm"
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(
        [npm, "install", *quiet, "@stoplight/prism-cli", "@twilio/cli-core"],
        cwd=ROOM,
        check=True,
        timeout=300,
    )
    return True


def prepared() -> dict[str, Any]:
    """Messages and Calls of the document, mended where Prism would misread it."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    document["paths"] = {
        path: ops for path, ops in document["paths"].items() if "/Messages" in path or "/Calls" in path
    }
    for ops in document["paths"].values():
        for op in ops.values():
            content = op.get("requestBody", {}).get("content", {}) if isinstance(op, dict) else {}
            form = content.get("application/x-www-form-urlencoded")
            for name, schema in form["schema"].get("properties", {}).items() if form else ():
                if schema.get("type") == "array":  # repeated keys, like StatusCallbackEvent
                    form.setdefault("encoding", {})[name] = {"style": "form", "explode": True}
    relative(document)
    return document


def relative(node: Any) -> None:
    """Twilio's relative addresses stand under `format: uri`, which wants absolute ones."""
    if isinstance(node, dict):
        if node.get("format") == "uri":
            del node["format"]
        for value in node.values():
            relative(value)
    elif isinstance(node, list):
        for value in node:
            relative(value)


@pytest.fixture
def through_prism(bench: Bench, tmp_path: Path) -> Iterator[tuple[Bench, Path]]:
    if not fetched():
        missing("prism", "not in build/prism; FOLLOWUP_REQUIRE=prism fetches it")
    (tmp_path / "api.json").write_text(json.dumps(prepared()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "prism.log"
    emulated = f"http://127.0.0.1:{bench.port}"
    command = [str(PRISM), "proxy", "api.json", emulated, "-h", "127.0.0.1", "-p", str(port), "--errors"]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=out)
    try:
        for _ in range(150):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield replace(bench, client=client_for(port, timeout=20)), log
    finally:
        process.terminate()
        process.wait()


def refused(act: Any) -> int:
    with pytest.raises(TwilioRestException) as caught:
        act()
    return int(caught.value.code)


def test_twilios_own_document_finds_nothing_to_say(through_prism: tuple[Bench, Path]) -> None:
    bench, log = through_prism
    bench.carrier.add_service(SERVICE, [CLINIC])
    bench.carrier.add_person(PATIENT, Scripted(calls=(Ring(after=3),)))
    bench.product.answers["/voice"] = "<Response><Pause length='30'/></Response>"
    texts, calls = bench.client.messages, bench.client.calls
    pooled: dict[str, Any] = {"from_": None, "messaging_service_sid": SERVICE}
    plain, second = bench.send("Hello"), bench.send("Hi", **pooled)
    later = bench.send("Later", schedule_type="fixed", send_at=START + timedelta(hours=1), **pooled)
    assert texts(later.sid).update(status="canceled").status == "canceled"
    bench.carrier.text(PATIENT, CLINIC, "7")
    bench.run(100)
    assert texts(plain.sid).fetch().status == "delivered"
    assert texts(plain.sid).update(body="").body == ""
    assert len(texts.list(to=PATIENT, date_sent_after=START, limit=9)) == 2
    assert len(texts.list(page_size=2, limit=4)) == 4
    assert texts(second.sid).delete()
    made = calls.create(
        to=PATIENT,
        from_=CLINIC,
        url=f"{PUBLIC}/voice",
        status_callback=f"{PUBLIC}/voice/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        machine_detection="DetectMessageEnd",
        async_amd="true",
        async_amd_status_callback=f"{PUBLIC}/amd",
        timeout=30,
    )
    bench.run(15)
    assert calls(made.sid).update(twiml="<Response><Hangup/></Response>").status == "in-progress"
    bench.run(20)
    assert calls(made.sid).fetch().answered_by == "human"
    assert len(calls.list(status="completed", limit=9)) == 1
    assert calls(made.sid).delete()
    assert "iolation" not in log.read_text()
    # The document knows no refusals, so these are only let through, with a remark on the status.
    assert refused(lambda: bench.send(to="+15005550001")) == 21211
    assert refused(lambda: texts("SM" + "0" * 32).fetch()) == 20404
    assert refused(lambda: calls(made.sid).update(status="completed")) == 20404
