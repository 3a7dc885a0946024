"""Calls through Twilio's own client: dialled, ringing, answered, told about, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from followup.simulator.scripts import Ring, Scripted

from .bench import CLINIC, PATIENT, PUBLIC, START, Bench

EVENTS = ["initiated", "ringing", "answered", "completed"]
GATHER = '<Response><Gather action="/voice/keys?t=1" timeout="4"><Say>Press a key</Say></Gather></Response>'


def call(bench: Bench, **more: Any) -> Any:
    more.setdefault("url", f"{PUBLIC}/voice")
    more.setdefault("status_callback", f"{PUBLIC}/voice/status?o=9")
    more.setdefault("status_callback_event", EVENTS)
    more.setdefault("to", PATIENT)
    more.setdefault("from_", CLINIC)
    return bench.client.calls.create(**more)


def person(bench: Bench, *rings: Ring, acts: tuple[str | None, ...] = (), number: str = PATIENT) -> Scripted:
    script = Scripted(calls=rings or (Ring(after=5),), acts=acts)
    bench.carrier.add_person(number, script)
    return script


def told(bench: Bench, path: str = "/voice/status") -> list[tuple[str, str]]:
    return [(h.form["SequenceNumber"], h.form["CallStatus"]) for h in bench.product.on(path)]


def test_a_call_has_twilios_field_types_and_its_events_are_numbered(bench: Bench) -> None:
    person(bench)
    bench.product.answers["/voice"] = "<Response><Say>Hello there</Say><Pause length='5'/></Response>"
    made = call(bench)
    assert made.sid[:2] == "CA"
    assert (made.status, made.duration, made.direction) == ("queued", None, "outbound-api")
    bench.run(120)
    assert told(bench) == [("0", "initiated"), ("1", "ringing"), ("2", "in-progress"), ("3", "completed")]
    assert all(heard.signed and heard.query == "o=9" for heard in bench.product.on("/voice/status"))
    last = bench.product.on("/voice/status")[-1].form
    assert (last["CallDuration"], last["Duration"], last["SipResponseCode"]) == ("6", "1", "200")
    assert last["CallbackSource"] == "call-progress-events"
    assert last["Timestamp"] == "Tue, 10 Mar 2026 14:00:12 +0000"
    done = bench.client.calls(made.sid).fetch()
    assert (done.status, done.duration, done.price) == ("completed", "6", "-0.01400")
    assert done.start_time == START + timedelta(seconds=6)
    assert done.from_formatted == "(202) 555-0123"
    ledger = bench.carrier.ledger()
    assert (ledger["calls"], ledger["minutes"]) == (1, 1)


def test_only_completed_is_told_unless_more_is_asked_for(bench: Bench) -> None:
    person(bench)
    call(bench, status_callback_event=None)
    bench.run(60)
    assert told(bench) == [("0", "completed")]


@pytest.mark.parametrize(
    ("ring", "status", "sip", "after"),
    [
        (Ring("ring"), "no-answer", "487", 21),
        (Ring("busy"), "busy", "486", 2),
        (Ring("reject", after=4), "busy", "486", 5),
        (Ring("fail"), "failed", "404", 2),
        (Ring("answer", after=30), "no-answer", "487", 21),
    ],
)
def test_a_call_nobody_takes_ends_with_its_reason_and_costs_nothing(
    bench: Bench, ring: Ring, status: str, sip: str, after: int
) -> None:
    person(bench, ring)
    sid = call(bench, timeout=20).sid
    bench.run(120)
    last = bench.product.on("/voice/status")[-1].form
    assert (last["CallStatus"], last["SipResponseCode"], last["CallDuration"]) == (status, sip, "0")
    done = bench.client.calls(sid).fetch()
    assert (done.status, done.price) == (status, None)
    assert done.end_time == START + timedelta(seconds=after)
    assert bench.product.on("/voice") == []
    assert bench.carrier.ledger()["calls"] == 0


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"to": "+15005550001"}, 21217),
        ({"to": "+15005550002"}, 21214),
        ({"to": "+15005550003"}, 21215),
        ({"to": "+15005550004"}, 21216),
        ({"to": "12"}, 21217),
        ({"from_": "+12025550199"}, 21210),
        ({"url": ""}, 21205),
        ({"timeout": 601}, 20001),
        ({"status_callback_event": ["rang"]}, 20001),
        ({"machine_detection": "Maybe"}, 20001),
    ],
)
def test_a_refused_call_carries_twilios_code(bench: Bench, order: dict[str, Any], code: int) -> None:
    with pytest.raises(TwilioRestException) as caught:
        call(bench, **order)
    assert caught.value.code == code
    assert bench.kinds("call") == []


def test_one_call_a_second_is_dialled_and_the_others_wait(bench: Bench) -> None:
    for n in range(3):
        call(bench, to=f"+1202555015{n}", timeout=5)
    bench.run(60)
    rings = [fact.at for fact in bench.kinds("call_status") if fact["status"] == "ringing"]
    assert rings == [START + timedelta(seconds=n) for n in (1, 2, 3)]


def test_a_phone_in_a_call_is_busy_to_the_next(bench: Bench) -> None:
    person(bench)
    bench.product.answers["/voice"] = "<Response><Pause length='60'/></Response>"
    call(bench)
    bench.run(10)
    second = call(bench)
    bench.run(10)
    assert bench.client.calls(second.sid).fetch().status == "busy"


def test_a_live_call_can_be_sent_elsewhere_or_ended_and_a_dead_one_not(bench: Bench) -> None:
    script = person(bench)
    bench.product.answers["/voice"] = "<Response><Say>One</Say><Pause length='60'/><Say>Two</Say></Response>"
    bench.product.answers["/other"] = "<Response><Say>Elsewhere</Say><Pause length='60'/></Response>"
    sid = call(bench).sid
    with pytest.raises(TwilioRestException) as caught:
        bench.client.calls(sid).update(url=f"{PUBLIC}/other")
    assert caught.value.code == 21220
    bench.run(10)
    bench.client.calls(sid).update(url=f"{PUBLIC}/other")
    bench.run(5)
    assert script.heard == ["One", "Elsewhere"]
    bench.client.calls(sid).update(twiml="<Response><Say>Third</Say><Pause length='60'/></Response>")
    bench.run(5)
    assert script.heard[-1] == "Third"
    assert bench.client.calls(sid).update(status="completed").status == "completed"
    with pytest.raises(TwilioRestException) as caught:
        bench.client.calls(sid).update(twiml="<Response/>")
    assert caught.value.code == 21220


def test_a_call_that_waits_or_rings_can_be_canceled(bench: Bench) -> None:
    person(bench, Ring("ring"))
    sid = call(bench).sid
    bench.run(5)
    assert bench.client.calls(sid).update(status="canceled").status == "canceled"
    bench.run(120)
    assert told(bench)[-1] == ("2", "canceled")


def test_calls_are_listed_by_number_status_and_day(bench: Bench) -> None:
    person(bench)
    made = call(bench)
    call(bench, to="+12025550150", timeout=5)
    bench.run(60)
    assert [c.sid for c in bench.client.calls.list(status="completed")] == [made.sid]
    assert [c.to for c in bench.client.calls.list(to="+12025550150")] == ["+12025550150"]
    assert [c.sid for c in bench.client.calls.list(start_time_after=START, limit=9)] == [made.sid]
    assert bench.client.calls.list(start_time_after=START + timedelta(days=1), limit=9) == []


def detected(bench: Bench, mode: str = "DetectMessageEnd", **more: Any) -> str:
    sid: str = call(
        bench,
        machine_detection=mode,
        async_amd="true",
        async_amd_status_callback=f"{PUBLIC}/amd?o=9",
        **more,
    ).sid
    return sid


@pytest.mark.parametrize(
    ("ring", "mode", "answered_by", "milliseconds"),
    [
        (Ring("answer"), "DetectMessageEnd", "human", "3500"),
        (Ring("machine", greeting=9), "Enable", "machine_start", "4000"),
        (Ring("machine", greeting=9), "DetectMessageEnd", "machine_end_beep", "9500"),
        (Ring("machine", greeting=9, beep=False), "DetectMessageEnd", "machine_end_silence", "9500"),
        (Ring("machine", greeting=45), "DetectMessageEnd", "unknown", "30000"),
    ],
)
def test_the_verdict_comes_beside_the_call_when_it_is_asynchronous(
    bench: Bench, ring: Ring, mode: str, answered_by: str, milliseconds: str
) -> None:
    person(bench, ring)
    bench.product.answers["/voice"] = "<Response><Pause length='50'/></Response>"
    sid = detected(bench, mode)
    bench.run(120)
    assert "AnsweredBy" not in bench.product.on("/voice")[0].form
    (verdict,) = bench.product.on("/amd")
    assert verdict.signed
    assert verdict.form["AnsweredBy"] == answered_by
    assert verdict.form["MachineDetectionDuration"] == milliseconds
    assert bench.client.calls(sid).fetch().answered_by == answered_by
    assert bench.carrier.ledger()["detections"] == 1


def test_a_synchronous_verdict_comes_with_the_first_request_after_a_silence(bench: Bench) -> None:
    person(bench, Ring("machine", after=5, greeting=8))
    call(bench, machine_detection="Enable")
    bench.run(60)
    assert bench.product.on("/voice")[0].form["AnsweredBy"] == "machine_start"
    (asked,) = [fact for fact in bench.kinds("webhook") if fact["url"].endswith("/voice")]
    assert asked.at == START + timedelta(seconds=10)


def test_a_detection_can_be_wrong(bench: Bench) -> None:
    person(bench)
    bench.carrier.fault_next("wrong_verdict")
    bench.product.answers["/voice"] = "<Response><Pause length='20'/></Response>"
    detected(bench)
    bench.run(60)
    assert bench.product.on("/amd")[0].form["AnsweredBy"].startswith("machine_end")


def test_asynchronous_detection_without_a_callback_is_warned_about(bench: Bench) -> None:
    call(bench, machine_detection="Enable", async_amd="true")
    assert [fact["code"] for fact in bench.kinds("alert")] == [21262]


def test_a_machine_keeps_only_what_is_said_after_its_greeting(bench: Bench) -> None:
    person(bench, Ring("machine", greeting=10))
    bench.product.answers["/voice"] = (
        "<Response><Say>lost lost lost</Say><Pause length='12'/>"
        "<Say>Please call Harbor Clinic</Say></Response>"
    )
    call(bench)
    bench.run(60)
    (kept,) = bench.kinds("voicemail")
    assert kept["words"] == "Please call Harbor Clinic"
    assert ("voicemail", "Please call Harbor Clinic") in [
        (b.side, b.text) for b in bench.carrier.phones[PATIENT].bubbles
    ]


def test_a_message_that_is_cut_short_is_kept_as_far_as_it_was_said(bench: Bench) -> None:
    person(bench, Ring("machine", after=5, greeting=3))
    words = " ".join(f"word{n}" for n in range(1, 21))  # 8.5 s: 0.425 s each
    bench.product.answers["/voice"] = f"<Response><Say>{words}</Say></Response>"
    sid = call(bench).sid
    bench.run(6)  # answered
    bench.run(5)  # 5 s into the words, 3 s of which the greeting covers
    bench.client.calls(sid).update(twiml="<Response><Say>Goodbye</Say></Response>")
    bench.run(20)
    (kept,) = bench.kinds("voicemail")
    assert kept["words"] == "word9 word10 word11 Goodbye"


def test_a_call_from_a_phone_asks_the_numbers_url_while_it_rings(bench: Bench) -> None:
    script = person(bench, acts=("7#",))
    bench.product.answers["/voice"] = GATHER
    bench.product.answers["/voice/keys"] = "<Response><Say>Thanks</Say><Hangup/></Response>"
    sid = bench.carrier.call_in(PATIENT, CLINIC).sid
    bench.run(60)
    first = bench.product.on("/voice")[0]
    assert first.signed
    assert (first.form["Direction"], first.form["CallStatus"]) == ("inbound", "ringing")
    assert (first.form["From"], first.form["To"]) == (PATIENT, CLINIC)
    (keys,) = bench.product.on("/voice/keys")
    assert (keys.form["Digits"], keys.form["CallStatus"]) == ("7", "in-progress")
    assert script.heard == ["Press a key", "Thanks"]
    assert told(bench) == [("0", "completed")]
    assert bench.client.calls(sid).fetch().direction == "inbound"


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_is_neither_answered_nor_billed(bench: Bench, reason: str, status: str) -> None:
    bench.product.answers["/voice"] = f"<Response><Reject reason='{reason}'/></Response>"
    sid = bench.carrier.call_in(PATIENT, CLINIC).sid
    bench.run(10)
    done = bench.client.calls(sid).fetch()
    assert (done.status, done.start_time) == (status, None)
    assert bench.carrier.ledger()["calls"] == 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("call_receipt_drop", ["1", "2", "3"]),
        ("call_receipt_duplicate", ["0", "0", "1", "2", "3"]),
        ("call_receipt_reorder", ["1", "2", "3", "0"]),
    ],
)
def test_receipts_of_calls_can_be_lost_doubled_and_swapped(
    bench: Bench, fault: str, expected: list[str]
) -> None:
    person(bench)
    bench.carrier.fault_next(fault)
    call(bench)
    bench.run(60)
    assert [number for number, _ in told(bench)] == expected


def test_a_fault_after_commit_hides_a_call_that_rings(bench: Bench) -> None:
    person(bench)
    bench.carrier.fault_next("error_after")
    with pytest.raises(TwilioRestException) as caught:
        call(bench)
    assert caught.value.status == 500
    bench.run(60)
    assert told(bench)[-1] == ("3", "completed")
    assert len(bench.client.calls.list(to=PATIENT, limit=9)) == 1


def test_a_long_call_ends_at_its_limit(bench: Bench) -> None:
    person(bench)
    bench.product.answers["/voice"] = "<Response><Pause length='600'/></Response>"
    sid = call(bench, time_limit=30).sid
    bench.run(120)
    assert bench.client.calls(sid).fetch().duration == "30"
