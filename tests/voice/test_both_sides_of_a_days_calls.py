"""Calls that only one side knows come to light at night, as texts do."""

from __future__ import annotations

from followup.store.models import Call, Comparison, Outbound, Patient, Task
from tests.clinic_day import SENDER, ClinicDay
from tests.voice.caller import Caller
from tests.voice.conftest import FRONT_DESK

NIGHT = "21:30"  # 01:30 UTC


def compared(day: ClinicDay) -> list[Task]:
    return day.rows(Task, Task.kind == "compare")


def test_an_ordinary_day_of_calls_brings_no_task(day: ClinicDay) -> None:
    """Taken and not taken, theirs and ours, and the leg that was connected to the front desk."""
    phone, silent = day.patient(channel="call"), day.patient(2, name="Bob", channel="call")
    day.carrier.add_desk(FRONT_DESK)
    day.carrier.add_person(phone, Caller({"best": ["*0"]}))
    day.at("15:00")
    day.carrier.call_in(silent, SENDER)
    day.at(NIGHT)
    done = day.rows(Comparison)[-1]
    assert done.finished_at is not None
    assert done.listed == len(day.carrier.calls.all) > 5
    assert compared(day) == []


def test_a_call_from_our_number_that_we_do_not_know_becomes_a_task(day: ClinicDay) -> None:
    day.at("10:05")
    day.carrier.add_person("+12025550255", Caller({}))
    day.post.carrier.place_call(to="+12025550255", sender=SENDER, answer="https://x.example/a", status="")
    day.at(NIGHT)
    assert [task.reason[:44] for task in compared(day)] == ["The carrier placed a call from our number un"]


def test_a_call_of_ours_that_the_carrier_does_not_know_becomes_a_task(day: ClinicDay) -> None:
    phone = day.patient(channel="call")
    day.carrier.add_person(phone, Caller())
    day.at("10:30")
    row = day.rows(Outbound, Outbound.channel == "call")[0]
    del day.carrier.calls.all[row.sid]
    day.at(NIGHT)
    [task] = compared(day)
    assert task.reason.startswith("The carrier does not know a call that we took for placed.")
    assert (task.check_in_id, task.patient_id) == (row.check_in_id, row.patient_id)


def test_a_patients_call_that_never_reached_us_is_called_back_by_a_person(day: ClinicDay) -> None:
    """Our door was closed: the caller heard the carrier's apology, and we heard nothing."""
    phone = day.patient()
    day.at("15:00", day=9)
    day.carrier.add_person(phone, Caller())
    day.carrier.webhooks.deliver_to, open_again = "http://127.0.0.1:9", day.carrier.webhooks.deliver_to
    for caller in (phone, "+12025550177"):
        day.carrier.call_in(caller, SENDER)
        day.carrier.run_due()
    day.at("15:05", day=9)
    day.carrier.webhooks.deliver_to = open_again
    assert day.rows(Call) == []
    day.at(NIGHT, day=9)
    strangers, theirs = sorted(compared(day), key=lambda task: task.patient_id or 0)
    assert theirs.reason == "Somebody called our number and we did not hear of it. Please call back."
    assert theirs.patient_id == day.rows(Patient)[0].id
    assert (strangers.patient_id, strangers.clinic_id) == (None, theirs.clinic_id)
