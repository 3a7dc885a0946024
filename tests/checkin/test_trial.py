"""A test text to oneself leaves by the rules of every send, and never to a patient."""

from __future__ import annotations

from datetime import timedelta

import pytest

from followup.checkin.clinics import clinic_file
from followup.checkin.trial import AN_HOUR, TrialError, plan_trial
from followup.intake.clinic_edit import change_clinic, version
from followup.store.models import Clinic, Outbound
from tests.clinic_day import ClinicDay

MINE = "+12025550177"


def ask(day: ClinicDay, number: str = MINE) -> None:
    with day.store.write() as session:
        clinic = session.get_one(Clinic, 1)
        plan_trial(session, clinic, clinic_file(clinic), number, "Thanks, that is all.", day.clock())


def rehearse(day: ClinicDay, *allowed: str) -> None:
    with day.store.write() as session:
        clinic = session.get_one(Clinic, 1)
        change = {"clinic.sending": "allowlist", "clinic.allowlist": list(allowed)}
        change_clinic(session, clinic, change, version(clinic), day.clock())


def pause(day: ClinicDay) -> None:
    with day.store.write() as session:
        session.get_one(Clinic, 1).paused = True


def why_not(day: ClinicDay, number: str = MINE) -> str:
    with pytest.raises(TrialError) as refused:
        ask(day, number)
    return str(refused.value)


def test_it_arrives_marked_as_a_test(day: ClinicDay) -> None:
    day.person(MINE, [None])
    ask(day)
    day.at("14:01", day=9)
    day.at("14:02", day=9)
    assert day.texts(MINE) == ["TEST: Thanks, that is all."]


def test_in_rehearsal_it_goes_to_the_allow_list_alone(day: ClinicDay) -> None:
    rehearse(day, "+12025550178")
    assert why_not(day) == "allowlist"
    rehearse(day, MINE)
    ask(day)


def test_nothing_leaves_while_paused_not_even_what_was_asked_for_before(day: ClinicDay) -> None:
    ask(day)
    pause(day)
    assert why_not(day) == "paused"
    day.tick()
    (row,) = day.rows(Outbound)
    assert (row.state, row.reason) == ("withdrawn", "a test that may not leave: paused")
    assert day.creates(MINE) == []


def test_a_number_that_asked_to_stop_gets_no_test(day: ClinicDay) -> None:
    day.person(MINE, [None])
    day.text(MINE, "STOP")
    assert why_not(day) == "stopped"


def test_a_patient_never_gets_one(day: ClinicDay) -> None:
    assert why_not(day, day.patient()) == "patient"


def test_a_test_that_a_stopped_clock_kept_is_not_sent_the_next_day(day: ClinicDay) -> None:
    ask(day)
    day.clock.set(day.clock() + timedelta(hours=2))
    day.tick()
    assert day.creates(MINE) == []


def test_nobody_can_send_them_without_end(day: ClinicDay) -> None:
    for _ in range(AN_HOUR):
        ask(day)
    assert why_not(day) == "many"
    day.clock.set(day.clock() + timedelta(minutes=61))
    ask(day)
