"""A number that writes without end: we stop answering, and go on hearing."""

from __future__ import annotations

import re
from datetime import timedelta

from followup.store import keyed_hash
from followup.store.models import Alert, Answer, CheckIn, Inbound, OptOut, Outbound, Task
from tests.clinic_day import SENDER, TOKEN, ClinicDay
from tests.webhooks.test_signatures import sign

URL = "https://followup.example/twilio/sms"


def text(day: ClinicDay, phone: str, body: str, number: int) -> str:
    """Post one signed text; returns what we answer."""
    fields = [("MessageSid", f"SM{number:032d}"), ("From", phone), ("To", SENDER), ("Body", body)]
    answer = day.app.test_client().post(
        "/twilio/sms", data=dict(fields), headers={"X-Twilio-Signature": sign(URL, fields, TOKEN)}
    )
    assert answer.status_code == 200
    return " ".join(re.findall(r"<Message[^>]*>(?:<Body>)?([^<]*)", answer.get_data(as_text=True)))


def forty_answers(day: ClinicDay, phone: str, minutes_ago: int) -> None:
    at = day.clock() - timedelta(minutes=minutes_ago)
    with day.store.write() as session:
        session.add_all(
            Outbound(
                dedupe=f"flood:{number}", clinic_id=1, channel="answer", step="question", to=phone,
                to_hash=keyed_hash("phone", phone), body="x", state="sent", due_at=at, started_at=at,
                sent_at=at, created_at=at, changed_at=at,
            )
            for number in range(40)
        )  # fmt: skip


def test_after_forty_answers_in_an_hour_only_warnings_are_answered_and_nothing_is_lost(
    day: ClinicDay,
) -> None:
    phone = day.patient()
    day.at("10:05")
    assert "Thanks: 7 now" in text(day, phone, "7", 1)
    forty_answers(day, phone, minutes_ago=1)
    assert text(day, phone, "N", 2) == ""
    assert [answer.question for answer in day.rows(Answer)] == ["pain_now", "warning_signs"]  # it is heard
    assert "loop" in [task.kind for task in day.rows(Task)]
    assert "911" in text(day, phone, "I can't move my legs", 3)
    assert len(day.rows(Alert)) == 1
    text(day, phone, "please stop texting me", 4)
    assert [row.stopped for row in day.rows(OptOut)] == [True]
    assert len(day.rows(Inbound)) == 4
    assert day.rows(CheckIn)[0].state == "closed"


def test_an_hour_later_the_number_is_answered_again(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:05")
    text(day, phone, "7", 1)
    forty_answers(day, phone, minutes_ago=61)
    assert "LOWEST" in text(day, phone, "N", 2)
