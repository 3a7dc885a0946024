"""Each fault, seen from the real client: before it nothing exists, after it the message is on its way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from followup.simulator.faults import NAMES, Faults
from followup.simulator.scripts import Scripted

from .bench import CLINIC, PATIENT, Bench, client_for


@pytest.mark.parametrize(("fault", "status", "code"), [("busy", 429, 20429), ("unavailable", 503, 20503)])
def test_a_refusal_before_leaves_nothing_behind(bench: Bench, fault: str, status: int, code: int) -> None:
    bench.carrier.fault_next(fault)
    with pytest.raises(TwilioRestException) as caught:
        bench.send()
    assert (caught.value.status, caught.value.code) == (status, code)
    assert bench.kinds("create") == []
    assert bench.carrier.faults.counts[fault] == 1
    assert bench.send().status == "queued"


def test_a_reset_before_or_after_looks_the_same_to_the_client(bench: Bench) -> None:
    for fault, exists in (("reset_before", 0), ("reset_after", 1)):
        bench.carrier.fault_next(fault)
        with pytest.raises(requests.ConnectionError, match="reset"):
            bench.send()
        assert len(bench.kinds("create")) == exists
    assert bench.kinds("create")[0]["fault"] == "reset_after"
    bench.run()
    assert bench.product.statuses() == ["sent", "delivered"]


def test_a_timeout_after_leaves_a_message_that_arrives(bench: Bench) -> None:
    bench.carrier.faults.hang_seconds = 0.6
    impatient = client_for(bench.port, timeout=0.2)
    for fault, exists in (("timeout_before", 0), ("timeout_after", 1)):
        bench.carrier.fault_next(fault)
        with pytest.raises(requests.ReadTimeout):
            impatient.messages.create(to=PATIENT, from_=CLINIC, body="Hi")
        assert len(bench.kinds("create")) == exists
    bench.run()
    assert [bubble.text for bubble in bench.carrier.phones[PATIENT].bubbles] == ["Hi"]


def test_an_error_or_a_broken_answer_after_hides_a_created_message(bench: Bench) -> None:
    bench.carrier.fault_next("error_after")
    with pytest.raises(TwilioRestException) as caught:
        bench.send()
    assert caught.value.status == 500
    bench.carrier.fault_next("garbled_after")
    with pytest.raises(json.JSONDecodeError):
        bench.send()
    assert len(bench.client.messages.list(to=PATIENT, limit=9)) == 2


def test_a_refused_port_refuses_new_connections_and_comes_back(bench: Bench) -> None:
    bench.carrier.faults.refuse_seconds = 0.5
    bench.carrier.unplug()
    with pytest.raises(requests.ConnectionError, match="refused"):
        bench.send()
    for _ in range(40):
        try:
            bench.send()
            break
        except requests.ConnectionError:
            time.sleep(0.05)
    assert len(bench.kinds("create")) == 1


def test_a_refused_request_leaves_an_after_fault_uncounted(bench: Bench) -> None:
    bench.carrier.fault_next("reset_after")
    with pytest.raises(TwilioRestException) as caught:
        bench.send(to="+15005550001")
    assert caught.value.code == 21211
    assert bench.carrier.faults.counts["reset_after"] == 0


def test_too_many_requests_at_once_are_429(bench: Bench) -> None:
    bench.carrier.most_at_once = 0
    with pytest.raises(TwilioRestException) as caught:
        bench.send()
    assert caught.value.code == 20429
    bench.carrier.most_at_once = 1
    assert bench.send().status == "queued"


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ("receipt_drop", ["delivered"]),
        ("receipt_duplicate", ["sent", "sent", "delivered"]),
        ("receipt_reorder", ["delivered", "sent"]),
        ("no_receipt", ["sent"]),
        ("unreachable", ["sent", "undelivered"]),
        ("filtered", ["sent", "undelivered"]),
        ("unknown_error", ["sent", "undelivered"]),
    ],
)
def test_receipts_can_be_dropped_doubled_and_swapped(bench: Bench, fault: str, statuses: list[str]) -> None:
    bench.carrier.fault_next(fault)
    bench.send()
    bench.run()
    assert sorted(bench.product.statuses()) == sorted(statuses)
    if fault == "receipt_reorder":
        assert bench.product.statuses() == statuses


def test_a_late_receipt_comes_hours_later(bench: Bench) -> None:
    bench.carrier.fault_next("receipt_late")
    bench.send()
    bench.run(3600)
    assert bench.product.statuses() == ["delivered"]
    bench.run(3 * 3600)
    assert bench.product.statuses() == ["delivered", "sent"]


def test_a_long_text_can_be_told_undelivered_then_delivered(bench: Bench) -> None:
    bench.carrier.fault_next("contradiction")
    bench.send("x" * 200)
    bench.run()
    assert bench.product.statuses() == ["sent", "undelivered", "delivered"]


def test_a_receipt_can_overtake_the_answer_to_create(bench: Bench) -> None:
    bench.carrier.fault_next("receipt_before_response")
    sid = bench.send().sid
    assert [heard.form["MessageSid"] for heard in bench.product.on("/status")] == [sid]
    bench.run()
    assert bench.product.statuses() == ["sent", "delivered"]
    assert len(bench.carrier.phones[PATIENT].bubbles) == 1


def test_an_inbound_text_can_come_twice_or_late(bench: Bench) -> None:
    bench.carrier.fault_next("inbound_duplicate")
    bench.carrier.text(PATIENT, CLINIC, "7")
    bench.run(10)
    first, second = bench.product.on("/sms")
    assert first.form["MessageSid"] == second.form["MessageSid"]
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]
    bench.carrier.fault_next("inbound_late")
    bench.carrier.text(PATIENT, CLINIC, "8")
    bench.run(300)
    assert len(bench.product.on("/sms")) == 2
    bench.run(301)
    assert len(bench.product.on("/sms")) == 3


def test_chances_are_reproducible_and_each_strike_is_counted() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.set(busy=0.3)
        return [bool(faults.strikes("busy", "unavailable")) for _ in range(200)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 40 < sum(strikes(1)) < 80


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda faults: faults.next("bussy"), "no fault is called 'bussy': choose from busy, "),
        (lambda faults: faults.set(busy=2), "the probability of 'busy' is 2: give a number from 0 to 1"),
    ],
)
def test_an_unknown_fault_is_named_in_words(act: Callable[[Faults], None], words: str) -> None:
    with pytest.raises(ValueError, match=words[:20]) as caught:
        act(Faults(1))
    assert str(caught.value).startswith(words)


def test_a_day_with_every_message_fault_on_ends_with_every_text_on_a_phone_once(bench: Bench) -> None:
    faults = bench.carrier.faults
    faults.hang_seconds = 0.3
    faults.refuse_seconds = 0.05
    faults.set(
        **dict.fromkeys([n for n in NAMES if n.startswith(("reset", "error", "garbled", "receipt"))], 0.15)
    )
    created = 0
    for n in range(25):
        phone = f"+1202555{100 + n:04d}"
        bench.carrier.add_person(phone, Scripted())
        with suppress(requests.ConnectionError, TwilioRestException, json.JSONDecodeError):
            bench.send(f"text {n}", to=phone)
    created = len(bench.kinds("create"))
    bench.run(6 * 3600)
    assert 15 < created < 25
    assert sum(len(phone.bubbles) for phone in bench.carrier.phones.values()) == created
    assert sum(faults.counts.values()) > 10
