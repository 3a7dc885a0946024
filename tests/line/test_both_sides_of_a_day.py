"""What only one side knows comes to light: by asking for a silent text, and by a nightly comparison."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from followup.store.models import Answer, Clinic, Comparison, Inbound, OptOut, Outbound, Task
from tests.clinic_day import SENDER, ClinicDay


def listings(day: ClinicDay, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The days whose list was asked for, from here on."""
    asked: list[object] = []
    real = day.post.carrier.texts_of
    monkeypatch.setattr(day.post.carrier, "texts_of", lambda on: (asked.append(on), real(on))[1])
    return asked


def test_a_text_without_a_receipt_is_asked_for_after_twelve_hours(day: ClinicDay) -> None:
    day.patient()
    day.carrier.faults.set(receipt_drop=1.0)
    day.at("10:30")
    day.carrier.faults.set(receipt_drop=0.0)
    day.at("21:59")
    assert day.rows(Outbound)[0].delivery == ""
    day.at("22:01")
    assert day.rows(Outbound)[0].delivery == "delivered"
    assert day.rows(Outbound)[0].deadline is None


def test_a_failure_found_by_asking_has_its_consequences(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, [], line="landline")
    day.carrier.faults.set(receipt_drop=1.0)
    day.at("22:01")
    assert {(row.delivery, row.error) for row in day.rows(Outbound)} >= {("undelivered", "30006")}


def test_a_text_that_stays_sent_is_asked_for_once(day: ClinicDay) -> None:
    day.patient()
    day.carrier.faults.set(no_receipt=1.0)
    day.at("23:59")
    row = day.rows(Outbound)[0]
    assert (row.state, row.delivery, row.deadline) == ("sent", "sent", None)


def test_a_text_the_carrier_no_longer_has_becomes_a_task(day: ClinicDay) -> None:
    day.patient()
    day.carrier.faults.set(receipt_drop=1.0)
    day.at("10:30")
    del day.carrier.texts.all[day.rows(Outbound)[0].sid]
    day.at("22:01")
    assert [task.kind for task in day.rows(Task) if "no longer knows" in task.reason] == ["compare"]


def test_a_reply_whose_webhook_was_lost_is_taken_in_at_night(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:05")
    day.carrier.webhooks.deliver_to, open_again = "http://127.0.0.1:9", day.carrier.webhooks.deliver_to
    day.text(phone, "7")
    day.carrier.webhooks.deliver_to = open_again
    day.at("20:00")
    assert day.rows(Inbound) == []
    day.at("21:30")  # 01:30 UTC
    assert [(row.body, row.state) for row in day.rows(Inbound)] == [("7", "read")]
    assert [row.question for row in day.rows(Answer)] == ["pain_now"]
    assert day.rows(Inbound)[0].received_at == datetime(2026, 3, 10, 14, 5, tzinfo=UTC)
    assert "compared with the carrier" in day.rows(Task, Task.kind == "compare")[0].reason
    day.at("08:59", 11)
    assert [text for text in day.texts(phone) if "Reply Y or N" in text] == [], "nobody is woken by it"


def test_a_stop_whose_webhook_was_lost_is_obeyed_from_then_on(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:05")
    day.carrier.webhooks.deliver_to, open_again = "http://127.0.0.1:9", day.carrier.webhooks.deliver_to
    day.text(phone, "please stop texting me")
    day.carrier.webhooks.deliver_to = open_again
    day.at("21:30")
    assert [row.stopped for row in day.rows(OptOut)] == [True]


def test_each_day_is_compared_once_and_an_ordinary_one_brings_no_task(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = listings(day, monkeypatch)
    phone = day.patient()
    day.person(phone, ["7", "N", "1", "6", "N", "Y"])
    for hour in ("19:00", "21:30", "22:00", "23:00"):
        day.at(hour)
    assert [str(on) for on in asked] == ["2026-03-09", "2026-03-10"]
    assert [(str(row.day), row.listed, row.late) for row in day.rows(Comparison)] == [
        ("2026-03-09", 0, 0),
        ("2026-03-10", 13, 0),
    ]
    assert day.rows(Task) == []


def test_days_of_an_outage_are_made_up_for_and_a_silent_carrier_is_asked_again(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.at("12:00")
    answers: list[object] = []
    monkeypatch.setattr(day.post.carrier, "texts_of", lambda on: (answers.append(on), None)[1])
    day.at("12:00", 13)
    tries = len(answers)
    day.tick()
    assert {str(on) for on in answers} == {"2026-03-10"}, "the days come one after the other"
    assert len(answers) == tries, "not again within half an hour"
    monkeypatch.undo()
    for minute in ("12:31", "12:32", "12:33"):
        day.at(minute, 13)
    finished = [str(row.day) for row in day.rows(Comparison) if row.finished_at]
    assert finished == ["2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12"]


def test_what_was_written_before_the_clinic_was_here_is_none_of_its_business(day: ClinicDay) -> None:
    """The number was another's until this afternoon: its texts are in the list of the first night."""
    phone = day.patient()
    day.carrier.webhooks.deliver_to, open_again = "http://127.0.0.1:9", day.carrier.webhooks.deliver_to
    day.text(phone, "I cannot feel my legs")
    day.carrier.webhooks.deliver_to = open_again
    with day.store.write() as session:
        session.exec(select(Clinic)).one().created_at = day.clock() + timedelta(minutes=1)
    day.at("21:30", day=9)
    assert day.rows(Comparison)[0].listed == 1
    assert day.rows(Inbound) == []
    assert day.rows(Task) == []


def test_a_text_from_our_number_that_we_do_not_know_becomes_a_task(day: ClinicDay) -> None:
    day.patient()
    day.at("10:05")
    day.post.carrier.send_text(
        to="+12025550255", sender=SENDER, body="hello", status_callback="", validity_seconds=3600
    )
    day.at("21:30")
    task = day.rows(Task, Task.kind == "compare")[0]
    assert "from our number unknown to us" in task.reason
    assert task.clinic_id is not None


def test_receipts_for_what_we_never_sent_are_kept_answered_and_told_at_night(day: ClinicDay) -> None:
    day.patient()
    day.at("10:05")
    for status in ("sent", "delivered", "delivered"):
        answer = day.carrier.webhooks.post(
            "https://followup.example/twilio/sms/status?o=99999",
            [("MessageSid", "SM" + "9" * 32), ("MessageStatus", status)],
        )
        assert answer.status == 204
    day.at("21:30")
    [task] = day.rows(Task, Task.kind == "compare")
    assert task.reason.startswith("2 receipts came for texts or calls that we do not know.")


def test_a_text_of_ours_that_the_carrier_does_not_know_becomes_a_task(day: ClinicDay) -> None:
    day.patient()
    day.at("10:05")
    row = day.rows(Outbound)[0]
    assert row.delivery == "delivered"
    del day.carrier.texts.all[row.sid]
    day.at("21:30")
    task = day.rows(Task, Task.kind == "compare")[0]
    assert "does not know a text that we took for sent" in task.reason
    assert task.check_in_id == row.check_in_id
