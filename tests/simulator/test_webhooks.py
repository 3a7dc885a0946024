"""Signing, connection overrides, retries, fallback and redirects of the carrier's requests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from itertools import count

import pytest
from flask import Response
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from followup.simulator.overrides import split
from followup.simulator.signing import signature

from .bench import CLINIC, PATIENT, PUBLIC, TOKEN, Bench


def test_the_signature_is_twilios_documented_one() -> None:
    params = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+12349013030"),
        ("Digits", "1234"),
        ("From", "+12349013030"),
        ("To", "+18005551212"),
    ]
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, params) == RequestValidator("12345").compute_signature(url, dict(params))
    assert signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", params) == (
        "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    )


def test_values_given_under_one_name_are_signed_in_order_and_once_each() -> None:
    params = [("List", value) for value in "cabdaefc"] + [("Blank", "")]
    url = "https://clinic.example/sms"
    assert RequestValidator(TOKEN).validate(url, MultiDict(params), signature(TOKEN, url, params))


def test_without_a_fragment_only_a_failed_connection_is_retried() -> None:
    url, rules = split("https://h.example/sms?o=1")
    assert url == "https://h.example/sms?o=1"
    assert (rules.connect, rules.read, rules.total, rules.retries) == (5, 15, 15, 1)
    assert rules.retries_after("ct")
    assert not any(rules.retries_after(failure) for failure in ("rt", "4xx", "5xx"))


def test_a_fragment_overrides_and_is_cut_off_and_nonsense_in_it_is_ignored() -> None:
    url, rules = split("https://h.example/sms?o=1#rc=3&rp=rt,5xx&ct=200&rt=900&tt=99999")
    assert url == "https://h.example/sms?o=1"
    assert (rules.connect, rules.read, rules.total, rules.retries) == (0.2, 0.9, 15, 3)
    assert rules.retries_after("5xx")
    assert not rules.retries_after("ct")
    assert split("https://h.example/#rp=all")[1].retries_after("4xx")


def text_to(bench: Bench, path: str, **settings: str) -> None:
    bench.carrier.add_number(CLINIC, sms_url=PUBLIC + path, **settings)
    bench.carrier.text(PATIENT, CLINIC, "7")
    bench.run(5)


@pytest.mark.parametrize(
    ("fragment", "requests"),
    [("", 1), ("#rc=2", 1), ("#rc=2&rp=5xx", 3), ("#rc=3&rp=all", 4), ("#rc=0&rp=all", 1)],
)
def test_a_500_is_retried_only_where_asked_and_always_under_one_token(
    bench: Bench, fragment: str, requests: int
) -> None:
    bench.product.answers["/sms"] = lambda form: Response("no", 500)
    text_to(bench, "/sms" + fragment)
    heard = bench.product.on("/sms")
    assert len(heard) == requests
    assert all(one.signed for one in heard)
    assert len({one.headers["I-Twilio-Idempotency-Token"] for one in heard}) == 1
    assert [fact["code"] for fact in bench.kinds("alert")] == [11200]


def test_a_slow_answer_is_given_up_at_the_read_timeout_and_not_retried(bench: Bench) -> None:
    def slow(form: object) -> str:
        time.sleep(0.5)
        return "<Response><Message>late</Message></Response>"

    bench.product.answers["/sms"] = slow
    text_to(bench, "/sms#rt=150")
    assert len(bench.product.on("/sms")) == 1
    text_to(bench, "/sms#rt=150&rp=rt&rc=1")
    assert len(bench.product.on("/sms")) == 3
    assert not any(b.side == "clinic" for b in bench.carrier.phones[PATIENT].bubbles)


def test_the_total_time_ends_the_retries(bench: Bench) -> None:
    def slow(form: object) -> str:
        time.sleep(0.3)
        return "<Response/>"

    bench.product.answers["/sms"] = slow
    began = time.monotonic()
    text_to(bench, "/sms#rt=200&tt=300&rc=5&rp=all")
    assert time.monotonic() - began < 1
    assert len(bench.product.on("/sms")) == 2


def test_a_dead_product_is_tried_twice_and_the_text_is_lost_but_logged(bench: Bench) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        bench.carrier.webhooks.deliver_to = f"http://127.0.0.1:{unused.getsockname()[1]}"
    text_to(bench, "/sms")
    assert [(fact["attempt"], fact["error"]) for fact in bench.kinds("webhook")] == [(0, 11205), (1, 11205)]
    assert bench.kinds("inbound_told")[0]["lost"]


def test_a_connection_cut_in_the_middle_counts_as_a_read_that_failed(bench: Bench) -> None:
    def cut(server: socket.socket) -> None:
        for _ in range(2):
            connection, _ = server.accept()
            connection.recv(65536)
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        bench.carrier.webhooks.deliver_to = f"http://127.0.0.1:{server.getsockname()[1]}"
        cutter = threading.Thread(target=cut, args=(server,))
        cutter.start()
        text_to(bench, "/sms")
        assert [fact["error"] for fact in bench.kinds("webhook")] == [11200]
        text_to(bench, "/sms#rc=0")
        cutter.join()


def test_an_answer_that_trickles_is_cut_off_at_the_total_time(bench: Bench) -> None:
    def drips() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * 9000
            time.sleep(0.1)

    bench.product.answers["/sms"] = lambda form: Response(drips(), mimetype="text/xml")
    began = time.monotonic()
    text_to(bench, "/sms#tt=300&rc=0")
    assert time.monotonic() - began < 0.8
    assert [fact["code"] for fact in bench.kinds("alert")] == [11200]


def test_the_fallback_is_asked_with_the_error_after_a_failure(bench: Bench) -> None:
    bench.product.answers["/sms"] = lambda form: Response("no", 500)
    bench.product.answers["/fallback"] = "<Response><Message>Sorry</Message></Response>"
    text_to(bench, "/sms", sms_fallback=f"{PUBLIC}/fallback")
    (heard,) = bench.product.on("/fallback")
    assert heard.signed
    assert (heard.form["ErrorCode"], heard.form["ErrorUrl"]) == ("11200", f"{PUBLIC}/sms")
    assert bench.carrier.phones[PATIENT].bubbles[-1].text == "Sorry"


@pytest.mark.parametrize(("status", "method", "body"), [(302, "GET", None), (307, "POST", "7")])
def test_a_302_turns_the_post_into_a_bare_get(
    bench: Bench, status: int, method: str, body: str | None
) -> None:
    bench.product.answers["/sms"] = lambda form: Response("", status, {"Location": "/moved?a=1"})
    text_to(bench, "/sms")
    (heard,) = bench.product.on("/moved")
    assert heard.signed
    assert (heard.method, heard.form.get("Body")) == (method, body)


def test_endless_redirects_end_with_11215(bench: Bench) -> None:
    hops = count()
    bench.product.answers["/sms"] = lambda form: Response("", 307, {"Location": f"/sms?n={next(hops)}"})
    text_to(bench, "/sms")
    assert len(bench.product.on("/sms")) == 11
    assert [fact["code"] for fact in bench.kinds("alert")] == [11215]


def test_the_query_is_signed_and_sent_as_it_was_given(bench: Bench) -> None:
    text_to(bench, "/sms?o=a%2Fb%3A%C3%B1&x=%7E%27&empty=#rc=1")
    (heard,) = bench.product.on("/sms")
    assert heard.signed
    assert heard.query == "o=a%2Fb%3A%C3%B1&x=%7E%27&empty="
    assert heard.headers["Host"] == "clinic.example"


def test_a_wrong_token_does_not_validate(bench: Bench) -> None:
    bench.carrier.webhooks.auth_token = TOKEN + "x"
    text_to(bench, "/sms")
    assert not bench.product.on("/sms")[0].signed


def test_an_answer_that_got_lost_is_posted_again_under_the_same_token(bench: Bench) -> None:
    bench.carrier.fault_next("answer_lost")
    text_to(bench, "/sms#rc=1&rp=all")
    first, second = bench.product.on("/sms")
    assert first.form["MessageSid"] == second.form["MessageSid"]
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]
