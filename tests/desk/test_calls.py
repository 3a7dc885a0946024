"""What came of a call of the desk: the same rows as a text would have made."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from followup.checkin.cases import CaseError
from followup.desk import calls
from followup.desk.acts import take_back
from followup.desk.calls import Said
from followup.desk.locks import LASTS, TakenError, holders, release, take
from followup.desk.worklist import one_row, worklist
from followup.digest.words import tried
from followup.store import keyed_hash
from followup.store.models import (
    Alert,
    Answer,
    CheckIn,
    Clinic,
    DeskAct,
    Inbound,
    Outbound,
    Patient,
    Procedure,
    Proposal,
    Staff,
    Task,
)
from tests.clinic_day import ZONE, ClinicDay


def staff(day: ClinicDay, name: str = "ana") -> Staff:
    with day.store.write() as session:
        address = f"{name}@harbor.example"
        made = Staff(
            clinic_id=1, email=address, email_hash=keyed_hash("email", address), role="frontdesk",
            password_hash="", created_at=day.clock(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made


def silent(day: ClinicDay) -> Staff:
    """One patient who never answered; the ladder has given up and the desk must phone."""
    day.patient(baseline=8)
    day.at("19:00")
    assert day.rows(CheckIn)[0].outcome == "no_answer"
    return staff(day)


def groups(day: ClinicDay) -> dict[str, str]:
    with day.store.read() as session:
        found = worklist(session, session.exec(select(Clinic)).one(), day.clock())
    return {row.key: row.group for row in found.rows}


def test_a_score_said_on_the_phone_makes_answers_and_a_proposal(day: ClinicDay) -> None:
    ana = silent(day)
    said = Said(
        now=Decimal(2), best=Decimal(1), hours=Decimal(6), medicine="none", activity=True, warning=False
    )
    with day.store.write() as session:
        calls.record(session, 1, ana, said, day.clock())
    answers = {a.question: (a.number, a.word, a.staff_id) for a in day.rows(Answer)}
    assert answers["pain_now"] == (Decimal(2), "", ana.id)
    assert answers["pain_best"] == (Decimal(1), "", ana.id)
    assert answers["took_medicine"] == (None, "no", ana.id)
    assert day.rows(CheckIn)[0].outcome == "answered"
    assert [p.disposition for p in day.rows(Proposal)] == ["unreachable_call", "candidate_repeat"]
    assert (day.rows(Inbound)[0].staff_id, day.rows(Inbound)[0].channel) == (ana.id, "call")
    assert groups(day) == {"c1": "decide"}


def test_a_warning_said_on_the_phone_pages_as_if_it_had_been_texted(quick: ClinicDay) -> None:
    ana = silent(quick)
    with quick.store.write() as session:
        said = Said(now=Decimal(6), words="my legs feel numb since last night")
        calls.record(session, 1, ana, said, quick.clock())
    alert = quick.rows(Alert)[0]
    assert (alert.kind, alert.said) == ("neuro", "my legs feel numb since last night")
    assert groups(quick) == {"c1": "urgent"}


def test_a_bare_yes_to_the_warning_signs_opens_an_alert_of_the_same_day(quick: ClinicDay) -> None:
    ana = silent(quick)
    with quick.store.write() as session:
        calls.record(session, 1, ana, Said(warning=True), quick.clock())
    assert [(a.tier, a.kind) for a in quick.rows(Alert)] == [("S", "warning_signs")]


def test_nothing_said_is_nothing_stored(quick: ClinicDay) -> None:
    ana = silent(quick)
    with pytest.raises(CaseError, match="at least one answer"), quick.store.write() as session:
        calls.record(session, 1, ana, Said(words="hello"), quick.clock())
    assert quick.rows(Answer) == []


def test_no_answer_puts_the_row_off_until_the_next_office_morning_and_counts(quick: ClinicDay) -> None:
    ana = silent(quick)
    with quick.store.write() as session:
        calls.no_answer(session, 1, ana, quick.clock())
    assert groups(quick) == {}
    assert quick.rows(DeskAct)[0].again_at is not None
    quick.at("08:01", 11)
    assert groups(quick) == {"c1": "call"}
    with quick.store.read() as session:
        row = one_row(session, session.exec(select(Clinic)).one(), "c1", quick.clock())
    assert row is not None
    assert [act.what for act in row.standing.acts] == ["no_answer"]
    assert row.entry is not None
    said = tried(row.entry, ZONE, quick.clock().date())
    assert said.endswith("phoned by staff Tue 19:00 nobody picked up"), "the digest tells it too"


def test_a_reply_brings_back_a_row_that_was_put_off(quick: ClinicDay) -> None:
    ana = silent(quick)
    with quick.store.write() as session:
        calls.no_answer(session, 1, ana, quick.clock())
    assert groups(quick) == {}
    quick.at("19:10")
    quick.text("+12025550201", "is the office open on friday")
    assert groups(quick) == {"c1": "review"}


def test_a_wrong_number_stops_everything_to_it_and_asks_for_the_right_one(quick: ClinicDay) -> None:
    quick.patient(baseline=8)
    quick.at("11:00")
    ana = staff(quick)
    with quick.store.write() as session:
        calls.wrong_number(session, 1, ana, quick.clock())
    assert quick.rows(CheckIn)[0].outcome == "wrong_person"
    assert quick.rows(Patient)[0].phone_state == "stranger"
    assert [t.kind for t in quick.rows(Task)] == ["wrong_person"]
    quick.at("19:00")
    assert len(quick.creates()) == 1, "nothing more leaves to a stranger"


def test_reached_closes_the_case_and_what_was_to_be_done_about_it(quick: ClinicDay) -> None:
    ana = silent(quick)
    with quick.store.write() as session:
        calls.end(session, 1, ana, "reached", quick.clock())
    assert (quick.rows(Procedure)[0].ended, quick.rows(Procedure)[0].ended_by) == (
        "reached",
        f"staff {ana.id}",
    )
    assert groups(quick) == {}


def test_reached_while_we_still_ask_takes_back_what_has_not_left(quick: ClinicDay) -> None:
    quick.patient(baseline=8)
    quick.at("11:00")
    ana = staff(quick)
    with quick.store.write() as session:
        calls.end(session, 1, ana, "reached", quick.clock())
    assert {o.state for o in quick.rows(Outbound, Outbound.step == "reminder")} == {"withdrawn"}
    quick.at("19:00")
    assert len(quick.creates()) == 1


def test_each_act_can_be_taken_back_for_two_minutes_by_whoever_did_it(day: ClinicDay) -> None:
    ana = silent(day)
    with day.store.write() as session:
        act = calls.end(session, 1, ana, "reached", day.clock())
    bob = staff(day, "bob")
    with pytest.raises(CaseError, match="cannot be taken back"), day.store.write() as session:
        take_back(session, act, bob, day.clock())
    with day.store.write() as session:
        take_back(session, session.get_one(DeskAct, act.id), ana, day.clock() + timedelta(seconds=60))
    assert day.rows(Procedure)[0].ended == ""
    assert groups(day) == {"c1": "call"}
    assert [a.what for a in day.rows(DeskAct)] == ["reached", "taken_back"], "nothing is deleted"
    with pytest.raises(CaseError, match="cannot be taken back"), day.store.write() as session:
        take_back(session, session.get_one(DeskAct, act.id), ana, day.clock())


def test_after_two_minutes_it_stays(quick: ClinicDay) -> None:
    ana = silent(quick)
    with quick.store.write() as session:
        act = calls.no_answer(session, 1, ana, quick.clock())
    with pytest.raises(CaseError, match="two minutes"), quick.store.write() as session:
        take_back(session, act, ana, quick.clock() + timedelta(minutes=3))


def test_a_number_called_wrong_by_mistake_is_right_again(quick: ClinicDay) -> None:
    ana = silent(quick)
    with quick.store.write() as session:
        act = calls.wrong_number(session, 1, ana, quick.clock())
    assert quick.rows(CheckIn)[0].outcome == "wrong_person"
    with quick.store.write() as session:
        take_back(session, session.get_one(DeskAct, act.id), ana, quick.clock())
    assert quick.rows(Patient)[0].phone_state == "ok"
    assert quick.rows(CheckIn)[0].outcome == "no_answer"
    assert quick.rows(Task)[-1].closed_at is not None


def test_two_people_cannot_have_one_row(day: ClinicDay) -> None:
    ana, bob = silent(day), staff(day, "bob")
    assert ana.id is not None
    assert bob.id is not None
    now = day.clock()
    with day.store.write() as session:
        take(session, 1, ana.id, now)
        take(session, 1, ana.id, now + timedelta(minutes=1))
    with pytest.raises(TakenError, match="ana has this case open"), day.store.write() as session:
        take(session, 1, bob.id, now + timedelta(minutes=2))
    with pytest.raises(TakenError), day.store.write() as session:
        calls.end(session, 1, bob, "reached", now + timedelta(minutes=2))
    with day.store.write() as session:
        take(session, 1, bob.id, now + timedelta(minutes=1) + LASTS)
        assert holders(session, [1], now + LASTS + timedelta(minutes=1))[1].name == "bob"
        release(session, 1, ana.id, now)
        assert holders(session, [1], now + LASTS + timedelta(minutes=1))[1].name == "bob"
