"""What the carrier keeps and sees: no words for longer than needed, nothing of a patient in an address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from followup.clinic import ClinicFileError, parse_clinic_file
from followup.simulator import rest_messages
from followup.simulator.messages import Message
from followup.simulator.refusals import Refusal
from followup.store import Store
from followup.store.models import Inbound, OptOut, Outbound, Task
from tests.clinic_day import CLINIC, SENDER, ClinicDay

REDACTING = (
    CLINIC.replace('from = "+12025550123"', 'from = "+12025550123"\nstop_reply = "us"')
    + '\n[carrier]\nredact = true\n[calling]\nfrom = "+12025550123"\n'
)


@pytest.fixture
def private(store: Store) -> Iterator[ClinicDay]:
    day = ClinicDay(store, clinic=REDACTING)
    day.carrier.add_number(SENDER, optout="off")  # as the carrier does where it redacts
    yield day
    day.close()


def bodies(day: ClinicDay) -> set[str]:
    return {message.body for message in day.carrier.texts.all.values()}


def test_the_words_go_at_the_carrier_and_stay_with_us(private: ClinicDay) -> None:
    phone = private.patient()
    private.person(phone, ["7 like a zebra", "N", "1", "6", "N", "Y"])
    private.at("10:03")
    assert "7 like a zebra" in bodies(private), "a text is left alone while a repeat may be under way"
    private.at("13:00")
    assert len(private.texts(phone)) == 7, "the conversation is not disturbed"
    assert bodies(private) == {""}
    assert "7 like a zebra" in {row.body for row in private.rows(Inbound)}
    assert all(row.redacted_at for row in private.rows(Outbound, Outbound.sid != ""))


def test_without_the_setting_nothing_is_redacted(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, ["7"])
    day.at("13:00")
    assert "7" in bodies(day)


def test_with_the_carriers_filter_off_a_stop_is_still_a_stop_and_we_confirm_it(private: ClinicDay) -> None:
    phone = private.patient()
    private.at("10:01")
    private.text(phone, "STOP")
    assert "stop" in private.texts(phone)[-1].lower(), "nobody else would confirm it"
    private.at("20:00")
    assert len(private.creates(phone)) == 1
    assert private.rows(OptOut)[0].stopped
    private.text(phone, "STOP")
    assert len(private.texts(phone)) == 2, "a second STOP is not answered again"


def test_a_file_that_redacts_and_leaves_stop_to_the_carrier_is_refused() -> None:
    with pytest.raises(ClinicFileError, match=r'set texting.stop_reply = "us"'):
        parse_clinic_file(CLINIC + "\n[carrier]\nredact = true\n")


def test_what_cannot_be_redacted_now_is_tried_again(
    private: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, times = rest_messages._found, []

    def busy_at_first(sid: str) -> Message:
        times.append(sid)
        if len(times) < 4:
            raise Refusal(20429)
        return found(sid)

    monkeypatch.setattr(rest_messages, "_found", busy_at_first)
    phone = private.patient()
    private.person(phone, ["7"])
    for minute in range(5):
        private.at(f"12:0{minute}")
    assert len(times) > 4
    assert bodies(private) == {""}
    assert private.rows(Task) == []


def test_an_account_without_redaction_is_told_to_staff_once_a_day(
    private: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(sid: str) -> None:
        raise Refusal(20001, "redaction is not switched on")

    monkeypatch.setattr(rest_messages, "_found", refuse)
    phone = private.patient()
    private.person(phone, ["7"])
    private.at("14:00")
    tasks = [row for row in private.rows(Task) if row.kind == "redaction"]
    assert [row.dedupe for row in tasks] == ["redact:1:20001:2026-03-10"]
    assert "7" in bodies(private)


def test_a_text_deleted_at_the_carrier_is_not_asked_for_again(private: ClinicDay) -> None:
    phone = private.patient()
    private.at("10:01")
    del private.carrier.texts.all[private.rows(Outbound, Outbound.to_hash != "")[0].sid]
    private.at("11:00")
    assert private.rows(Outbound, Outbound.channel == "text")[0].redacted_at is not None
    assert phone


def test_addresses_given_to_the_carrier_name_a_row_and_nothing_else(private: ClinicDay) -> None:
    """They stand in its logs; a GET would stand there with its parameters, so everything is posted."""
    private.patient(1)
    spoken_to = private.patient(2, channel="call")
    private.person(spoken_to, [], acts=["1", "7", "1"])
    private.at("20:00")
    asked = {fact["url"] for fact in private.carrier.log.of("webhook")}
    allowed = re.compile(r"https://followup\.example/twilio/[a-z/]+(\?[ot]=\d+(&[ot]=\d+)?)?")
    assert len(asked) > 5
    assert [url for url in asked if not allowed.fullmatch(url)] == []
    assert {call.method for call in private.carrier.calls.all.values()} == {"POST"}


def test_nothing_is_recorded() -> None:
    """Neither a parameter of a call nor a verb: a recording would be one more place that leaks."""
    sources = [p for p in Path("followup").rglob("*.py") if "simulator" not in p.parts]
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert "<Record" not in text, path
        assert "record=" not in text, path
        assert "recording_" not in text, path
