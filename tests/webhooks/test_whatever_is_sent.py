"""No request of the carrier's, however odd, and no fault of ours is answered with a server error."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count, product

import pytest
from twilio.request_validator import RequestValidator

from followup.inbox.spool import Spool
from followup.store.models import Answer, Inbound, Task
from tests.clinic_day import SENDER, TOKEN, ClinicDay

CALL = "CA" + "1" * 32
ROUTES = {
    "/twilio/sms": {"MessageSid": "SM" + "1" * 32, "From": "+12025550201", "To": SENDER, "Body": "7",
                    "NumMedia": "0", "MessagingServiceSid": "", "OptOutType": ""},
    "/twilio/sms/status?o=1": {"MessageSid": "SM" + "2" * 32, "MessageStatus": "delivered", "ErrorCode": "0"},
    "/twilio/voice/incoming": {"CallSid": "CA" + "2" * 32, "From": "+12025550201", "To": SENDER,
                               "Direction": "inbound", "Digits": "", "DialCallStatus": ""},
    "/twilio/voice/answer?o=1": {"CallSid": CALL, "From": SENDER, "To": "+12025550201",
                                 "Direction": "outbound-api", "AnsweredBy": "human"},
    "/twilio/voice/step?o=1&t=1": {"CallSid": CALL, "From": SENDER, "To": "+12025550201", "Digits": "1",
                                   "SpeechResult": "", "Confidence": "0.9"},
    "/twilio/voice/status?o=1": {"CallSid": CALL, "CallStatus": "completed", "CallDuration": "12",
                                 "SequenceNumber": "3"},
    "/twilio/voice/machine?o=1": {"CallSid": CALL, "AnsweredBy": "machine_end_beep"},
}  # fmt: skip
ODD = [
    "", "a\0b", "x" * 70, "9" * 5000, "-1", "\u0663", "\U0001f642" * 40, "<Response/>", "anonymous",
]  # fmt: skip
IDS = ("1" * 32, "2" * 32)
BODIES = (b"", b"\xff\xfe", b"a=1&" * 600, b"{" * 1000, b"x" * 300_000)
KINDS = ("application/x-www-form-urlencoded", "application/json", "multipart/form-data", "text/plain")
ADDRESSES = ["o=", "o=0", "o=-1", "o=" + "9" * 30, "o=%00", "o=1;t=2", "o=1&o=2", "t=" + "9" * 9, "%ff=%ff"]


def post(day: ClinicDay, path: str, form: Mapping[str, str]) -> tuple[int, str]:
    signature = RequestValidator(TOKEN).compute_signature("https://followup.example" + path, form)
    answer = day.app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ROUTES)
def test_no_field_with_anything_in_it_is_a_server_error(day: ClinicDay, path: str) -> None:
    day.patient()
    day.at("10:01")
    new_id = count(100)
    for field in ROUTES[path]:
        for odd in ODD:
            # An id of its own each time, or the second request would only be a repeat of the first.
            form = {n: v[:2] + f"{next(new_id):032x}" if v[2:] in IDS else v for n, v in ROUTES[path].items()}
            assert post(day, path, {**form, field: odd})[0] in (200, 204, 400), (field, odd)
    for address in ADDRESSES:
        assert post(day, path.split("?")[0] + "?" + address, ROUTES[path])[0] in (200, 204, 403), address
    assert post(day, path, {})[0] in (204, 400)
    assert Spool(day.settings.spool_folder).waiting() == []
    assert day.rows(Task, Task.kind == "unread") == []


def test_strangers_are_turned_away_whatever_they_bring(day: ClinicDay) -> None:
    client = day.app.test_client()
    for body, signature, kind in product(BODIES, ("", "x", "\u00e9", "=" * 5000), KINDS):
        for path in ("/twilio/sms?bodySHA256=00", "/twilio/%00", "/twilio/voice/step?t=[::1"):
            answer = client.post(
                path, data=body, content_type=kind, headers={"X-Twilio-Signature": signature}
            )
            assert answer.status_code in (400, 403, 404, 413), (path, kind)
    assert day.rows(Inbound) == []


def broken(*_: object) -> str:
    raise RuntimeError("a fault of ours")


def test_a_text_that_a_fault_of_ours_would_lose_is_kept_and_heard_once_it_is_mended(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = day.patient()
    day.at("10:01")
    form = {**ROUTES["/twilio/sms"], "From": phone}
    with monkeypatch.context() as patch:
        patch.setattr("followup.inbox.receive.segments", broken)
        status, words = post(day, "/twilio/sms", form)
        assert (status, "staff will read it" in words) == (200, True)
        assert len(Spool(day.settings.spool_folder).waiting()) == 1
    post(day, "/twilio/sms", {**form, "MessageSid": "SM" + "3" * 32, "Body": "N"})
    assert [(row.question, row.word or int(row.number)) for row in day.rows(Answer)] == [
        ("pain_now", 7), ("warning_signs", "no"),
    ]  # fmt: skip


def test_what_fails_again_is_set_aside_and_a_person_is_told(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.patient()
    spool = Spool(day.settings.spool_folder)
    monkeypatch.setattr("followup.inbox.receive.segments", broken)
    post(day, "/twilio/sms", ROUTES["/twilio/sms"])
    assert post(day, "/twilio/sms", {**ROUTES["/twilio/sms"], "MessageSid": "SM" + "3" * 32})[0] == 200
    assert len(list(spool._folder.glob("*.failed"))) == 1
    assert [task.reason for task in day.rows(Task, Task.kind == "unread")] == [
        "A message came in that the program could not store. It is on disk; tell support."
    ]
