"""What a monitoring system reads, and that nobody else can."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from followup.outreach.mail import Mailbox
from followup.store.models import DigestRun
from tests.clinic_day import ClinicDay
from webhooks.app import create_app

LABELS = ("channel", "state", "code")
TOKEN = {"Authorization": "Bearer a-token-for-the-monitor"}


@pytest.fixture
def client(day: ClinicDay) -> FlaskClient:
    settings = dataclasses.replace(day.settings, metrics_token="a-token-for-the-monitor")
    return create_app(settings, day.store, day.clock).test_client()


def read(client: FlaskClient) -> dict[str, float]:
    answer = client.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    return {
        ".".join(
            (sample.name.removeprefix("followup_"), *(sample.labels[n] for n in LABELS if sample.labels))
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if not sample.name.startswith("followup_webhook_seconds")
    }


def test_without_the_token_nothing_is_told(client: FlaskClient) -> None:
    for header in ({}, {"Authorization": "Bearer a-guess"}, {"Authorization": "Bearer "}):
        answer = client.get("/metrics", headers=header)
        assert answer.status_code == 401
        assert b"followup_" not in answer.data


def test_where_no_token_is_set_there_is_no_page(day: ClinicDay) -> None:
    assert day.app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_a_morning_is_told_in_numbers(day: ClinicDay, client: FlaskClient, tmp_path: Path) -> None:
    day.post = dataclasses.replace(day.post, mailbox=Mailbox(f"file:{tmp_path}"))
    phone = day.patient()
    day.roster("p9,Bob,Example,+15005550001,proc9,2026-03-09 12:00,8,bupivacaine,en")
    day.at("07:30")
    day.at("10:10")
    day.text(phone, "I can't move my legs")
    day.at("10:11")
    told = read(client)
    assert told["last_tick_timestamp_seconds"] == day.clock().timestamp()
    assert told["last_digest_timestamp_seconds"] == day.clock().timestamp() - (2 * 60 + 41) * 60
    assert told["digest_seconds"] == max(run.seconds or 0 for run in day.rows(DigestRun)) > 0
    assert told["sent_24h.text.delivered."] == 1
    assert told["sent_24h.text.refused.21211"] == 1
    assert told["alerts_unacknowledged"] == 1
    assert told["tasks_open"] >= 1
    assert (told["oldest_due_seconds"], told["spooled_requests"], told["database_up"]) == (0, 0, 1)


def test_a_digest_that_no_mail_server_takes_is_not_told_as_mailed(
    day: ClinicDay, client: FlaskClient
) -> None:
    day.at("09:00")
    assert read(client)["last_digest_timestamp_seconds"] == 0


def test_a_stopped_clock_shows_in_the_age_of_the_oldest_due_message(
    day: ClinicDay, client: FlaskClient
) -> None:
    day.patient()
    day.at("09:00")
    day.clock.set(day.clock().replace(hour=15))  # 11:00 in New York; the text was due at 10:00
    told = read(client)
    assert told["oldest_due_seconds"] == 3600
    assert told["last_tick_timestamp_seconds"] == day.clock().timestamp() - 2 * 3600


def test_a_database_that_is_away_is_told_with_what_waits_on_disk(
    day: ClinicDay, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Iterator[None]:
        raise OperationalError("connect", {}, Exception("away"))

    phone = day.patient()
    day.at("10:10")
    monkeypatch.setattr(day.store, "write", gone)
    monkeypatch.setattr(day.store, "read", gone)
    day.text(phone, "7")
    told = read(client)
    assert (told["database_up"], told["spooled_requests"]) == (0, 1)
    monkeypatch.undo()


def test_how_long_webhooks_take_is_told_by_route_and_process(day: ClinicDay, client: FlaskClient) -> None:
    client.post("/twilio/sms", data={"MessageSid": "SM1"})
    client.post("/twilio/a-guess", data={})
    families = text_string_to_metric_families(client.get("/metrics", headers=TOKEN).text)
    counts = {
        (s.labels["route"], s.labels["status"]): s.value
        for family in families
        for s in family.samples
        if s.name == "followup_webhook_seconds_count"
    }
    assert counts == {("/twilio/sms", "4xx"): 1, ("none", "4xx"): 1}


def test_what_waits_for_its_sender_is_told(day: ClinicDay, client: FlaskClient) -> None:
    for number in range(1, 4):
        day.patient(number)
    assert read(client)["due"] == 0
    day.clock.set(day.clock() + timedelta(hours=20))
    told = read(client)
    assert (told["due"], told["claimed"], told["senders_waiting"]) == (3, 0, 0)
    day.tick()
    told = read(client)
    assert (told["due"], told["claimed"], told["senders_waiting"]) == (0, 0, 1)
