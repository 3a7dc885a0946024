"""A patient's text: the signed webhook, the TwiML it answers, and the carrier's own STOP list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Response
from twilio.base.exceptions import TwilioRestException

from followup.simulator.scripts import Scripted

from .bench import CLINIC, PATIENT, PUBLIC, START, Bench


def test_an_inbound_text_is_posted_signed_with_unannounced_parameters(bench: Bench) -> None:
    sid = bench.carrier.text(PATIENT, CLINIC, "  7, ¿sí?  ").sid
    bench.run(1)
    (heard,) = bench.product.on("/sms")
    assert heard.signed
    assert heard.form["MessageSid"] == heard.form["SmsSid"] == heard.form["SmsMessageSid"] == sid
    assert heard.form["Body"] == "  7, ¿sí?  "
    assert (heard.form["From"], heard.form["To"], heard.form["NumMedia"]) == (PATIENT, CLINIC, "0")
    assert heard.form["SmsStatus"] == "received"
    assert heard.form["FutureBlank"] == ""
    assert heard.raw["FutureList"] == ["two", "one"]
    assert bench.client.messages(sid).fetch().direction == "inbound"


def test_a_twiml_reply_reaches_the_phone_and_reports_to_its_own_callback(bench: Bench) -> None:
    bench.product.answers["/sms"] = (
        '<Response><Message action="/sms/status?o=9">Thanks: 7.</Message><Message>Bye</Message></Response>'
    )
    bench.carrier.text(PATIENT, CLINIC, "7")
    bench.run()
    assert [(b.side, b.text) for b in bench.carrier.phones[PATIENT].bubbles] == [
        ("patient", "7"),
        ("clinic", "Thanks: 7."),
        ("clinic", "Bye"),
    ]
    assert bench.product.statuses("/sms/status") == ["sent", "delivered"]
    assert {heard.query for heard in bench.product.on("/sms/status")} == {"o=9"}
    replies = [m for m in bench.client.messages.list(limit=9) if m.direction == "outbound-reply"]
    assert [(m.body, m.from_, m.to) for m in replies] == [
        ("Bye", CLINIC, PATIENT),
        ("Thanks: 7.", CLINIC, PATIENT),
    ]


@pytest.mark.parametrize(
    ("mime", "body", "texts", "codes"),
    [
        ("text/plain", "OK", ["OK"], []),
        ("text/html", "OK", [], [12100]),
        ("text/html", "<Response><Message>Hi</Message></Response>", ["Hi"], []),
        ("text/xml", "<Response><message>Hi</message></Response>", [], [12200]),
        ("application/xml", "<Response/>", [], []),
        ("application/json", "{}", [], [12300]),
        ("text/html", "", [], []),
    ],
)
def test_the_type_of_an_answer_decides_what_becomes_of_it(
    bench: Bench, mime: str, body: str, texts: list[str], codes: list[int]
) -> None:
    bench.product.answers["/sms"] = lambda form: Response(body, mimetype=mime)
    bench.carrier.text(PATIENT, CLINIC, "7")
    bench.run()
    assert [b.text for b in bench.carrier.phones[PATIENT].bubbles if b.side == "clinic"] == texts
    assert [fact["code"] for fact in bench.kinds("alert")] == codes


def test_a_redirect_in_twiml_is_followed_to_its_messages(bench: Bench) -> None:
    bench.product.answers["/sms"] = "<Response><Redirect>more?x=1</Redirect></Response>"
    bench.product.answers["/more"] = "<Response><Message>There</Message></Response>"
    bench.carrier.text(PATIENT, CLINIC, "7")
    bench.run()
    assert bench.product.on("/more")[0].signed
    assert bench.carrier.phones[PATIENT].bubbles[-1].text == "There"


@pytest.mark.parametrize("body", ["STOP", "stop", " Unsubscribe ", "QUIT", "OptOut"])
def test_a_keyword_alone_blocks_the_sender_and_is_answered_by_the_carrier(bench: Bench, body: str) -> None:
    bench.carrier.text(PATIENT, CLINIC, body)
    bench.run()
    assert bench.product.on("/sms")[0].form["Body"] == body
    assert "OptOutType" not in bench.product.on("/sms")[0].form
    assert bench.carrier.phones[PATIENT].bubbles[-1].side == "note"
    with pytest.raises(TwilioRestException) as caught:
        bench.send("Hello")
    assert caught.value.code == 21610
    bench.carrier.text(PATIENT, CLINIC, "START")
    bench.run()
    assert bench.send("Hello again").status == "queued"


@pytest.mark.parametrize("body", ["STOP please", "stop texting me", "ALTO", "PARAR", "7 stop", "STOP."])
def test_anything_but_the_exact_english_keyword_does_nothing_at_the_carrier(bench: Bench, body: str) -> None:
    bench.carrier.text(PATIENT, CLINIC, body)
    bench.run()
    assert bench.send("Hello").status == "queued"


def test_a_reply_to_someone_who_stopped_fails_later_with_21610(bench: Bench) -> None:
    bench.product.answers["/sms"] = (
        '<Response><Message statusCallback="/status">You are out.</Message></Response>'
    )
    bench.carrier.text(PATIENT, CLINIC, "STOP")
    bench.run()
    assert bench.product.statuses() == ["failed"]
    assert bench.product.on("/status")[0].form["ErrorCode"] == "21610"


def test_a_messaging_service_shares_its_stop_list_and_refuses_late(bench: Bench) -> None:
    other = "+12025550124"
    bench.carrier.add_number(other, sms_url=f"{PUBLIC}/sms")
    bench.carrier.add_service("MG" + "1" * 32, [CLINIC, other], status_callback=f"{PUBLIC}/status")
    bench.carrier.text(PATIENT, CLINIC, "STOP")
    with pytest.raises(TwilioRestException):
        bench.send("Hello", from_=other)
    message = bench.send("Hi", from_=None, messaging_service_sid="MG" + "1" * 32, status_callback=None)
    assert message.status == "accepted"
    bench.run()
    assert bench.product.statuses() == ["queued", "failed"]


def test_a_toll_free_number_is_undone_by_unstop_but_not_by_yes(bench: Bench) -> None:
    bench.carrier.senders[CLINIC].optout = "tollfree"
    bench.carrier.text(PATIENT, CLINIC, "STOP")
    assert bench.carrier.phones[PATIENT].bubbles[-1].text.startswith("NETWORK MSG")
    bench.carrier.text(PATIENT, CLINIC, "YES")
    with pytest.raises(TwilioRestException):
        bench.send("Hello")
    bench.carrier.text(PATIENT, CLINIC, "UNSTOP")
    assert bench.send("Hello").status == "queued"


def test_advanced_opt_out_knows_added_words_and_says_so_in_the_webhook(bench: Bench) -> None:
    bench.carrier.senders[CLINIC].optout = "advanced"
    bench.carrier.optouts.extra["STOP"] = frozenset({"PARAR"})
    bench.carrier.text(PATIENT, CLINIC, "parar")
    bench.run()
    assert bench.product.on("/sms")[0].form["OptOutType"] == "STOP"
    with pytest.raises(TwilioRestException):
        bench.send("Hello")


def test_with_the_filter_off_stop_is_only_a_word(bench: Bench) -> None:
    bench.carrier.senders[CLINIC].optout = "off"
    bench.carrier.text(PATIENT, CLINIC, "STOP")
    bench.run()
    assert bench.send("Hello").status == "queued"
    assert [b.side for b in bench.carrier.phones[PATIENT].bubbles] == ["patient"]


def test_a_photo_comes_as_media_with_an_empty_body(bench: Bench) -> None:
    bench.carrier.text(PATIENT, CLINIC, "", media=1)
    bench.run()
    form = bench.product.on("/sms")[0].form
    assert (form["Body"], form["NumMedia"], form["MediaContentType0"]) == ("", "1", "image/jpeg")
    assert form["MessageSid"].startswith("MM")


def test_a_script_answers_what_it_is_sent_after_its_delay(bench: Bench) -> None:
    bench.carrier.add_person(PATIENT, Scripted(texts=[None, "7"], text_delay=90))
    bench.send("First")
    bench.run(600)
    assert bench.product.on("/sms") == []
    bench.send("Reminder")
    bench.run(600)
    assert [heard.form["Body"] for heard in bench.product.on("/sms")] == ["7"]
    (said,) = bench.kinds("inbound")
    assert said.at - START > timedelta(seconds=690)


def test_cookies_are_kept_for_a_pair_of_numbers(bench: Bench) -> None:
    def answer(form: object) -> Response:
        response = Response("<Response/>", mimetype="text/xml")
        response.set_cookie("turn", "2")
        return response

    bench.product.answers["/sms"] = answer
    for phone in (PATIENT, PATIENT, "+12025550146"):
        bench.carrier.text(phone, CLINIC, "7")
        bench.run(1)
    first, second, other = bench.product.on("/sms")
    assert "Cookie" not in first.headers
    assert second.headers["Cookie"] == "turn=2"
    assert "Cookie" not in other.headers
    bench.clock.forward(4 * 3600)
    bench.carrier.text(PATIENT, CLINIC, "7")
    bench.run(1)
    assert "Cookie" not in bench.product.on("/sms")[3].headers
