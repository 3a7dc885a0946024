"""Answering machines, wrong verdicts, people who call us, words instead of keys, requests that come twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy.exc import OperationalError
from twilio.request_validator import RequestValidator

from followup.inbox.spool import Spool
from followup.simulator.scripts import Ring
from followup.store import Store
from followup.store.models import Alert, Answer, Call, Inbound, Outbound, Receipt, Task
from tests.clinic_day import SENDER, TOKEN, ClinicDay
from tests.voice.caller import ABOUT_HEALTH, GOOD_RELIEF, Caller, answers, check_in_of
from tests.voice.conftest import CALLING

VOICEMAIL = (
    "Hello. This is Harbor Clinic. Please call us at 2 0 2, 5 5 5, 0 1 0 0. "
    "Again, 2 0 2, 5 5 5, 0 1 0 0. Goodbye."
)


@pytest.fixture
def talking(store: Store) -> Iterator[ClinicDay]:
    """A clinic that also takes spoken answers."""
    clinic_day = ClinicDay(store, clinic=CALLING + "speech = true\n")
    yield clinic_day
    clinic_day.close()


def recorded(day: ClinicDay, phone: str) -> list[str]:
    return [fact["words"] for fact in day.carrier.log.of("voicemail") if fact["to"] == phone]


def test_a_machine_gets_one_voicemail_with_name_and_number_however_often_we_call(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("machine", greeting=9)]))
    day.at("20:00")
    assert len(day.calls(phone)) == 3
    assert day.said(phone).count(VOICEMAIL) == 1
    assert recorded(day, phone)[0].endswith(VOICEMAIL)
    for words in (*recorded(day, phone), *day.said(phone)):
        assert not ABOUT_HEALTH.search(words), words
    first, second, third = day.rows(Outbound, Outbound.channel == "call")
    assert first.reason == "An answering machine; our name and number were left on it."
    assert {second.reason, third.reason} == {"An answering machine."}
    assert {row.answered_by for row in day.rows(Call)} == {"machine_end_beep"}
    assert "machine_end_beep" in {row.status for row in day.rows(Receipt)}


def test_a_verdict_known_before_the_next_answer_makes_that_answer_the_voicemail(day: ClinicDay) -> None:
    """No worker ticks while the call goes on: the answer to the first silence is the voicemail itself."""
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("machine", greeting=9)]))
    day.run_until(day.clock().replace(day=10, hour=14, minute=0, second=5))
    while (step := day.carrier.next_due()) is not None:
        day.clock.set(step)
        day.carrier.run_due()
    assert day.said(phone).count(VOICEMAIL) == 1
    row = day.rows(Outbound, Outbound.channel == "live")[0]
    assert (row.state, row.attempts) == ("sent", 0)
    day.at("15:59")
    assert day.said(phone).count(VOICEMAIL) == 1


def test_a_person_taken_for_a_machine_hears_name_and_number_only(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller({"identity": [None]})
    day.carrier.add_person(phone, caller)
    day.carrier.fault_next("wrong_verdict")
    day.at("10:05")
    assert caller.heard[-1] == VOICEMAIL
    assert not any(ABOUT_HEALTH.search(words) for words in caller.heard)
    day.at("16:10")
    assert answers(day, phone) == GOOD_RELIEF


def test_a_verdict_after_the_person_is_known_changes_nothing(day: ClinicDay) -> None:
    """A late "machine": she has said who she is, and is in the middle of the questions."""
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller({"warning": ["*", "*", "*"]}))
    day.run_until(day.clock().replace(day=10, hour=14, minute=0, second=50))
    call = day.rows(Call)[0]
    assert call.confirmed
    web = signed(day)
    web("/twilio/voice/machine?o=1", {"CallSid": call.sid, "AnsweredBy": "machine_end_beep"})
    day.at("10:10")
    assert answers(day, phone) == GOOD_RELIEF
    assert day.rows(Outbound, Outbound.channel == "live") == []


def test_an_unknown_verdict_releases_nothing(day: ClinicDay) -> None:
    """A greeting longer than detection waits: the machine hears who calls, until the silence runs out."""
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("machine", greeting=50)]))
    day.at("10:05")
    assert day.rows(Call)[0].answered_by == "unknown"
    assert not any(ABOUT_HEALTH.search(words) for words in day.said(phone))
    assert VOICEMAIL not in day.said(phone)


def test_a_patient_who_calls_back_after_we_gave_up_goes_on_where_it_stopped(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    caller = Caller(calls=[Ring("ring")])
    day.carrier.add_person(phone, caller)
    day.at("19:00")
    assert check_in_of(day, phone).outcome == "no_answer"
    day.carrier.call_in(phone, SENDER)
    day.at("19:10")
    assert caller.heard[0].startswith("Hello. This is Harbor Clinic. Am I speaking with Ann?")
    assert answers(day, phone) == GOOD_RELIEF
    assert check_in_of(day, phone).outcome == "answered"


def test_a_patient_with_nothing_open_who_calls_is_connected_in_office_hours(day: ClinicDay) -> None:
    phone = day.patient()
    caller = Caller()
    day.carrier.add_person(phone, caller)
    day.carrier.add_desk("+12025550101")
    day.at("15:00", day=9)
    day.carrier.call_in(phone, SENDER)
    day.at("15:05", day=9)
    assert caller.heard == ["One moment. We are connecting you with Harbor Clinic."]


def test_a_stranger_who_calls_is_told_the_number_and_nothing_else(day: ClinicDay) -> None:
    caller = Caller()
    day.carrier.add_person("+12025550177", caller)
    day.carrier.call_in("+12025550177", SENDER)
    day.at("14:10", day=9)
    assert len(caller.heard) == 1
    assert "2 0 2, 5 5 5, 0 1 0 0" in caller.heard[0]
    assert not ABOUT_HEALTH.search(caller.heard[0])


def test_spoken_answers_are_read_like_texts_where_the_clinic_allows_them(talking: ClinicDay) -> None:
    phone = talking.patient(channel="call")
    said = {
        "identity": ["say:yes this is she"],
        "now": ["say:about a seven"],
        "warning": ["say:no"],
        "best": ["say:one"],
        "hours": ["say:six hours"],
        "medicine": ["say:no"],
        "activity": ["say:yes"],
    }
    talking.carrier.add_person(phone, Caller({**said, "now": ["say:seven"]}))
    talking.at("10:10")
    assert answers(talking, phone) == GOOD_RELIEF
    assert {row.channel for row in talking.rows(Inbound)} == {"call", "speech"}


def test_a_spoken_warning_ends_the_questions_with_the_safety_text(talking: ClinicDay) -> None:
    phone = talking.patient(channel="call")
    caller = Caller({"now": ["say:i cannot pee since last night"]})
    talking.carrier.add_person(phone, caller)
    talking.at("10:10")
    assert talking.rows(Alert)[0].tier == "E"
    assert caller.heard[-1].startswith("This could be an emergency. Call 9 1 1")
    assert check_in_of(talking, phone).state == "closed"


def signed(day: ClinicDay) -> Callable[[str, dict[str, str]], str]:
    """Post to a path as the carrier would."""
    client = day.app.test_client()
    validator = RequestValidator(TOKEN)

    def post(path: str, form: dict[str, str]) -> str:
        signature = validator.compute_signature("https://followup.example" + path, form)
        answer = client.post(path, data=form, headers={"X-Twilio-Signature": signature})
        assert answer.status_code in (200, 204)
        return answer.get_data(as_text=True)

    return post


def test_a_request_that_comes_twice_gets_the_same_answer_and_is_kept_once(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("10:00")
    call = {"CallSid": "CA" + "1" * 32, "From": SENDER, "To": phone, "Direction": "outbound-api"}
    post = signed(day)
    greeting = post("/twilio/voice/answer?o=1", call)
    assert "Am I speaking with Ann?" in greeting
    assert post("/twilio/voice/answer?o=1", call) == greeting
    question = post("/twilio/voice/step?o=1&t=1", {**call, "Digits": "1"})
    assert "right now" in question
    warning = post("/twilio/voice/step?o=1&t=2", {**call, "Digits": "7"})
    assert post("/twilio/voice/step?o=1&t=2", {**call, "Digits": "7"}) == warning
    assert post("/twilio/voice/step?o=1&t=1", {**call, "Digits": "1"}) == question
    assert len(day.rows(Answer)) == 1
    assert len(day.rows(Inbound)) == 3


def test_a_turn_that_was_never_asked_is_kept_and_the_open_question_put_again(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("10:00")
    call = {"CallSid": "CA" + "1" * 32, "From": SENDER, "To": phone, "Direction": "outbound-api"}
    post = signed(day)
    post("/twilio/voice/answer?o=1", call)
    again = post("/twilio/voice/step?o=1&t=7", {**call, "Digits": "1"})
    assert "Am I speaking with Ann?" in again
    assert "t=1" in again
    assert day.rows(Answer) == []


def test_a_failure_on_our_side_is_an_apology_in_both_languages_and_a_task(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("10:00")

    def broken(line: object) -> str:
        raise RuntimeError

    monkeypatch.setattr("followup.voice.receive.talk", broken)
    call = {"CallSid": "CA" + "1" * 32, "From": SENDER, "To": phone, "Direction": "outbound-api"}
    answer = signed(day)("/twilio/voice/answer?o=1", call)
    assert "In an emergency, call 9 1 1." in answer
    assert "En una emergencia" in answer
    assert [task.kind for task in day.rows(Task)] == ["unread"]


@pytest.mark.parametrize("path", ["answer?o=1", "step?o=1&t=1", "status?o=1", "machine?o=1", "incoming"])
def test_an_unsigned_call_is_refused_and_nothing_is_stored(day: ClinicDay, path: str) -> None:
    answer = day.app.test_client().post(f"/twilio/voice/{path}", data={"CallSid": "CA1"})
    assert answer.status_code == 403
    assert day.rows(Inbound) == []
    assert day.rows(Receipt) == []


def test_a_page_by_call_is_taken_with_a_key_and_names_nobody(store: Store) -> None:
    on_call = '[on_call]\nrepeat_minutes = 10\n[[on_call.people]]\nname = "Dr K"\nphone = "+12025550190"\n'
    day = ClinicDay(store, clinic=CALLING + on_call)
    try:
        phone = day.patient(channel="call")
        day.carrier.add_person(phone, Caller({"now": ["*9"]}))
        doctor = Caller({})
        doctor.hears = lambda words, seconds, at: [(seconds + 1, "1")]  # type: ignore[method-assign]
        day.carrier.add_person("+12025550190", doctor)
        day.at("10:30")
        alert = day.rows(Alert)[0]
        assert alert.acknowledged_by == "Dr K"
        said = day.said("+12025550190")
        assert said[0] == "This is Harbor Clinic. An urgent reply is waiting."
        assert not any(ABOUT_HEALTH.search(words) or "Ann" in words for words in said)
    finally:
        day.close()


def test_a_key_pressed_while_the_database_is_away_is_kept_on_disk_and_heard_afterwards(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("10:00")
    call = {"CallSid": "CA" + "1" * 32, "From": SENDER, "To": phone, "Direction": "outbound-api"}
    post = signed(day)
    post("/twilio/voice/answer?o=1", call)
    post("/twilio/voice/step?o=1&t=1", {**call, "Digits": "1"})

    def gone() -> None:
        raise OperationalError("connect", {}, Exception("the server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(day.store, "write", gone)
        sorry = post("/twilio/voice/step?o=1&t=2", {**call, "Digits": "7"})
        post("/twilio/voice/status?o=1", {**call, "CallStatus": "completed", "CallDuration": "40"})
    assert "something went wrong on our side" in sorry
    assert len(Spool(day.settings.spool_folder).waiting()) == 2
    post("/twilio/voice/incoming", {"CallSid": "CA" + "2" * 32, "From": "+12025550177", "To": SENDER,
                                    "Direction": "inbound"})  # fmt: skip
    assert Spool(day.settings.spool_folder).waiting() == []
    assert answers(day, phone) == {"pain_now": Decimal(7)}


def test_one_turn_posted_four_times_at_once_is_taken_once_and_answered_alike(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("10:00")
    call = {"CallSid": "CA" + "1" * 32, "From": SENDER, "To": phone, "Direction": "outbound-api"}
    turns = (("answer?o=1", ""), ("step?o=1&t=1", "1"), ("step?o=1&t=2", "7"))
    with ThreadPoolExecutor(4) as threads:
        for path, keys in turns:
            form = {**call, "Digits": keys} if keys else call
            said = threads.map(lambda _, p=path, f=form: signed(day)(f"/twilio/voice/{p}", f), range(4))
            assert len(set(said)) == 1
    assert [row.turn for row in day.rows(Inbound)] == [0, 1, 2]
    assert answers(day, phone) == {"pain_now": Decimal(7)}
    assert len(day.rows(Answer)) == 1
