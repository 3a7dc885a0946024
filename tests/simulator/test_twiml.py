"""What a call's TwiML does, heard and keyed by a person on the other end."""

from __future__ import annotations

import pytest
from flask import Response

from followup.simulator.gather import Gather
from followup.simulator.scripts import Ring, Scripted
from followup.simulator.twiml import parse

from .bench import CLINIC, PATIENT, PUBLIC, Bench


def gather(attributes: str = "") -> str:
    return (
        f'<Response><Gather action="keys?t=1" {attributes}><Say>From 0 to 10?</Say></Gather>'
        "<Say>We did not hear you</Say></Response>"
    )


def play(bench: Bench, twiml: str, *acts: str | None, delay: float = 1.0, seconds: float = 180) -> Scripted:
    """Call a person who does `acts`, one for each thing heard."""
    script = Scripted(calls=(Ring(after=2),), acts=acts, act_delay=delay)
    bench.carrier.add_person(PATIENT, script)
    bench.product.answers.setdefault("/voice/start", twiml)
    bench.product.answers.setdefault("/voice/keys", "<Response><Say>Thank you</Say></Response>")
    bench.client.calls.create(to=PATIENT, from_=CLINIC, url=f"{PUBLIC}/voice/start?o=1")
    bench.run(seconds)
    return script


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ('numDigits="2" timeout="4"', "7", "7"),
        ('numDigits="2" timeout="4"', "7#", "7"),
        ('numDigits="2" timeout="4"', "10", "10"),
        ('numDigits="2" timeout="4"', "0", "0"),
        ('numDigits="1"', "10", "1"),
        ('finishOnKey=""', "10#", "10#"),
        ('finishOnKey="*"', "10*", "10"),
        ('numDigits="2"', "*0", "*0"),
        ("", "10", "10"),
    ],
)
def test_keys_become_digits(bench: Bench, attributes: str, keys: str, digits: str) -> None:
    script = play(bench, gather(attributes), keys)
    (asked,) = bench.product.on("/voice/keys")
    assert asked.signed
    assert (asked.form["Digits"], asked.query) == (digits, "t=1")
    assert script.heard == ["From 0 to 10?", "Thank you"]


@pytest.mark.parametrize("act", [None, "#", "say:seven"])
def test_no_key_goes_on_to_the_next_verb_without_asking(bench: Bench, act: str | None) -> None:
    script = play(bench, gather(), act)
    assert bench.product.on("/voice/keys") == []
    assert script.heard == ["From 0 to 10?", "We did not hear you"]


def test_an_empty_result_is_posted_where_asked_with_blank_or_absent_digits(bench: Bench) -> None:
    seen = set()
    for _ in range(12):
        play(bench, gather('actionOnEmptyResult="true"'), None, seconds=60)
    for heard in bench.product.on("/voice/keys"):
        seen.add(heard.form.get("Digits"))
    assert seen == {"", None}


def test_a_key_cuts_the_prompt_and_the_timer_runs_from_the_last_key(bench: Bench) -> None:
    twiml = gather('timeout="5"').replace("From 0 to 10?", "word " * 100)
    play(bench, twiml, "7", delay=-38.0)  # 40.5 s of prompt, a key 2.5 s into it
    began = next(fact.at for fact in bench.kinds("said"))
    (asked,) = [fact for fact in bench.kinds("webhook") if "/keys" in fact["url"]]
    assert (asked.at - began).total_seconds() == pytest.approx(7.5)


def test_slow_keys_are_split_by_the_timeout(bench: Bench) -> None:
    class Slow(Scripted):
        def hears(self, words: str, seconds: float, at: object) -> list[tuple[float, str]]:
            return [(seconds + 1, "1"), (seconds + 6, "0")] if words.startswith("From") else []

    bench.carrier.add_person(PATIENT, Slow(calls=(Ring(after=2),)))
    bench.product.answers["/voice/start"] = gather('numDigits="2" timeout="4"')
    bench.client.calls.create(to=PATIENT, from_=CLINIC, url=f"{PUBLIC}/voice/start")
    bench.run(60)
    assert [heard.form["Digits"] for heard in bench.product.on("/voice/keys")] == ["1"]
    assert [(fact["key"], fact["heard"]) for fact in bench.kinds("key")] == [("1", True), ("0", False)]


def test_each_key_starts_the_timer_again(bench: Bench) -> None:
    class Slow(Scripted):
        def hears(self, words: str, seconds: float, at: object) -> list[tuple[float, str]]:
            return [(n * 3.0, key) for n, key in enumerate("107")] if words.startswith("From") else []

    bench.carrier.add_person(PATIENT, Slow(calls=(Ring(after=2),)))
    bench.product.answers["/voice/start"] = gather('timeout="4"')
    bench.client.calls.create(to=PATIENT, from_=CLINIC, url=f"{PUBLIC}/voice/start")
    bench.run(60)
    assert [heard.form["Digits"] for heard in bench.product.on("/voice/keys")] == ["107"]


def test_speech_counts_where_it_is_asked_for_and_the_first_kind_wins(bench: Bench) -> None:
    play(bench, gather('input="dtmf speech" speechTimeout="2"'), "say:about a seven")
    (asked,) = bench.product.on("/voice/keys")
    assert (asked.form["SpeechResult"], asked.form["Confidence"]) == ("about a seven", "0.92")
    assert "Digits" not in asked.form
    both = Gather.of(parse(gather('input="dtmf speech"'), "call").verbs[0])
    assert both.key("7") == "wait"
    assert not both.words("eight")
    assert both.result(True)[0] == ("Digits", "7")


def test_a_missing_action_asks_the_same_document_again_for_ever(bench: Bench) -> None:
    script = play(
        bench, "<Response><Gather numDigits='1'><Say>Again?</Say></Gather></Response>", "1", "2", "3"
    )
    assert [heard.form.get("Digits") for heard in bench.product.on("/voice/start")] == [None, "1", "2", "3"]
    assert {heard.query for heard in bench.product.on("/voice/start")} == {"o=1"}
    assert script.heard == ["Again?"] * 4


def test_redirect_ends_the_document_and_is_relative_to_it(bench: Bench) -> None:
    bench.product.answers["/voice/next"] = "<Response><Say>Here</Say></Response>"
    twiml = "<Response><Redirect>next?x=2</Redirect><Say>never</Say></Response>"
    assert play(bench, twiml).heard == ["Here"]
    assert bench.product.on("/voice/next")[0].query == "x=2"


def test_a_document_that_redirects_to_itself_ends_some_time(bench: Bench) -> None:
    play(bench, "<Response><Redirect/></Response>")
    assert len(bench.product.on("/voice/start")) == 200
    assert bench.client.calls.list(limit=1)[0].status == "failed"


def test_hangup_ends_at_once_and_an_empty_document_too(bench: Bench) -> None:
    assert play(bench, "<Response><Hangup/><Say>never</Say></Response>").heard == []
    assert bench.client.calls.list(limit=1)[0].duration == "0"


@pytest.mark.parametrize(
    ("reached", "status", "seconds"), [(True, "completed", "25"), (False, "no-answer", "0")]
)
def test_dial_tells_its_action_how_it_went(bench: Bench, reached: bool, status: str, seconds: str) -> None:
    if reached:
        bench.carrier.add_desk("+12025550101", talks_for=25)
    bench.product.answers["/voice/after"] = "<Response><Say>Back</Say></Response>"
    twiml = (
        '<Response><Dial action="after" timeout="20"><Number>+12025550101</Number></Dial>'
        "<Say>never</Say></Response>"
    )
    script = play(bench, twiml)
    form = bench.product.on("/voice/after")[0].form
    assert (form["DialCallStatus"], form["DialCallDuration"]) == (status, seconds)
    assert script.heard == ["Back"]
    leg = bench.client.calls(form["DialCallSid"]).fetch()
    assert (leg.direction, leg.to, leg.status) == ("outbound-dial", "+12025550101", status)
    assert leg.parent_call_sid == form["CallSid"]


def test_dial_without_an_action_goes_on_and_hanging_up_ends_both_legs(bench: Bench) -> None:
    twiml = "<Response><Dial timeout='5'>+12025550101</Dial><Say>Nobody there</Say></Response>"
    assert play(bench, twiml).heard == ["Nobody there"]
    bench.product.answers["/voice/start"] = "<Response><Say>Hold</Say><Dial>+12025550101</Dial></Response>"
    play(bench, "", "hang up")
    assert {call.status for call in bench.client.calls.list(limit=2)} == {"completed", "no-answer"}


@pytest.mark.parametrize(
    ("mime", "body", "heard", "codes"),
    [
        ("text/plain", "OK", ["OK"], []),
        ("text/html", "OK", ["We are sorry, an application error has occurred. Goodbye."], [12100]),
        ("text/html", "<Response><Say>Hi</Say></Response>", ["Hi"], []),
        ("text/xml", "<Response><say>Hi</say><Say>Ho</Say></Response>", ["Ho"], [12200]),
        ("audio/mpeg", "xx", ["(a recording)"], []),
        ("application/json", "{}", ["We are sorry, an application error has occurred. Goodbye."], [12300]),
    ],
)
def test_the_type_of_an_answer_decides_what_is_heard(
    bench: Bench, mime: str, body: str, heard: list[str], codes: list[int]
) -> None:
    bench.product.answers["/voice/start"] = lambda form: Response(body, mimetype=mime)
    assert play(bench, "").heard == heard
    assert [fact["code"] for fact in bench.kinds("alert")] == codes


def test_a_failed_request_plays_an_apology_unless_there_is_a_fallback(bench: Bench) -> None:
    bench.product.answers["/voice/start"] = lambda form: Response("no", 500)
    bench.product.answers["/fallback"] = "<Response><Say>Please call us</Say></Response>"
    script = Scripted()
    bench.carrier.add_person(PATIENT, script)
    for fallback in ("", f"{PUBLIC}/fallback"):
        url = f"{PUBLIC}/voice/start"
        bench.client.calls.create(to=PATIENT, from_=CLINIC, url=url, fallback_url=fallback)
        bench.run(60)
    assert script.heard == ["We are sorry, an application error has occurred. Goodbye.", "Please call us"]
    assert bench.product.on("/fallback")[0].form["ErrorCode"] == "11200"


def test_twiml_given_with_the_call_needs_no_url(bench: Bench) -> None:
    script = Scripted(acts=("1",))
    bench.carrier.add_person(PATIENT, script)
    twiml = (
        f"<Response><Gather numDigits='1' action='{PUBLIC}/voice/keys'><Say>Press 1</Say></Gather></Response>"
    )
    bench.client.calls.create(to=PATIENT, from_=CLINIC, twiml=twiml)
    bench.run(60)
    assert script.heard == ["Press 1"]
    assert bench.product.on("/voice/keys")[0].form["Digits"] == "1"


def test_a_person_can_hang_up_in_the_middle_of_a_prompt(bench: Bench) -> None:
    play(bench, gather(), "hang up", delay=-1)
    assert bench.product.on("/voice/keys") == []
    assert bench.client.calls.list(limit=1)[0].status == "completed"


def test_a_redirected_action_loses_its_digits(bench: Bench) -> None:
    bench.product.answers["/voice/keys"] = lambda form: Response("", 302, {"Location": "/voice/moved"})
    play(bench, gather('numDigits="1"'), "7")
    (heard,) = bench.product.on("/voice/moved")
    assert (heard.method, heard.form) == ("GET", {})


def test_say_speaks_markup_as_words_and_loops(bench: Bench) -> None:
    twiml = "<Response><Say>Zero <break/>to <emphasis>ten</emphasis></Say><Say loop='2'>Hi</Say></Response>"
    assert play(bench, twiml).heard == ["Zero to ten", "Hi Hi"]
