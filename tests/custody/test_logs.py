"""A whole day with debug logging on: no name, number or word in a log, a metric, an error page or a mail."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from followup.console.accounts import add_staff
from followup.logs import set_up_logs
from followup.store import Store
from followup.store.models import Clinic, Inbound
from tests.clinic_day import TOKEN, ClinicDay
from tests.console.front_door import PASSWORD, Browser
from tests.custody.what_patients_wrote import ANN, BUSY_CLINIC, SECRETS, play
from tests.webhooks.signed import signed_post

#: a number's last four digits may be logged; nothing else of what is in SECRETS
EMAIL = "quillfeather@harbor.example"


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def logged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything this process logs, at the level of somebody who looks for a fault."""
    heard = io.StringIO()
    monkeypatch.setattr(sys, "stderr", heard)
    root = logging.getLogger()
    level = root.level
    set_up_logs(logging.DEBUG, getattr(request, "param", "text"))
    yield heard
    for handler in [h for h in root.handlers if getattr(h, "of_followup", False)]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def busy(store: Store, tmp_path: Path) -> Iterator[ClinicDay]:
    day = ClinicDay(store, smtp_url=f"file:{tmp_path / 'mail'}", clinic=BUSY_CLINIC)
    yield day
    day.close()


def leaks(text: str) -> list[str]:
    return [secret for secret in (*SECRETS, EMAIL, PASSWORD, TOKEN) if secret.lower() in text.lower()]


@on_sqlite
def test_a_day_leaves_ids_and_last_four_digits_in_the_log(busy: ClinicDay, logged: io.StringIO) -> None:
    play(busy)
    busy.at("20:00")
    said = logged.getvalue()
    assert leaks(said) == []
    assert "outbound" in said
    assert f"...{ANN[-4:]}" in said, "support must be able to tell one phone from another"


@on_sqlite
def test_what_fails_is_logged_by_its_kind_and_place_and_not_by_its_words(
    busy: ClinicDay, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ValueError repeats what could not be parsed: here, what the patient wrote."""
    busy.patient(1)

    def fails(*args: Any) -> str:
        raise ValueError(f"cannot read {args[1].body!r}")

    monkeypatch.setattr("followup.inbox.receive.answer", fails)
    busy.text("+12025550201", "zebra marmalade")
    assert busy.rows(Inbound)[0].state == "unread"
    monkeypatch.setattr("webhooks.messages.receive_text", fails)
    signed_post(busy, "/twilio/sms", MessageSid="SM9", From=ANN, Body="pineapple")

    @wraps(busy.app.view_functions["alive"])
    def breaks() -> str:
        raise ValueError(" ".join(SECRETS))

    monkeypatch.setitem(busy.app.view_functions, "alive", breaks)
    answer = busy.app.test_client().get("/healthz")
    assert answer.status_code == 500
    assert leaks(logged.getvalue() + answer.get_data(as_text=True)) == []
    assert "ValueError" in logged.getvalue()
    assert "custody/test_logs.py:" in logged.getvalue()


@on_sqlite
def test_pages_that_say_no_say_nothing_else(busy: ClinicDay, logged: io.StringIO) -> None:
    play(busy)
    with busy.store.write() as session:
        add_staff(session, session.get_one(Clinic, 1), EMAIL, "frontdesk", PASSWORD, busy.clock())
    stranger = Browser(busy)  # type: ignore[arg-type]
    shown = [stranger.sign_in(EMAIL, "a wrong password").get_data(as_text=True)]
    for page in ("/nowhere", "/series/1", "/digest/not-a-day", "/digest/2026-03-10"):
        answer = stranger.get(page)
        assert answer.status_code in (302, 404), page
        shown.append(answer.get_data(as_text=True))
    shown.append(stranger.client.post("/sign-in", data={"email": "zebra"}).get_data(as_text=True))
    shown.append(signed_post(busy, "/twilio/sms", Body="zebra").get_data(as_text=True))
    shown.append(busy.app.test_client().post("/twilio/sms", data={"Body": "zebra"}).get_data(as_text=True))
    assert [leak for leak in leaks("".join(shown)) if leak != EMAIL] == []
    assert leaks(logged.getvalue()) == []


@on_sqlite
def test_metrics_are_counts(busy: ClinicDay, logged: io.StringIO) -> None:
    play(busy)
    door = busy.app.extensions["followup"]
    busy.app.extensions["followup"] = replace(
        door, settings=replace(door.settings, metrics_token="let-me-in")
    )
    told = busy.app.test_client().get("/metrics", headers={"Authorization": "Bearer let-me-in"})
    assert "followup_last_tick" in told.get_data(as_text=True)
    assert leaks(told.get_data(as_text=True) + logged.getvalue()) == []


@on_sqlite
def test_mails_are_counts_and_a_link(busy: ClinicDay, logged: io.StringIO, tmp_path: Path) -> None:
    play(busy)
    busy.at("20:00")
    mails = [path.read_text(encoding="utf-8", errors="replace") for path in (tmp_path / "mail").iterdir()]
    assert len(mails) >= 2
    assert leaks("".join(mails) + logged.getvalue()) == []


@pytest.mark.parametrize("logged", ["text", "json"], indirect=True)
def test_every_line_for_a_collector_is_json(logged: io.StringIO, request: pytest.FixtureRequest) -> None:
    log = logging.getLogger("followup.somewhere")
    log.info("outbound %s %s: %s", 12, "text", "accepted")
    try:
        raise ValueError("zebra")
    except ValueError:
        log.exception("it failed")
    lines = logged.getvalue().splitlines()
    assert len(lines) == 2, "an exception is a part of its line"
    if request.node.callspec.params["logged"] == "json":
        first, second = (json.loads(line) for line in lines)
        assert (first["event"], first["level"]) == ("outbound 12 text: accepted", "info")
        assert (second["event"], second["exception"]) == ("it failed", "ValueError")
        assert second["raised_at"].startswith("custody/test_logs.py:")
    else:
        assert lines[0].endswith("INFO followup.somewhere outbound 12 text: accepted")
        assert "exception=ValueError" in lines[1]
    assert "zebra" not in logged.getvalue()
