"""A clinic's file comes in, comes in again, and acts on what is under way."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.close import close
from followup.checkin.departure import adopt
from followup.clinic import ClinicFileError, parse_clinic_file
from followup.intake import set_clinic
from followup.outreach.claim import claim
from followup.store import Store
from followup.store.models import Answer, CheckIn, Clinic, Decision, Outbound, Procedure, Proposal, Staff
from tests.intake.conftest import HARBOR, Import
from tests.intake.roster_of import ANA, roster

TEN = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
FULL = (
    HARBOR
    + """
[hours]
check_in_time = "10:30"
window = ["09:15", "19:00"]
[day_of]
at_minutes = 60
[digest]
times = ["07:30", "16:30"]
from = "followup@harbor.example"
recipients = ["frontdesk@harbor.example"]
[on_call]
[[on_call.people]]
name = "Dr K"
phone = "202-555-0190"
hours = "mon-fri 08:00-17:00"
[thresholds]
min_hours = { lidocaine = 2.5, default = 3 }
"""
)


def set_again(store: Store, text: str, now: datetime) -> None:
    with store.write() as session:
        clinic, created = set_clinic(session, text, now)
        assert (clinic.code, created) == ("harbor", False)


def answered(session: Session, *, ended: str = "") -> None:
    """Ana's pain went from 8 to 2 for five hours: her check-in is closed and judged."""
    check_in = session.exec(select(CheckIn)).one()
    assert check_in.id is not None
    for question, number in (("pain_now", 7), ("pain_best", 2), ("relief_hours", 5)):
        session.add(Answer(check_in_id=check_in.id, question=question, number=Decimal(number), at=TEN))
    session.add(Answer(check_in_id=check_in.id, question="took_medicine", word="no", at=TEN))
    session.flush()
    close(session, check_in, clinic_file(session.exec(select(Clinic)).one()), "answered", TEN)
    session.exec(select(Procedure)).one().ended = ended


def proposals(store: Store) -> list[Proposal]:
    with store.read() as session:
        return list(session.exec(select(Proposal).order_by(col(Proposal.seq))).all())


def test_a_stored_file_reads_back_as_it_was_written(store: Store, now: datetime) -> None:
    with store.write() as session:
        clinic, created = set_clinic(session, FULL, now)
        assert (clinic.code, clinic.sender, created) == ("harbor", "+12025550150", True)
    with store.read() as session:
        file = clinic_file(session.exec(select(Clinic)).one())
    assert file == parse_clinic_file(FULL)
    assert file.hours.check_in_time == time(10, 30)
    assert file.thresholds.min_hours.lidocaine == Decimal("2.5")


def test_the_same_file_again_changes_nothing(store: Store, now: datetime) -> None:
    with store.write() as session:
        set_clinic(session, FULL, now)
    set_again(store, FULL + "\n# a remark\n", TEN)
    with store.read() as session:
        assert session.exec(select(Clinic)).one().changed_at == now


def test_a_bad_file_changes_nothing_and_names_every_problem(store: Store, harbor: str, now: datetime) -> None:
    with pytest.raises(ClinicFileError) as refused, store.write() as session:
        set_clinic(session, FULL.replace("10:30", "25:00").replace("America/New_York", "Gotham"), now)
    assert "'25:00' is not a time of day" in str(refused.value)
    assert "'Gotham' is not a time zone" in str(refused.value)
    with store.read() as session:
        assert clinic_file(session.exec(select(Clinic)).one()).hours.check_in_time == time(10)


def test_a_later_check_in_time_moves_first_texts_that_have_not_left(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    set_again(store, HARBOR + '[hours]\ncheck_in_time = "11:15"\n', now)
    with store.read() as session:
        eleven = datetime(2026, 3, 10, 15, 15, tzinfo=UTC)
        assert session.exec(select(CheckIn)).one().due_at == eleven
        first = session.exec(select(Outbound)).one()
        assert (first.due_at, first.state) == (eleven, "planned")


def test_a_later_check_in_time_does_not_touch_what_has_left(store: Store, take: Import) -> None:
    take(roster(ANA))
    with store.write() as session:
        (envelope,) = claim(session, "test", TEN, 10)
        adopt(session, session.get_one(Outbound, envelope.id), "SM1", TEN)
    with store.read() as session:
        before = [
            (row.step, row.due_at) for row in session.exec(select(Outbound).order_by(col(Outbound.id))).all()
        ]
    set_again(store, HARBOR + '[hours]\ncheck_in_time = "11:15"\n', TEN)
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().due_at == TEN
        assert [
            (row.step, row.due_at) for row in session.exec(select(Outbound).order_by(col(Outbound.id))).all()
        ] == before


def test_what_is_planned_leaves_from_the_new_number(store: Store, take: Import, now: datetime) -> None:
    take(roster(ANA))
    set_again(store, HARBOR.replace("+12025550150", "+12025550151"), now)
    with store.read() as session:
        assert session.exec(select(Clinic)).one().sender == "+12025550151"
        assert session.exec(select(Outbound)).one().sender == "+12025550151"


def test_a_reminder_under_way_leaves_from_the_new_number_too(store: Store, take: Import) -> None:
    take(roster(ANA))
    with store.write() as session:
        (envelope,) = claim(session, "test", TEN, 10)
        adopt(session, session.get_one(Outbound, envelope.id), "SM1", TEN)
    set_again(store, HARBOR.replace("+12025550150", "+12025550151"), TEN)
    with store.read() as session:
        senders = {row.step: row.sender for row in session.exec(select(Outbound)).all()}
    assert senders == {"first": "+12025550150", "reminder": "+12025550151"}


def test_longer_useful_hours_keep_a_first_text_worth_sending_for_longer(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    set_again(store, HARBOR + "[hours]\nuseful_hours = 96\n", now)
    with store.read() as session:
        assert session.exec(select(Outbound)).one().useless_after == TEN + timedelta(hours=96)


def test_new_thresholds_judge_undecided_cases_again_and_keep_the_old_proposal(
    store: Store, take: Import
) -> None:
    take(roster(ANA))
    with store.write() as session:
        answered(session)
    set_again(store, HARBOR + "[thresholds]\nrepeat_percent = 75\n", TEN)
    first, second = proposals(store)
    assert (first.disposition, second.disposition) == ("provider_review", "candidate_repeat")
    assert first.pw == second.pw == 75


def test_a_new_default_intent_judges_again_what_had_none(store: Store, take: Import) -> None:
    take(roster(ANA | {"intent": ""}))
    with store.write() as session:
        answered(session)
    set_again(store, HARBOR + '[intake]\nintent_default = "therapeutic"\n', TEN)
    first, second = proposals(store)
    assert "intent_assumed" in first.flags
    assert (first.disposition, first.reason) != (second.disposition, second.reason)
    assert first.inputs == second.inputs


def test_a_decided_case_is_not_judged_again(store: Store, take: Import) -> None:
    take(roster(ANA))
    with store.write() as session:
        answered(session)
        procedure, proposal = session.exec(select(Procedure)).one(), session.exec(select(Proposal)).one()
        staff = Staff(clinic_id=procedure.clinic_id, email="dr@harbor.example", email_hash="x",
                      role="provider", password_hash="x", created_at=TEN)  # fmt: skip
        session.add(staff)
        session.flush()
        session.add(
            Decision(
                procedure_id=procedure.id, proposal_id=proposal.id, choice="repeat", staff_id=staff.id, at=TEN
            )
        )
    set_again(store, HARBOR + "[thresholds]\nrepeat_percent = 75\n", TEN)
    assert len(proposals(store)) == 1


def test_a_case_that_staff_closed_is_not_judged_again(store: Store, take: Import) -> None:
    take(roster(ANA))
    with store.write() as session:
        answered(session, ended="reached")
    set_again(store, HARBOR + "[thresholds]\nrepeat_percent = 75\n", TEN)
    assert len(proposals(store)) == 1
