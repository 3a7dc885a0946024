"""What every answer carries, what no request may be, and what a page says when something went wrong."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest

from followup.config import Settings
from followup.console import guard
from followup.console.edge import LARGEST
from followup.store import Store
from followup.store.models import Inbound, Place, StaffSession
from tests.console.front_door import FrontDoor, said
from tests.webhooks.test_signatures import sign
from webhooks.server import Server

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DESK = "desk@harbor.example"
SECRET = "Lucia Example, +12025550201"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TEXT = [("MessageSid", "SM" + "1" * 32), ("From", "+12025550201"), ("To", "+12025550123"), ("Body", "7")]


def test_every_answer_carries_the_headers_errors_included(house: FrontDoor) -> None:
    def breaks() -> str:
        raise RuntimeError("broken")

    desk = house.inside(DESK)
    breaks.allowed_roles = frozenset({"frontdesk"})  # type: ignore[attr-defined]
    house.app.view_functions["console.outcomes"] = breaks
    answers = {
        200: desk.get("/account"),
        302: house.browser().get("/"),
        400: desk.client.post("/sign-out"),
        403: desk.get("/staff"),
        404: desk.get("/no/such/page"),
        405: desk.get("/sign-out"),
        413: desk.client.post("/sign-in", data={"email": "x" * (LARGEST + 1)}),
        500: desk.get("/outcomes"),
    }
    for code, answer in answers.items():
        assert answer.status_code == code
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, code
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "camera=()" in answer.headers["Permissions-Policy"]


def test_without_https_nobody_is_told_to_insist_on_it(store: Store, now: datetime) -> None:
    house = FrontDoor(store, now)
    plain = Settings(database_url="", public_url="http://127.0.0.1:8000", secret_key="0123456789abcdef")
    from webhooks.app import create_app

    answer = create_app(plain, store, house.clock).test_client().get("/sign-in")
    assert "Strict-Transport-Security" not in answer.headers
    assert "Secure" not in answer.headers["Set-Cookie"]
    secure = house.browser().get("/sign-in").headers["Set-Cookie"]
    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in secure
    house.close()


@pytest.mark.parametrize(
    ("page", "code", "words"),
    [
        ("/no/such/page", 404, "There is nothing here"),
        ("/staff", 403, "Your role may not do that"),
        ("/sign-out", 405, "for a form"),
    ],
)
def test_an_error_is_a_page_of_the_house(house: FrontDoor, page: str, code: int, words: str) -> None:
    answer = house.inside(DESK).get(page)
    assert (answer.status_code, answer.mimetype) == (code, "text/html")
    assert words in said(answer)
    assert "Sign out" in said(answer)  # with the bar on top: one can go on from there


def test_an_unforeseen_error_says_nothing_of_what_was_asked(
    house: FrontDoor, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks() -> str:
        raise ValueError(SECRET)

    desk = house.inside(DESK)
    breaks.allowed_roles = frozenset({"frontdesk"})  # type: ignore[attr-defined]
    house.app.view_functions["console.outcomes"] = breaks
    with caplog.at_level(logging.DEBUG):
        answer = desk.get("/outcomes")
    assert answer.status_code == 500
    for told in (said(answer), caplog.text):
        assert SECRET not in told
    assert "ValueError in console.outcomes" in caplog.text  # with the lines it passed through
    assert "in breaks" in caplog.text


def test_with_the_database_away_the_error_page_still_comes(
    house: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = house.inside(DESK)

    def away(*_: Any, **__: Any) -> Any:
        raise OSError("disk I/O error")

    monkeypatch.setattr(house.store, "read", away)
    answer = desk.get("/account")
    assert answer.status_code == 500
    assert "Messages from patients are kept all the same" in said(answer)


def test_a_page_that_cannot_be_put_on_record_is_not_sent(
    house: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = house.inside(DESK)
    assert "Follow-up digest" in said(desk.get("/digest/2026-03-10"))

    def full(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(guard, "record", full)
    answer = desk.get("/digest/2026-03-10")
    assert answer.status_code == 500
    assert "Follow-up digest" not in said(answer)


def test_a_webhook_that_is_too_large_gets_a_sentence_and_leaves_nothing(house: FrontDoor) -> None:
    large = [*TEXT[:3], ("Body", "7" * (LARGEST + 1))]
    signed = {"X-Twilio-Signature": sign("https://followup.example/twilio/sms", large, "a-token")}
    answer = house.app.test_client().post("/twilio/sms", data=dict(large), headers=signed)
    assert (answer.status_code, answer.mimetype) == (413, "text/plain")
    assert said(answer).startswith("That is more than this page takes.")
    assert house.rows(Inbound) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_refused_even_with_a_token(house: FrontDoor, site: str) -> None:
    desk = house.inside(DESK)
    token = desk.token()
    sent = desk.client.post("/sign-out", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})
    assert sent.status_code == 403
    assert desk.is_in()
    sent = desk.client.post(
        "/sign-out", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert sent.status_code == 302


def test_a_character_no_database_keeps_is_refused_with_a_sentence(house: FrontDoor) -> None:
    admin = house.inside("admin@harbor.example", "admin")
    answer = admin.post("/staff", email="new@harbor.example\0", role="frontdesk")
    assert answer.status_code == 400
    assert "a character in it that cannot be kept" in said(answer)
    assert admin.get("/outcomes?to=%00").status_code == 400


def test_every_form_is_refused_without_its_token(house: FrontDoor) -> None:
    admin = house.inside("admin@harbor.example", "admin")
    tried = 0
    for rule in house.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith(("/twilio/", "/api/")):
            continue
        url = rule.build({name: 1 if "id" in name else "x" for name in rule.arguments})
        assert url is not None
        answer = admin.client.post(url[1])
        # 403: not an admin's to use; 302: a step of signing in, for somebody who is in already.
        assert answer.status_code in (400, 403, 302), rule.rule
        tried += 1
    assert tried > 10


@pytest.mark.parametrize(("proxies", "seen"), [(0, "192.0.2.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_forwarded_headers_are_believed_for_as_many_hops_as_are_configured(
    store: Store, now: datetime, proxies: int, seen: str
) -> None:
    """The rightmost address was written by our own proxy; whatever stands further left, anybody may have."""
    house = FrontDoor(store, now, proxies=proxies)
    house.person(DESK)
    claims = {
        "X-Forwarded-For": "6.6.6.6, 198.51.100.7, 203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
    }
    browser = house.browser("192.0.2.1", **claims)
    assert browser.sign_in(DESK).status_code == 302
    opened = house.rows(StaffSession)[0]
    places = {place.id: place.address for place in house.rows(Place)}
    assert places[opened.place_id] == seen
    assert "evil" not in said(browser.get("/account")) + browser.get("/sign-out").headers.get("Location", "")
    house.close()


@pytest.mark.parametrize("proxies", [0, 1])
def test_the_server_drops_forwarded_headers_unless_a_proxy_is_configured(
    house: FrontDoor, proxies: int
) -> None:
    server = Server(house.app, "127.0.0.1", 0, proxies)._server
    assert server.adj.clear_untrusted_proxy_headers is (proxies == 0)
    assert server.adj.ident is None  # the name and version of the server are nobody's business
    server.task_dispatcher.shutdown()
    server.close()
