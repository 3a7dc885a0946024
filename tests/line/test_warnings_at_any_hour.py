"""A warning is answered in the webhook itself, paged until somebody takes it, and listed until resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from followup.checkin.cases import resolve
from followup.store import Store
from followup.store.models import Alert, CheckIn, Inbound, Outbound, Proposal
from tests.clinic_day import CLINIC, ZONE, ClinicDay
from tests.console.test_guards import client

ON_CALL = """
[on_call]
repeat_minutes = 10
[[on_call.people]]
name = "Dr K"
phone = "+12025550190"
hours = "always"
[[on_call.people]]
name = "Nurse P"
phone = "+12025550191"
hours = "always"
"""
DR_K, NURSE_P = "+12025550190", "+12025550191"


@pytest.fixture
def paged(store: Store, tmp_path: Path) -> Iterator[ClinicDay]:
    """A clinic day with two people on call."""
    day = ClinicDay(store, smtp_url=f"file:{tmp_path / 'mail'}", clinic=CLINIC + ON_CALL)
    yield day
    day.close()


def pages(day: ClinicDay, phone: str) -> list[str]:
    return [body for body in day.texts(phone) if "urgent" in body]


def closed_check_in(day: ClinicDay) -> str:
    """A Spanish-speaking patient whose check-in was answered in full on Tuesday."""
    phone = day.patient(language="es", baseline=7)
    day.person(phone, ["7", "NO", "7"])
    day.at("12:00")
    assert day.rows(CheckIn)[0].outcome == "answered"
    return phone


def test_at_two_on_a_sunday_night_a_closed_patient_is_answered_and_the_doctor_paged(paged: ClinicDay) -> None:
    phone = closed_check_in(paged)
    paged.run_until(datetime(2026, 3, 15, 2, 10, tzinfo=ZONE))
    paged.text(phone, "no puedo orinar desde anoche")
    paged.run_until(paged.clock() + timedelta(minutes=3))

    assert "Llame al 911" in paged.texts(phone)[-1]
    number = paged.rows(CheckIn)[0].id
    assert pages(paged, DR_K) == [
        f"Harbor Clinic: urgent reply, check-in {number}. Reply OK {number} to take it."
    ]
    alert = paged.rows(Alert)[0]
    assert (alert.tier, alert.kind, alert.check_in_id) == ("E", "bladder_bowel", number)

    paged.run_until(paged.clock() + timedelta(minutes=9))
    assert len(pages(paged, DR_K)) == 2
    assert pages(paged, NURSE_P) == []
    paged.run_until(paged.clock() + timedelta(minutes=10))
    assert len(pages(paged, NURSE_P)) == 1, "after two pages it is the next person's turn"

    paged.text(NURSE_P, f"ok {number}")
    paged.run_until(paged.clock() + timedelta(hours=2))
    alert = paged.rows(Alert)[0]
    assert alert.acknowledged_by == "Nurse P"
    assert (len(pages(paged, DR_K)), len(pages(paged, NURSE_P))) == (2, 1), "nobody is paged any more"
    assert paged.rows(Proposal)[-1].disposition == "urgent_call"
    first_page = client(paged, "frontdesk").get("/").get_data(as_text=True)
    assert re.search(r"EMERGENCY.*no puedo orinar desde anoche.*Nurse P has it since 02:32", first_page, re.S)
    digest = client(paged, "frontdesk").get("/digest/2026-03-15").get_data(as_text=True)
    assert re.search(r"Call now \(1\).*EMERGENCY.*no puedo orinar desde anoche.*by Nurse P", digest, re.S)

    with paged.store.write() as session:
        resolve(session, session.get_one(Alert, alert.id), "staff 1", "seen in the ER", paged.clock())
    assert paged.rows(Proposal)[-1].disposition == "candidate_further_testing"


def test_nobody_for_an_hour_and_the_recipients_get_a_mail_without_health_detail(
    paged: ClinicDay, tmp_path: Path
) -> None:
    phone = closed_check_in(paged)
    paged.text(phone, "no puedo orinar desde anoche")
    paged.run_until(paged.clock() + timedelta(minutes=75))
    mails = [
        row for row in paged.rows(Outbound) if row.dedupe.startswith("alert:") and row.channel == "email"
    ]
    assert [(mail.state, mail.to) for mail in mails] == [("sent", "frontdesk@harbor.example")]
    written = "".join(
        path.read_text() for path in (tmp_path / "mail").glob("*.eml") if "urgent" in path.read_text()
    )
    assert "https://followup.harbor.example" in written
    assert "orinar" not in written
    assert "Ann" not in written


def test_a_page_says_nothing_of_who_or_what(paged: ClinicDay) -> None:
    phone = closed_check_in(paged)
    paged.text(phone, "no puedo orinar desde anoche")
    paged.run_until(paged.clock() + timedelta(minutes=3))
    for word in ("Ann", "Example", phone, "orinar", "bladder"):
        assert word not in pages(paged, DR_K)[0]


def test_a_warning_from_an_unknown_number_is_paged_too(paged: ClinicDay) -> None:
    paged.text("+12125550199", "my legs feel numb")
    paged.run_until(paged.clock() + timedelta(minutes=3))
    assert "911" in paged.texts("+12125550199")[0]
    alert = paged.rows(Alert)[0]
    assert alert.check_in_id is None
    assert pages(paged, DR_K) == [
        f"Harbor Clinic: urgent reply, alert A{alert.id}. Reply OK A{alert.id} to take it."
    ]
    paged.text(DR_K, f"OK A{alert.id}")
    assert paged.rows(Alert)[0].acknowledged_by == "Dr K"


def test_a_stop_from_an_on_call_phone_is_an_alert_and_pages_the_next(paged: ClinicDay) -> None:
    paged.text(DR_K, "STOP")
    paged.run_until(paged.clock() + timedelta(minutes=3))
    assert paged.rows(Alert)[0].kind == "on_call_stopped"
    assert pages(paged, DR_K) == []
    assert len(pages(paged, NURSE_P)) == 1


def test_stop_and_an_emergency_in_one_message_are_both_heard(paged: ClinicDay) -> None:
    phone = paged.patient()
    paged.at("10:30")
    paged.text(phone, "stop texting me, I can't move my legs")
    paged.at("10:35")
    assert "911" in " ".join(paged.texts(phone)[1:])
    assert paged.rows(Alert)[0].tier == "E"


def test_a_bare_yes_to_the_warning_signs_is_a_same_day_alert_and_asks_which(paged: ClinicDay) -> None:
    phone = paged.patient()
    paged.person(phone, ["7", "Y"])
    paged.at("10:30")
    alert = paged.rows(Alert)[0]
    assert (alert.tier, alert.kind) == ("S", "warning_signs")
    assert "A clinician will call you today" in paged.texts(phone)[2], (
        "somebody is on duty, so it may be promised"
    )
    assert paged.rows(CheckIn)[0].question == "warning_signs_which"


def test_nothing_is_promised_when_nobody_is_on_duty(day: ClinicDay) -> None:
    phone = day.patient()
    day.person(phone, ["7", "Y"])
    day.at("10:30")
    assert "will call you" not in " ".join(day.texts(phone))
    assert "202-555-0102" in " ".join(day.texts(phone)), "the after-hours number instead"


def test_a_denied_sign_pages_nobody_but_is_kept(paged: ClinicDay) -> None:
    phone = paged.patient()
    paged.person(phone, ["2, no fever"])
    paged.at("10:30")
    assert paged.rows(Alert) == []
    assert [row.body for row in paged.rows(Inbound)] == ["2, no fever"]


SECOND_CLINIC = (CLINIC + ON_CALL).replace('"harbor"', '"pine"').replace("Harbor Clinic", "Pine Clinic")


def test_one_person_on_call_for_two_clinics_of_one_sender_can_take_either_alert(paged: ClinicDay) -> None:
    from followup.intake.clinics import set_clinic
    from followup.intake.importing import import_roster

    with paged.store.write() as session:
        set_clinic(session, SECOND_CLINIC, paged.clock())
    line = "q1,Eve,Example,+12025550301,r1,2026-03-09 12:00,8,bupivacaine,en"
    header = "patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,agent,language"
    import_roster(paged.store, "pine", f"{header}\n{line}\n".encode(), paged.clock())
    paged.at("10:05")
    paged.text("+12025550301", "I can't move my legs")
    paged.run_until(paged.clock() + timedelta(minutes=3))
    number = paged.rows(Alert)[0].check_in_id
    assert "Pine Clinic: urgent reply" in pages(paged, DR_K)[0]
    paged.text(DR_K, f"OK {number} thanks")
    assert paged.rows(Alert)[0].acknowledged_by == "Dr K"


def test_an_on_call_person_who_refuses_in_other_words_is_an_alert_too(paged: ClinicDay) -> None:
    paged.text(DR_K, "please stop texting me")
    paged.run_until(paged.clock() + timedelta(minutes=3))
    assert paged.rows(Alert)[0].kind == "on_call_stopped"
    assert len(pages(paged, NURSE_P)) == 1


def test_a_warning_survives_a_reader_that_fails(paged: ClinicDay, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    phone = paged.patient()
    paged.at("10:05")
    monkeypatch.setattr("followup.inbox.answer.read_message", broken)
    paged.text(phone, "I can't move my legs")
    paged.run_until(paged.clock() + timedelta(minutes=3))
    assert paged.rows(Alert)[0].tier == "E"
    assert len(pages(paged, DR_K)) == 1


def test_a_message_full_of_warnings_is_one_alert(paged: ClinicDay) -> None:
    phone = paged.patient()
    paged.at("10:05")
    paged.text(
        phone,
        "fever and chills, my leg is weak and numb, can't pee, chest pain, short of breath, "
        "terrible headache, hives, the bandage is soaked with blood, sugar 400, I fell, unbearable pain",
    )
    assert [row.state for row in paged.rows(Inbound)] == ["read"]
    assert len(paged.rows(Alert)) == 1


def test_a_warning_to_a_number_the_clinic_gave_up_is_still_heard(paged: ClinicDay) -> None:
    from followup.intake.clinics import set_clinic

    phone = paged.patient()
    paged.at("10:05")
    with paged.store.write() as session:
        set_clinic(session, (CLINIC + ON_CALL).replace("+12025550123", "+12025550124"), paged.clock())
    paged.text(phone, "I can't move my legs")
    paged.run_until(paged.clock() + timedelta(minutes=3))
    assert paged.rows(Alert)[0].check_in_id == paged.rows(CheckIn)[0].id


def test_one_clinic_that_cannot_be_read_does_not_silence_anothers_pages(paged: ClinicDay) -> None:
    from followup.intake.clinics import set_clinic
    from followup.store.models import Clinic

    phone = closed_check_in(paged)
    with paged.store.write() as session:
        other, _ = set_clinic(session, SECOND_CLINIC.replace("+12025550123", "+12025550125"), paged.clock())
        session.add(
            Outbound(
                dedupe="broken", clinic_id=other.id, channel="text", step="first", to=phone, patient_id=1,
                check_in_id=1, due_at=paged.clock(), created_at=paged.clock(), changed_at=paged.clock(),
            )
        )  # fmt: skip
        session.get_one(Clinic, other.id).file = "{}"
    paged.text(phone, "no puedo orinar desde anoche")
    paged.tick()
    paged.run_until(paged.clock() + timedelta(minutes=3))
    assert len(pages(paged, DR_K)) == 1


def test_a_warning_nobody_took_for_an_hour_is_the_digests_first_line(paged: ClinicDay) -> None:
    from sqlmodel import select

    from followup.digest.build import build
    from followup.digest.render_text import render_text
    from followup.store.models import Clinic

    phone = closed_check_in(paged)
    paged.text(phone, "no puedo orinar desde anoche")
    paged.run_until(paged.clock() + timedelta(minutes=75))
    with paged.store.read() as session:
        clinic = session.exec(select(Clinic)).one()
        page = render_text(build(session, clinic, paged.clock().astimezone(ZONE).date(), paged.clock()))
    assert page.splitlines()[0].startswith("! 1 warning has waited for over an hour")
