"""One patient's page: the conversation, the proposal, and what staff may change."""

from __future__ import annotations

import re

from followup.store.models import Answer, Audit, Decision, OptOut, Patient, Procedure
from tests.clinic_day import ClinicDay
from tests.console.test_guards import client, token
from tests.console.test_work_pages import post, words


def half_better(day: ClinicDay) -> None:
    day.person(day.patient(baseline=8), ["about 2 I think", "N", "4", "6", "N"])
    day.at("12:00")


def test_the_page_tells_what_was_said_how_it_was_read_and_what_is_proposed(quick: ClinicDay) -> None:
    half_better(quick)
    page = client(quick, "provider").get("/patients/1")
    html, said = page.get_data(as_text=True), words(page)
    assert "Harbor Clinic: Hello Ann." in said
    assert re.search(r'<mark title="\w+">2</mark>', html)
    assert "Pain now: 2" in said
    assert "delivered" in said
    assert "Some relief, under the bar" in said
    assert "Rule 10 of facet-v1" in said
    assert "Lumbar facet injection 09 Mar 2026" in said
    assert 'aria-label="before 8, lowest 4, now 2, bar at 1.6"' in html
    assert quick.rows(Audit, Audit.action == "patient.view")[0].subject_id == 1


def test_the_digest_leads_there_to_phone_and_for_a_provider_to_sign(quick: ClinicDay) -> None:
    half_better(quick)
    for role, signs in (("provider", True), ("frontdesk", False)):
        html = client(quick, role).get("/digest/2026-03-10").get_data(as_text=True)
        assert '<a class="name" href="/patients/1">' in html
        assert ('<a href="/patients/1" aria-label="Sign: ' in html) == signs


def test_only_a_provider_sees_and_may_use_the_signing(quick: ClinicDay) -> None:
    half_better(quick)
    desk = client(quick, "frontdesk")
    page = words(desk.get("/patients/1"))
    assert "a provider decides and signs" in page
    assert "/cases/1/decide" not in desk.get("/patients/1").get_data(as_text=True)
    desk.post("/cases/1/decide", data={"choice": "other", "csrf_token": token(desk, "/patients/1")})
    assert quick.rows(Decision) == []


def test_agreeing_needs_no_reason_and_deciding_otherwise_does(quick: ClinicDay) -> None:
    quick.person(quick.patient(baseline=8), ["2", "N", "1", "6", "N", "Y"])
    quick.at("12:00")
    kim = client(quick, "provider")
    assert "Agree: Repeat injection" in words(kim.get("/patients/1"))
    post(kim, "/cases/1/decide", choice="further_testing", hx=False)
    assert "Say why: this is not what was proposed." in words(kim.get("/patients/1"))
    assert quick.rows(Decision) == []
    post(kim, "/cases/1/decide", choice="further_testing", note="no relief on stairs", hx=False)
    assert quick.rows(Decision)[0].note == "no relief on stairs"
    assert quick.rows(Procedure)[0].ended == "decided"
    assert "Decided: Further testing" in words(kim.get("/patients/1"))


def test_a_correction_shows_both_answers_and_who_entered_the_new_one(quick: ClinicDay) -> None:
    half_better(quick)
    desk = client(quick, "frontdesk")
    post(desk, "/check-ins/1/correct", question="pain_best", value="1", hx=False)
    page = desk.get("/patients/1").get_data(as_text=True)
    assert "<b>1</b> <del>4</del>" in page
    assert "frontdesk, by hand" in page
    assert [a.number for a in quick.rows(Answer) if a.question == "pain_best"][-1] == 1
    post(desk, "/check-ins/1/correct", question="pain_best", value="seven", hx=False)
    assert "Write a number." in words(desk.get("/patients/1"))


def test_asking_more_says_when_it_leaves(quick: ClinicDay) -> None:
    half_better(quick)
    kim = client(quick, "provider")
    post(kim, "/check-ins/1/ask", question="pain_best", how="text", hx=False)
    assert "The question leaves 12:00." in words(kim.get("/patients/1"))
    post(kim, "/check-ins/1/ask", question="relief_hours", how="phone", hx=False)
    assert "The front desk has been asked to phone." in words(kim.get("/patients/1"))


def test_contact_is_changed_paused_resumed_and_stopped(quick: ClinicDay) -> None:
    quick.patient()
    desk = client(quick, "frontdesk")
    change = {"phone": "202-555-0277", "language": "es", "channel": "call", "action": "change"}
    post(desk, "/patients/1/contact", hx=False, **change)
    patient = quick.rows(Patient)[0]
    assert (patient.phone, patient.language, patient.channel) == ("+12025550277", "es", "call")
    post(desk, "/patients/1/contact", action="pause", hx=False)
    assert "Contact is paused since 14:00" in words(desk.get("/patients/1"))
    post(desk, "/patients/1/contact", action="resume", hx=False)
    assert quick.rows(Patient)[0].paused_at is None
    post(desk, "/patients/1/contact", action="stop", hx=False)
    assert "This number asked us to stop 14:00, told to staff" in words(desk.get("/patients/1"))
    assert quick.rows(OptOut)[0].stopped
    done = [a.action for a in quick.rows(Audit) if a.action.startswith("contact")]
    assert done == ["contact.change", "contact.pause", "contact.resume", "contact.stop"]
    assert post(desk, "/patients/1/contact", action="sing", hx=False).status_code == 400


def test_a_stop_by_text_is_shown_with_its_words_and_time(quick: ClinicDay) -> None:
    phone = quick.patient()
    quick.at("10:05")
    quick.text(phone, "please stop texting me")
    page = words(client(quick, "frontdesk").get("/patients/1"))
    assert "This number asked us to stop 10:05, in their own words: please stop texting me ." in page


def test_what_the_desk_did_stands_in_the_conversation(quick: ClinicDay) -> None:
    quick.patient(baseline=8)
    quick.at("19:00")
    desk = client(quick, "frontdesk")
    post(desk, "/worklist/1/answers", now="3", words="much better since friday")
    page = words(desk.get("/patients/1"))
    assert "frontdesk phoned and wrote down much better since friday Pain now: 3" in page


def test_names_and_numbers_stand_in_no_address(quick: ClinicDay) -> None:
    half_better(quick)
    html = client(quick, "provider").get("/patients/1").get_data(as_text=True)
    addresses = " ".join(re.findall(r'(?:href|action|hx-get|hx-post)="([^"]*)"', html)).replace(
        "tel:+12025550201", ""
    )
    assert not re.search(r"Ann|Example|555", addresses)


def test_a_patient_nobody_has_asked_yet_has_a_page_too(quick: ClinicDay) -> None:
    quick.patient()
    quick.roster(
        "p7,Bo,Example,+12025550277,proc7,2026-03-20 09:00,8,bupivacaine,en,planned",
        header="patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,agent,"
        "language,status",
    )
    desk = client(quick, "frontdesk")
    assert "The first question leaves Tue 10 Mar 10:00." in words(desk.get("/patients/1"))
    assert "Procedure without a check-in" in words(desk.get("/patients/2"))
    assert desk.get("/patients/1?check_in=999999999999999").status_code == 200
    assert desk.get("/patients/3").status_code == 404


def test_an_admin_sees_a_patient_and_may_change_nothing(quick: ClinicDay) -> None:
    half_better(quick)
    admin = client(quick, "admin")
    html = admin.get("/patients/1").get_data(as_text=True)
    assert "Ann Example" in html
    assert not re.search(r'action="/(patients|check-ins|cases|work|tasks)/', html)
    for url in ("/patients/1/contact", "/check-ins/1/correct", "/check-ins/1/ask", "/worklist/1/call"):
        assert post(admin, url, action="pause", question="pain_now", value="3").status_code == 403, url
