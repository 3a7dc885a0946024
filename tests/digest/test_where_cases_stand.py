"""Cases that are easily lost, played on the whole line: each stands where the page promises it."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import select

from followup.checkin.cases import close_case, decide
from followup.digest.build import build
from followup.digest.model import Digest
from followup.digest.render_html import render_html
from followup.digest.render_json import render_json
from followup.digest.render_text import render_text
from followup.digest.sections import sections
from followup.store import keyed_hash
from followup.store.models import Clinic, Decision, Procedure, Proposal, Staff
from tests.clinic_day import ClinicDay

MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)
TUESDAY, WEDNESDAY = date(2026, 3, 10), date(2026, 3, 11)
GOOD = ["7", "N", "1", "6", "N", "Y"]  # of 8: 87.5 % for six hours
POOR = ["8", "N", "7", "1", "N"]


def page(day: ClinicDay, on: date) -> Digest:
    with day.store.read() as session:
        return build(session, session.exec(select(Clinic)).one(), on, day.clock())


def standing(made: Digest) -> dict[str, list[str]]:
    """Which procedures stand in which bucket, from the JSON; empty buckets left out."""
    buckets: dict[str, Any] = render_json(made)["buckets"]
    return {name: [entry["procedure_id"] for entry in found] for name, found in buckets.items() if found}


def sign(day: ClinicDay, reference: str, choice: str) -> None:
    with day.store.write() as session:
        procedure = session.exec(select(Procedure).where(Procedure.reference == reference)).one()
        decide(session, procedure, _staff(session, procedure.clinic_id), choice, "", day.clock())


def _staff(session: Any, clinic_id: int) -> Staff:
    found: Staff | None = session.exec(select(Staff)).first()
    if found is None:
        address = "dr.k@harbor.example"
        found = Staff(
            clinic_id=clinic_id, email=address, email_hash=keyed_hash("email", address), role="provider",
            password_hash="x", created_at=MONDAY,
        )  # fmt: skip
        session.add(found)
        session.flush()
    return found


def test_an_undecided_case_opens_the_next_mornings_page_and_leaves_it_when_signed(day: ClinicDay) -> None:
    day.person(day.patient(1), POOR)
    day.at("18:00")
    assert standing(page(day, TUESDAY)) == {"candidate_further_testing": ["proc1"]}
    day.at("07:30", day=11)
    carried = page(day, WEDNESDAY)
    assert standing(carried) == {"candidate_further_testing": ["proc1"]}
    assert "Ann Example (p1) since Tue 10 Mar" in render_text(carried)
    sign(day, "proc1", "further_testing")
    assert standing(page(day, WEDNESDAY)) == {}
    assert standing(page(day, TUESDAY)) == {"closed": ["proc1"]}


def test_two_procedures_of_one_check_in_are_signed_one_by_one(day: ClinicDay) -> None:
    phone = day.patient(1)
    day.roster("p1,Ann,Example,+12025550201,proc2,2026-03-09 13:00,,bupivacaine,en")
    day.person(phone, [*GOOD, "Y"])
    day.at("18:00")
    made = page(day, TUESDAY)
    assert standing(made) == {"candidate_repeat": ["proc1"], "provider_review": ["proc2"]}
    assert (made.reconciliation.counts["procedures"], made.reconciliation.counts["check-ins due"]) == (2, 1)
    assert made.reconciled
    sign(day, "proc1", "repeat")
    after = page(day, TUESDAY)
    assert standing(after) == {"provider_review": ["proc2"], "closed": ["proc1"]}
    assert after.cost == made.cost, "one conversation is paid for once"


def test_a_late_answer_to_a_signed_case_leaves_it_signed_and_opens_a_task(day: ClinicDay) -> None:
    phone = day.patient(1)
    day.person(phone, GOOD)
    day.at("12:00")
    sign(day, "proc1", "repeat")
    before = len(day.rows(Proposal))
    day.text(phone, "Sorry, the lowest was really a 6")
    [entry] = page(day, TUESDAY).buckets["closed"]
    assert (entry.best, entry.disposition, len(entry.to_do)) == (1, "candidate_repeat", 1)
    assert entry.decision is not None
    assert day.rows(Decision)[0].proposal_id == day.rows(Proposal)[before - 1].id
    assert len(day.rows(Proposal)) == before, "what was signed is not proposed anew"
    day.at("07:30", day=11)
    next_morning = page(day, WEDNESDAY)
    assert standing(next_morning) == {}
    assert [item.kind for item in next_morning.attention if item.kind != "mail"] == ["task"]


def test_a_signed_case_that_somebody_must_look_at_says_so_where_it_stands(day: ClinicDay) -> None:
    phone = day.patient(1)
    day.person(phone, GOOD)
    day.at("12:00")
    sign(day, "proc1", "repeat")
    day.text(phone, "Sorry, the lowest was really a 6")
    made = page(day, TUESDAY)
    [task] = made.buckets["closed"][0].to_do
    closed = render_html(made, standalone=True).partition('class="closed"')[2]
    assert task in html.unescape(closed)
    assert f"to do: {task[:40]}" in render_text(made).partition("CLOSED (1)")[2]


def test_who_is_still_being_asked_but_needs_a_person_is_under_call_today(day: ClinicDay) -> None:
    """Among those who only wait, "please phone and ask" would be read by nobody."""
    day.person(day.patient(1), ["pretty sore honestly", "hard to say, it comes and goes"])
    day.patient(2)
    day.at("11:00")
    made = page(day, TUESDAY)
    assert standing(made) == {"waiting": ["proc1", "proc2"]}
    found = {s.name: [entry.reference for entry in s.entries] for s in sections(made) if s.entries}
    assert found == {"call_today": ["proc1"], "waiting": ["proc2"]}
    said = render_text(made)
    assert "CALL TODAY (1)  1 still being asked, waiting in the counts above" in said
    assert "still being asked." in said
    assert "to do: Two replies to one question could not be read. Please phone and ask." in said


def test_a_late_answer_to_a_case_that_staff_closed_leaves_it_closed(day: ClinicDay) -> None:
    phone = day.patient(1)
    day.at("20:00")
    assert standing(page(day, TUESDAY)) == {"unreachable_call": ["proc1"]}
    with day.store.write() as session:
        procedure = session.exec(select(Procedure)).one()
        close_case(procedure, _staff(session, procedure.clinic_id), "reached", day.clock())
    day.text(phone, "3")
    assert standing(page(day, TUESDAY)) == {"closed": ["proc1"]}


def test_a_warning_from_a_number_that_no_patient_has_is_on_the_page_and_in_no_bucket(day: ClinicDay) -> None:
    day.person(day.patient(1), GOOD)
    day.at("12:00")
    day.text("+12025550288", "I can't feel my legs since the shot")
    made = page(day, TUESDAY)
    assert standing(made) == {"candidate_repeat": ["proc1"]}
    assert made.reconciled
    [warning] = [item for item in made.attention if item.kind == "alert"]
    assert warning.words.startswith("EMERGENCY (numbness or weakness)")
    said = render_text(made)
    assert said.index("EMERGENCY (numbness or weakness)") < said.index("PROVIDER TO REVIEW")


def test_a_warning_of_a_signed_patient_brings_the_case_back_to_call_now_until_it_is_resolved(
    day: ClinicDay,
) -> None:
    phone = day.patient(1)
    day.person(phone, POOR)
    day.at("12:00")
    sign(day, "proc1", "further_testing")
    day.at("15:00", day=13)
    day.text(phone, "I have a fever and chills")
    assert standing(page(day, date(2026, 3, 13))) == {"urgent_call": ["proc1"]}
