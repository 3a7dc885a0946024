"""The phones page's API: what a hand on a phone can do, and who may not use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from followup.simulator.scripts import Ring, Scripted

from .bench import CLINIC, PATIENT, PUBLIC, Bench

NUMBER = PATIENT[1:]


class Page:
    def __init__(self, bench: Bench) -> None:
        self.base = f"http://127.0.0.1:{bench.port}"
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(self.base + path, timeout=5, **more)

    def post(self, path: str, **given: Any) -> requests.Response:
        return self.session.post(f"{self.base}/simulator/api/{path}", json=given, timeout=5)

    def phone(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.get(f"/simulator/api/phones/{NUMBER}").json()
        return answer


@pytest.fixture
def page(bench: Bench) -> Iterator[Page]:
    bench.carrier.add_person(PATIENT, name="Ann Lee")
    page = Page(bench)
    yield page
    page.session.close()


def test_the_page_allows_only_its_own_scripts_and_styles(bench: Bench, page: Page) -> None:
    answer = page.get("/")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert "onclick" not in answer.text
    assert "://" not in answer.text
    for name in ("phones.js", "phones.css"):
        assert page.get(f"/static/{name}").status_code == 200


def test_a_text_shows_unread_until_the_phone_is_looked_at(bench: Bench, page: Page) -> None:
    bench.send("How is your pain?")
    bench.run()
    (row,) = page.get("/simulator/api/state").json()["phones"]
    assert (row["name"], row["unread"], row["last"]) == ("Ann Lee", 1, "How is your pain?")
    assert [bubble["side"] for bubble in page.phone()["bubbles"]] == ["clinic"]
    assert page.get("/simulator/api/state").json()["phones"][0]["unread"] == 0


def test_a_reply_typed_on_the_phone_reaches_the_product(bench: Bench, page: Page) -> None:
    bench.send("How is your pain?")
    bench.run()
    assert page.post(f"phones/{NUMBER}/text", text="7").status_code == 201
    bench.run(1)
    assert bench.product.on("/sms")[0].form["Body"] == "7"
    assert page.phone()["bubbles"][-1]["text"] == "7"


def test_typing_takes_the_phone_from_its_script_and_a_tick_gives_it_back(bench: Bench, page: Page) -> None:
    bench.carrier.add_person(PATIENT, Scripted(texts=["one", "two"], text_delay=5))
    bench.send("First")
    bench.run(2)
    page.post(f"phones/{NUMBER}/text", text="mine")
    assert page.phone()["auto"] is False
    bench.run(60)
    assert [heard.form["Body"] for heard in bench.product.on("/sms")] == ["mine"]
    page.post(f"phones/{NUMBER}/auto", on=True)
    bench.send("Second")
    bench.run(60)
    assert [heard.form["Body"] for heard in bench.product.on("/sms")] == ["mine", "two"]


def test_a_call_rings_is_picked_up_keyed_and_hung_up(bench: Bench, page: Page) -> None:
    bench.product.answers["/voice"] = (
        '<Response><Gather numDigits="1" action="/keys" language="es-US"><Say language="es-US">¿Cuánto?</Say>'
        "</Gather></Response>"
    )
    bench.product.answers["/keys"] = "<Response><Say>Thanks</Say><Pause length='60'/></Response>"
    sid = bench.client.calls.create(to=PATIENT, from_=CLINIC, url=f"{PUBLIC}/voice").sid
    bench.run(3)
    assert page.get("/simulator/api/state").json()["phones"][0]["ringing"]
    call = page.phone()["call"]
    assert (call["state"], call["other"], call["outgoing"]) == ("ringing", CLINIC, False)
    assert page.post(f"phones/{NUMBER}/pickup").status_code == 204
    bench.run(1)
    call = page.phone()["call"]
    assert (call["state"], call["listening"]) == ("in-progress", True)
    assert [(said["text"], said["lang"]) for said in call["said"]] == [("¿Cuánto?", "es-US")]
    assert page.post(f"phones/{NUMBER}/key", key="x").status_code == 400
    assert page.post(f"phones/{NUMBER}/key", key="7").status_code == 204
    bench.run(2)
    assert bench.product.on("/keys")[0].form["Digits"] == "7"
    assert page.post(f"phones/{NUMBER}/hangup").status_code == 204
    assert page.phone()["call"] is None
    assert bench.client.calls(sid).fetch().status == "completed"
    assert page.post(f"phones/{NUMBER}/hangup").status_code == 409


def test_a_ringing_call_can_be_declined_or_let_ring(bench: Bench, page: Page) -> None:
    for act, status in (("hangup", "busy"), (None, "no-answer")):
        sid = bench.client.calls.create(to=PATIENT, from_=CLINIC, url=f"{PUBLIC}/voice", timeout=15).sid
        bench.run(3)
        if act:
            page.post(f"phones/{NUMBER}/{act}")
        bench.run(30)
        assert bench.client.calls(sid).fetch().status == status


def test_a_phone_can_call_the_clinic_and_say_something(bench: Bench, page: Page) -> None:
    bench.product.answers["/voice"] = (
        '<Response><Gather input="speech" action="/said"><Say>Tell us</Say></Gather></Response>'
    )
    bench.product.answers["/said"] = "<Response><Pause length='60'/></Response>"
    assert page.post(f"phones/{NUMBER}/dial", to=CLINIC).status_code == 201
    bench.run(1)
    assert page.phone()["call"]["outgoing"]
    page.post(f"phones/{NUMBER}/say", words="a seven")
    bench.run(10)
    assert bench.product.on("/said")[0].form["SpeechResult"] == "a seven"
    assert page.post(f"phones/{NUMBER}/dial", to=CLINIC).status_code == 400


def test_faults_are_switched_and_counted_from_the_page(bench: Bench, page: Page) -> None:
    assert page.post("faults", busy=0.5).status_code == 204
    assert page.post("faults/next", name="receipt_drop").status_code == 204
    faults = page.get("/simulator/api/state").json()["faults"]
    assert faults["chances"]["busy"] == 0.5
    assert faults["waiting"] == ["receipt_drop"]
    refused = page.post("faults", bussy=1)
    assert refused.status_code == 400
    assert "no fault is called 'bussy'" in refused.text
    assert page.post("faults/next", name="nothing").status_code == 400


def test_the_log_and_the_ledger_can_be_read_from_another_process(bench: Bench, page: Page) -> None:
    bench.send("Hello")
    bench.run()
    first = page.get("/simulator/api/log").json()
    assert {"create", "status", "arrive", "receipt"} <= {fact["kind"] for fact in first["facts"]}
    assert page.get(f"/simulator/api/log?after={first['next']}").json()["facts"] == []
    assert page.get("/simulator/api/ledger").json() == bench.carrier.ledger()


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        (f"phones/{NUMBER}/text", {"text": ""}, "there is nothing to send"),
        (f"phones/{NUMBER}/text", {"text": "Hi", "to": "+12025550199"}, "is not a number of this account"),
        ("phones", {"number": "12"}, "write it like +12025550123"),
        ("phones/999/text", {"text": "Hi"}, "there is no such phone"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    page: Page, path: str, given: dict[str, str], words: str
) -> None:
    answer = page.post(path, **given)
    assert answer.status_code in (400, 404)
    assert words in answer.text


def test_other_sites_cannot_press_the_pages_buttons(bench: Bench, page: Page) -> None:
    url = f"{page.base}/simulator/api/phones/{NUMBER}/text"
    assert page.session.post(url, data={"text": "7"}, timeout=5).status_code == 415
    assert page.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert page.get("/simulator/api/state", headers={"Host": f"localhost:{bench.port}"}).status_code == 200


def test_a_machine_leaves_its_message_on_the_phone(bench: Bench, page: Page) -> None:
    bench.carrier.add_person(PATIENT, Scripted(calls=(Ring("machine", after=2, greeting=3),)))
    bench.product.answers["/voice"] = "<Response><Pause length='5'/><Say>Call us back</Say></Response>"
    bench.client.calls.create(to=PATIENT, from_=CLINIC, url=f"{PUBLIC}/voice")
    bench.run(60)
    assert ("voicemail", "Call us back") in [(b["side"], b["text"]) for b in page.phone()["bubbles"]]
