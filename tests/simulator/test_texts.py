"""Texts through Twilio's own client: the shapes of the API and the journey of a message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from followup.simulator import Carrier
from followup.simulator.people import cast
from followup.simulator.scripts import Scripted

from .bench import CLINIC, PATIENT, PUBLIC, SID, START, TOKEN, Bench, Clock, client_for


def refused(bench: Bench, **order: object) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        bench.send(**order)  # type: ignore[arg-type]
    return caught.value


def raw(bench: Bench, method: str, path: str, **more: object) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        url = f"http://127.0.0.1:{bench.port}/2010-04-01/Accounts/{SID}{path}"
        return session.request(method, url, auth=(SID, TOKEN), timeout=5, **more)  # type: ignore[arg-type]


def test_a_created_message_has_twilios_field_types(bench: Bench) -> None:
    answer = raw(bench, "POST", "/Messages.json", data={"To": PATIENT, "From": CLINIC, "Body": "Hi"})
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Twilio-Request-Id"].startswith("RQ")
    assert body["sid"][:2] == "SM"
    assert len(body["sid"]) == 34
    assert (body["status"], body["num_segments"], body["num_media"]) == ("queued", "1", "0")
    assert (body["error_code"], body["error_message"], body["price"]) == (None, None, None)
    assert body["date_created"] == "Tue, 10 Mar 2026 14:00:00 +0000"
    assert body["date_sent"] is None
    assert body["direction"] == "outbound-api"
    assert body["uri"] == f"/2010-04-01/Accounts/{SID}/Messages/{body['sid']}.json"
    assert body["subresource_uris"]["media"].endswith(f"{body['sid']}/Media.json")


def test_a_message_is_sent_then_delivered_and_its_first_state_is_not_called_back(bench: Bench) -> None:
    sid = bench.send("Hello").sid
    assert bench.product.heard == []
    bench.run()
    assert bench.product.statuses() == ["sent", "delivered"]
    receipt = bench.product.on("/status")[1]
    assert receipt.signed
    assert receipt.query == "o=41"
    assert receipt.form["MessageSid"] == receipt.form["SmsSid"] == sid
    assert receipt.form["RawDlrDoneDate"] == "2603101400"
    assert "Body" not in receipt.form
    fetched = bench.client.messages(sid).fetch()
    assert fetched.status == "delivered"
    assert fetched.price == "-0.01180"
    assert fetched.date_sent == START
    assert [bubble.text for bubble in bench.carrier.phones[PATIENT].bubbles] == ["Hello"]


def test_with_a_messaging_service_accepted_comes_first_and_queued_is_called_back(bench: Bench) -> None:
    bench.carrier.add_service("MG" + "1" * 32, [CLINIC])
    message = bench.send("Hi", from_=None, messaging_service_sid="MG" + "1" * 32)
    assert (message.status, message.from_, message.num_segments) == ("accepted", None, "0")
    bench.run()
    assert bench.product.statuses() == ["queued", "sent", "delivered"]
    assert bench.client.messages(message.sid).fetch().from_ == CLINIC


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"to": "+15005550001"}, 21211),
        ({"to": "0123"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+447700900123"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
        ({"from_": "+12025550199"}, 21606),
        ({"from_": None}, 21603),
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"to": CLINIC}, 21266),
        ({"status_callback": "https://my_host.example/s"}, 21609),
        ({"validity_period": 36001}, 20001),
        ({"content_retention": "discard"}, 30029),
    ],
)
def test_a_refused_message_carries_twilios_code(bench: Bench, order: dict[str, object], code: int) -> None:
    error = refused(bench, **order)
    assert error.code == code
    assert error.status in (400, 403, 429)
    assert bench.kinds("create") == []


def test_a_wrong_token_is_20003_and_an_unknown_sid_20404(bench: Bench) -> None:
    with pytest.raises(TwilioRestException) as caught:
        client_for(bench.port, token="wrong").messages.create(to=PATIENT, from_=CLINIC, body="Hi")
    assert (caught.value.status, caught.value.code) == (401, 20003)
    with pytest.raises(TwilioRestException) as caught:
        bench.client.messages("SM" + "0" * 32).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert raw(bench, "GET", "/Messages/SMx.json").json()["more_info"].endswith("/20404")


def test_lists_page_newest_first_with_relative_addresses(bench: Bench) -> None:
    sids = [bench.send(f"text {n}").sid for n in range(5)]
    assert [message.sid for message in bench.client.messages.list(page_size=2)] == sids[::-1]
    first = raw(bench, "GET", "/Messages.json", params={"PageSize": 2, "To": PATIENT}).json()
    assert first["next_page_uri"].startswith(f"/2010-04-01/Accounts/{SID}/Messages.json?To=%2B1202")
    assert (first["page"], first["page_size"], first["start"], first["end"]) == (0, 2, 0, 1)
    assert first["previous_page_uri"] is None
    assert bench.client.messages.list(to="+12025550146", limit=5) == []


def test_date_filters_go_by_day_and_do_not_find_what_has_not_left(bench: Bench) -> None:
    bench.carrier.senders[CLINIC].mps = 0.0001
    first, second = bench.send("one"), bench.send("two")
    bench.run(10)
    today = bench.client.messages.list(date_sent_after=START, date_sent_before=START + timedelta(hours=1))
    assert [message.sid for message in today] == [first.sid]
    assert {message.sid for message in bench.client.messages.list(to=PATIENT)} == {first.sid, second.sid}
    assert bench.client.messages.list(date_sent=START.date() + timedelta(days=1)) == []


def test_a_body_can_be_redacted_and_a_message_deleted_once_it_has_left(bench: Bench) -> None:
    message = bench.send("secret")
    with pytest.raises(TwilioRestException) as caught:
        bench.client.messages(message.sid).delete()
    assert caught.value.code == 20009
    with pytest.raises(TwilioRestException) as caught:
        bench.client.messages(message.sid).update(body="")
    assert caught.value.code == 20009
    bench.run()
    assert bench.client.messages(message.sid).update(body="").body == ""
    assert bench.client.messages(message.sid).delete()
    assert bench.client.messages.list(limit=5) == []


def test_a_scheduled_message_waits_and_can_be_canceled(bench: Bench) -> None:
    service = "MG" + "1" * 32
    bench.carrier.add_service(service, [CLINIC])
    order = {"from_": None, "messaging_service_sid": service, "schedule_type": "fixed"}
    kept = bench.send("later", send_at=START + timedelta(minutes=20), **order)
    dropped = bench.send("never", send_at=START + timedelta(minutes=20), **order)
    assert (kept.status, dropped.status) == ("scheduled", "scheduled")
    assert bench.client.messages(dropped.sid).update(status="canceled").status == "canceled"
    bench.run(21 * 60)
    assert bench.client.messages(kept.sid).fetch().status == "delivered"
    assert bench.client.messages(dropped.sid).fetch().status == "canceled"
    assert refused(bench, send_at=START + timedelta(minutes=30), **order).code == 35114


def test_texts_of_one_sender_leave_one_segment_a_second(bench: Bench) -> None:
    for _ in range(3):
        bench.send("x" * 161)  # two segments each
    bench.run()
    left = [fact.at for fact in bench.kinds("status") if fact["status"] == "sent"]
    assert left == [START, START + timedelta(seconds=2), START + timedelta(seconds=4)]


def test_what_cannot_leave_within_its_validity_fails_with_30036(bench: Bench) -> None:
    bench.carrier.senders[CLINIC].mps = 0.01
    bench.send("first")
    late = bench.send("second", validity_period=60)
    bench.run(200)
    fetched = bench.client.messages(late.sid).fetch()
    assert (fetched.status, fetched.error_code) == ("failed", 30036)
    assert [bubble.text for bubble in bench.carrier.phones[PATIENT].bubbles] == ["first"]


def test_a_queue_of_ten_hours_is_refused_with_21611(bench: Bench) -> None:
    bench.carrier.senders[CLINIC].mps = 0.00002  # one segment in about 14 hours
    bench.send("first")
    assert refused(bench, body="second").code == 21611


def test_a_service_takes_what_its_queue_cannot_hold_and_fails_it_with_30001(bench: Bench) -> None:
    bench.carrier.add_service("MG" + "1" * 32, [CLINIC])
    bench.carrier.senders[CLINIC].mps = 0.00002
    pooled: dict[str, Any] = {"from_": None, "messaging_service_sid": "MG" + "1" * 32}
    bench.send("first", **pooled)
    late = bench.send("second", **pooled)
    assert late.status == "accepted"
    bench.run(10)
    fetched = bench.client.messages(late.sid).fetch()
    assert (fetched.status, fetched.error_code) == ("failed", 30001)


def test_a_service_spreads_recipients_over_its_numbers_and_keeps_to_them(bench: Bench) -> None:
    other = "+12025550124"
    bench.carrier.add_number(other)
    bench.carrier.add_service("MG" + "1" * 32, [CLINIC, other])
    for n in (0, 1, 0, 1):
        to = f"+1202555015{n}"
        bench.send("Hi", to=to, from_=None, messaging_service_sid="MG" + "1" * 32)
    bench.run(30)
    left = {(fact.at - START).total_seconds() for fact in bench.kinds("status") if fact["status"] == "sent"}
    assert left == {0, 1}
    used = {(message.to[-1], message.from_) for message in bench.client.messages.list(limit=9)}
    assert used == {("0", CLINIC), ("1", other)}


def test_the_same_seed_and_start_give_the_same_day(bench: Bench) -> None:
    def day() -> list[tuple[object, ...]]:
        clock = Clock()
        carrier = Carrier(
            account_sid=SID,
            auth_token=TOKEN,
            now=clock,
            public_url=PUBLIC,
            deliver_to=bench.product.url,
            seed=5,
        )
        carrier.add_number(CLINIC, sms_url=f"{PUBLIC}/sms")
        carrier.faults.set(receipt_drop=0.3, inbound_late=0.3, unreachable=0.2)
        for person in cast(12, seed=5):
            carrier.add_person(person.number, person)
            order = {"To": person.number, "From": CLINIC, "Body": "How is your pain now? 0 to 10"}
            carrier.texts.create({**order, "StatusCallback": f"{PUBLIC}/status"})
        Bench(carrier, bench.product, clock, bench.client, 0).run(4 * 3600)
        return [(fact.at, fact.kind, fact.get("sid"), fact.get("body")) for fact in carrier.log]

    first = day()
    assert len(first) > 100
    assert first == day()


def test_many_creates_at_once_lose_nothing(bench: Bench) -> None:
    bench.carrier.senders[CLINIC].mps = 1000

    def send(n: int) -> str:
        client = client_for(bench.port)
        return str(client.messages.create(to=f"+1202555{1000 + n}", from_=CLINIC, body=str(n)).sid)

    with ThreadPoolExecutor(8) as pool:
        sids = list(pool.map(send, range(40)))
    bench.run(30)
    assert len(set(sids)) == 40
    assert sorted(fact["body"] for fact in bench.kinds("arrive")) == sorted(map(str, range(40)))


@pytest.mark.parametrize(
    ("line", "code"), [("landline", 30006), ("unreachable", 30003), ("inactive", 30005), ("filtered", 30007)]
)
def test_a_line_that_takes_no_texts_is_undelivered_with_its_code(bench: Bench, line: str, code: int) -> None:
    bench.carrier.add_person(PATIENT, Scripted(line=line))  # type: ignore[arg-type]
    sid = bench.send("Hello").sid
    bench.run()
    assert bench.product.statuses() == ["sent", "undelivered"]
    assert bench.product.on("/status")[1].form["ErrorCode"] == str(code)
    assert bench.client.messages(sid).fetch().error_code == code
    assert bench.carrier.phones[PATIENT].bubbles == []


def test_the_ledger_adds_up_segments_and_their_price(bench: Bench) -> None:
    bench.send("x" * 161)
    bench.carrier.text(PATIENT, CLINIC, "7")
    bench.run()
    assert bench.carrier.ledger() == {
        "segments_out": 2,
        "segments_in": 1,
        "calls": 0,
        "minutes": 0,
        "detections": 0,
        "amount": "0.0319",  # 2 x (0.0083 + 0.0035) + 0.0083
        "currency": "USD",
    }


def test_the_account_and_its_numbers_can_be_looked_up(bench: Bench) -> None:
    assert bench.client.api.accounts(SID).fetch().status == "active"
    (number,) = bench.client.incoming_phone_numbers.list(phone_number=CLINIC)
    assert number.sms_url == f"{PUBLIC}/sms"
