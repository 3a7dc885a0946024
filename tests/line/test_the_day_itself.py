"""The text on the day of the procedure: what it says, when it leaves, and when it is left out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import select

from followup.intake.clinics import set_clinic
from followup.store import Store
from followup.store.models import Alert, CheckIn, Clinic, Outbound
from tests.clinic_day import CLINIC, HEADER, ClinicDay

MONDAY = 9
WITH_IT = CLINIC + "[day_of]\nat_minutes = 60\n"


@pytest.fixture
def day(store: Store) -> Iterator[ClinicDay]:
    clinic_day = ClinicDay(store, clinic=WITH_IT)
    yield clinic_day
    clinic_day.close()


def injected(day: ClinicDay, at: str = "13:30", number: int = 1, more: str = "", columns: str = "") -> str:
    phone = f"+120255502{number:02d}"
    line = f"p{number},Ann,Example,{phone},proc{number}-{at[:2]},2026-03-09 {at},8,bupivacaine,en{more}"
    assert not day.roster(line, header=HEADER + columns).refused
    return phone


def pause(day: ClinicDay, paused: bool) -> None:
    with day.store.write() as session:
        session.exec(select(Clinic)).one().paused = paused


def notices(day: ClinicDay) -> list[Outbound]:
    return day.rows(Outbound, Outbound.step == "day_of")


def test_an_hour_after_the_injection_the_patient_is_told_what_to_watch(day: ClinicDay) -> None:
    phone = injected(day)
    day.at("14:29", MONDAY)
    assert day.texts(phone) == []
    day.at("14:31", MONDAY)
    assert day.texts(phone) == [
        "Harbor Clinic: note your LOWEST back pain today and for how many hours. We ask tomorrow. "
        "202-555-0100, emergency 911. STOP to opt out."
    ]
    assert notices(day)[0].segments == 1


def test_it_asks_nothing_and_the_check_in_stays_planned(day: ClinicDay) -> None:
    phone = injected(day)
    day.person(phone, [None, "7", "N", "1", "6", "N", "Y"])
    day.at("20:00", MONDAY)
    check_in = day.rows(CheckIn)[0]
    assert (check_in.state, check_in.asked_at, check_in.turn) == ("planned", None, 0)
    day.at("12:00")
    assert day.rows(CheckIn)[0].outcome == "answered"
    assert len(day.texts(phone)) == 8


def test_two_procedures_of_a_day_bring_one_text_after_the_later_one(day: ClinicDay) -> None:
    phone = injected(day, "13:30")
    injected(day, "14:15")
    day.at("15:14", MONDAY)
    assert day.texts(phone) == []
    day.at("20:00", MONDAY)
    assert len(day.texts(phone)) == 1


def test_a_second_procedure_after_the_text_brings_no_second_text(day: ClinicDay) -> None:
    phone = injected(day, "13:30")
    day.at("15:00", MONDAY)
    injected(day, "15:00")
    day.at("20:00", MONDAY)
    assert len(day.texts(phone)) == 1


def test_what_cannot_leave_within_two_hours_is_dropped_and_not_moved(day: ClinicDay) -> None:
    early = injected(day, "10:00", 1)  # its text was due at 11:00, and it is 14:00
    evening = injected(day, "18:30", 2)  # due at 19:30, after the contact hours
    day.at("09:59")
    assert (day.texts(early), day.texts(evening)) == ([], [])
    day.at("10:05")
    assert [len(day.texts(phone)) for phone in (early, evening)] == [1, 1], "only the question"


def test_a_clinic_that_is_paused_for_those_hours_never_sends_it(day: ClinicDay) -> None:
    phone = injected(day)
    pause(day, True)
    day.at("17:00", MONDAY)
    pause(day, False)
    day.at("09:59")
    assert day.texts(phone) == []
    assert (notices(day)[0].state, notices(day)[0].reason) == (
        "withdrawn",
        "too late to be of use on the day",
    )
    assert day.rows(CheckIn)[0].state == "planned", "tomorrow's question is not given up with it"


def test_without_consent_there_is_none(day: ClinicDay) -> None:
    phone = injected(day, more=",no", columns=",consent")
    day.at("20:00", MONDAY)
    assert (day.texts(phone), notices(day)) == ([], [])


def test_after_an_opt_out_there_is_none(day: ClinicDay) -> None:
    phone = injected(day)
    day.text(phone, "STOP")
    day.at("20:00", MONDAY)
    assert day.texts(phone) == []
    assert notices(day)[0].state == "withdrawn"


def test_after_a_warning_sign_there_is_none(day: ClinicDay) -> None:
    phone = injected(day)
    day.text(phone, "I can't move my legs")
    day.at("20:00", MONDAY)
    assert len(day.rows(Alert)) == 1
    assert [text for text in day.texts(phone) if "LOWEST" in text] == []
    assert notices(day)[0].reason == "a warning sign came from this phone"


def test_a_cancelled_procedure_takes_it_back(day: ClinicDay) -> None:
    phone = injected(day)
    injected(day, more=",cancelled", columns=",status")
    day.at("20:00", MONDAY)
    assert day.texts(phone) == []


def test_it_goes_to_the_phone_the_roster_has_by_then(day: ClinicDay) -> None:
    old = injected(day)
    new = "+12025550277"
    day.roster(f"p1,Ann,Example,{new},proc1-13,2026-03-09 13:30,8,bupivacaine,en")
    day.at("15:00", MONDAY)
    assert (day.texts(old), len(day.texts(new))) == ([], 1)


def test_a_landline_found_by_it_closes_nothing_and_nobody_is_texted_in_vain_again(day: ClinicDay) -> None:
    phone = injected(day)
    day.person(phone, [], line="landline")
    day.at("20:00", MONDAY)
    assert [row.step for row in day.rows(Outbound) if row.delivery == "undelivered"] == ["day_of"]
    assert day.rows(CheckIn)[0].state == "planned"


def test_it_counts_as_an_unprompted_contact(day: ClinicDay) -> None:
    with day.store.write() as session:
        set_clinic(session, WITH_IT + "[hours]\nper_day = 1\n", day.clock())
    phone = injected(day)
    day.at("10:30")
    assert len(day.texts(phone)) == 1, "with one contact a day the question waits"
    day.at("09:05", 11)
    assert len(day.texts(phone)) == 2


@pytest.mark.parametrize("fault", ["timeout_after", "error_after"])
def test_one_whose_fate_is_unknown_is_looked_up_and_not_sent_twice(day: ClinicDay, fault: str) -> None:
    phone = injected(day)
    day.hang()
    day.carrier.faults.set(receipt_drop=1.0)
    day.carrier.fault_next(fault)
    day.at("20:00", MONDAY)
    assert len(day.creates(phone)) == 1
    assert notices(day)[0].state == "sent"
