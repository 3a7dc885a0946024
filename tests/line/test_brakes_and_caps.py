"""How often anybody is contacted, and the brakes: a rehearsal on a list, a clinic that pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from followup.intake.clinics import set_clinic
from followup.simulator.scripts import Ring
from followup.store import Store
from followup.store.models import Answer, CheckIn, Outbound
from tests.clinic_day import CLINIC, ClinicDay
from tests.voice.caller import Caller
from tests.voice.conftest import CALLING

Clinic = Callable[[str], ClinicDay]


@pytest.fixture
def clinic(store: Store) -> Iterator[Clinic]:
    """A clinic day with a clinic file of the test's own."""
    open_days: list[ClinicDay] = []

    def at(file: str) -> ClinicDay:
        open_days.append(ClinicDay(store, clinic=file))
        return open_days[-1]

    yield at
    for one in open_days:
        one.close()


def test_texts_and_calls_count_together_and_what_is_too_much_waits_for_tomorrow(clinic: Clinic) -> None:
    day = clinic(CALLING + "[hours]\nper_day = 2\n[ladder]\ngive_up = 2000\n")
    phone = day.patient()
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("23:59")
    assert (len(day.creates(phone)), day.calls(phone)) == (2, []), "first and reminder; the call was a third"
    day.at("12:59", day=11)
    assert len(day.calls(phone)) == 1
    assert day.calls(phone)[0].date().isoformat() == "2026-03-11"


def test_a_week_has_its_cap_too(clinic: Clinic) -> None:
    day = clinic(CALLING + "[hours]\nper_week = 3\n")
    phone = day.patient()
    day.carrier.add_person(phone, Caller(calls=[Ring("ring")]))
    day.at("20:00")
    assert len(day.creates(phone)) + len(day.calls(phone)) == 3
    assert day.rows(CheckIn)[0].outcome == "no_answer", "the check-in ends when its ladder would have"


def test_answers_to_a_patients_own_words_count_for_no_cap(clinic: Clinic) -> None:
    day = clinic(CLINIC + "[hours]\nper_day = 1\n")
    phone = day.patient()
    day.person(phone, ["7", "N", "1", "6", "N", "Y"])
    day.at("11:00")
    assert day.rows(CheckIn)[0].outcome == "answered"


def test_a_rehearsal_contacts_the_list_and_nobody_else(clinic: Clinic) -> None:
    file = CLINIC.replace("[intake]", 'sending = "allowlist"\nallowlist = ["+12025550201"]\n[intake]')
    day = clinic(file)
    listed, other = day.patient(1), day.patient(2, name="Bob")
    day.at("15:00")
    assert len(day.creates(listed)) == 2
    assert day.creates(other) == []
    held = day.rows(Outbound, Outbound.step == "first")[1]
    assert (held.state, held.reason) == ("planned", "rehearsal: the number is not on the allowlist")
    day.text(other, "7")
    day.at("15:02")
    assert len(day.rows(Answer)) == 1, "who writes is heard and answered"
    assert len(day.texts(other)) == 1


def test_going_live_sends_what_the_rehearsal_held_back(clinic: Clinic) -> None:
    file = CLINIC.replace("[intake]", 'sending = "allowlist"\n[intake]')
    day = clinic(file)
    phone = day.patient()
    day.at("12:00")
    assert day.creates(phone) == []
    with day.store.write() as session:
        set_clinic(session, CLINIC, day.clock())
    day.at("12:30")
    assert len(day.creates(phone)) == 1


def test_a_paused_clinic_sends_nothing_unprompted_and_answers_who_writes(clinic: Clinic) -> None:
    day = clinic(CLINIC)
    phone, silent = day.patient(1), day.patient(2, name="Bob")
    day.at("10:05")
    with day.store.write() as session:
        set_clinic(session, CLINIC.replace("[intake]", 'sending = "paused"\n[intake]'), day.clock())
    day.text(phone, "7")
    day.at("15:00")
    assert "Reply Y or N" in day.texts(phone)[-1]
    assert len(day.creates(silent)) == 1, "no reminder"
    with day.store.write() as session:
        set_clinic(session, CLINIC, day.clock())
    day.at("15:30")
    assert len(day.creates(silent)) == 2
