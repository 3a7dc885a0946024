"""The roster changes in mid-course: what follows, and what has left stays as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.close import close
from followup.checkin.departure import adopt
from followup.checkin.reactions import react
from followup.outreach.claim import claim
from followup.store import Store
from followup.store.models import Answer, CheckIn, Clinic, Outbound, Patient, Procedure, Proposal
from tests.intake.conftest import Import
from tests.intake.roster_of import ANA, BEN, roster

TEN = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # ten in the morning in New York, the day after
NOON = TEN + timedelta(hours=2)


def ask(store: Store) -> None:
    """The first text leaves at ten, and the reminder is planned."""
    with store.write() as session:
        for envelope in claim(session, "test", TEN, 10):
            adopt(session, session.get_one(Outbound, envelope.id), f"SM{envelope.id}", TEN)


def answer(store: Store, **scores: int) -> None:
    """The patient answers and the conversation closes."""
    with store.write() as session:
        check_in = session.exec(select(CheckIn)).one()
        assert check_in.id is not None
        for question, number in scores.items():
            session.add(Answer(check_in_id=check_in.id, question=question, number=Decimal(number), at=TEN))
        session.flush()
        close(session, check_in, clinic_file(session.exec(select(Clinic)).one()), "answered", TEN)


def contacts(session: Session) -> list[tuple[str, str, str]]:
    rows = session.exec(select(Outbound).order_by(col(Outbound.id))).all()
    return [(row.step, row.state, row.to) for row in rows]


def test_cancelled_closes_and_withdraws_what_was_not_sent(store: Store, take: Import) -> None:
    take(roster(ANA))
    assert take(roster(ANA | {"status": "cancelled"})).changed == 1
    with store.read() as session:
        procedure = session.exec(select(Procedure)).one()
        assert (procedure.status, procedure.ended, procedure.ended_by) == ("cancelled", "cancelled", "roster")
        check_in = session.exec(select(CheckIn)).one()
        assert (check_in.state, check_in.outcome) == ("closed", "cancelled")
        assert contacts(session) == [("first", "withdrawn", "+12025550123")]


def test_cancelled_in_mid_conversation_withdraws_the_reminder(store: Store, take: Import) -> None:
    take(roster(ANA))
    ask(store)
    take(roster(ANA | {"status": "cancelled"}), at=NOON)
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().outcome == "cancelled"
        assert contacts(session) == [
            ("first", "sent", "+12025550123"),
            ("reminder", "withdrawn", "+12025550123"),
        ]


def test_one_of_two_procedures_cancelled_leaves_the_shared_check_in(store: Store, take: Import) -> None:
    second = ANA | {"procedure_id": "P2"}
    take(roster(ANA, second))
    take(roster(ANA, second | {"status": "cancelled"}))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().state == "planned"
        assert contacts(session) == [("first", "planned", "+12025550123")]


def test_performed_after_all_reopens(store: Store, take: Import) -> None:
    take(roster(ANA | {"status": "cancelled"}))
    take(roster(ANA))
    take(roster(ANA | {"status": "cancelled"}))
    take(roster(ANA))
    with store.read() as session:
        procedure = session.exec(select(Procedure)).one()
        assert (procedure.ended, procedure.ended_at, procedure.ended_by) == ("", None, "")
        assert session.exec(select(CheckIn)).one().state == "planned"
        assert [state for _, state, _ in contacts(session)] == ["withdrawn", "planned"]


def test_performed_after_all_but_too_late_to_ask_is_missed_and_shown(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    take(roster(ANA | {"status": "cancelled"}))
    take(roster(ANA), at=now + timedelta(days=30))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().outcome == "missed"
        assert session.exec(select(Proposal)).one().disposition == "unreachable_call"


def test_performed_after_all_when_the_patient_was_asked_weeks_ago_asks_nobody_again(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    ask(store)
    take(roster(ANA | {"status": "cancelled"}), at=NOON)
    take(roster(ANA), at=now + timedelta(days=30))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().outcome == "no_answer"
        assert [state for _, state, _ in contacts(session)] == ["sent", "withdrawn"]
        assert session.exec(select(Proposal)).one().disposition == "unreachable_call"


def test_a_new_time_plans_again_when_nothing_was_sent(store: Store, take: Import) -> None:
    take(roster(ANA))
    take(roster(ANA | {"performed_at": "3/10/2026 9:30 AM"}))
    with store.read() as session:
        procedure = session.exec(select(Procedure)).one()
        check_in = session.get_one(CheckIn, procedure.check_in_id)
        assert (check_in.due_on, check_in.state) == (date(2026, 3, 11), "planned")
        old = session.exec(select(CheckIn).where(CheckIn.id != check_in.id)).one()
        assert (old.state, old.outcome) == ("closed", "cancelled")
        planned = session.exec(select(Outbound).where(Outbound.state == "planned")).one()
        assert (planned.check_in_id, planned.due_at) == (check_in.id, TEN + timedelta(days=1))


def test_a_new_time_after_the_first_text_moves_no_text(store: Store, take: Import) -> None:
    take(roster(ANA))
    ask(store)
    take(roster(ANA | {"performed_at": "3/10/2026 9:30 AM"}), at=NOON)
    with store.read() as session:
        procedure = session.exec(select(Procedure)).one()
        assert procedure.performed_at == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
        check_in = session.exec(select(CheckIn)).one()
        assert (procedure.check_in_id, check_in.due_on, check_in.state) == (
            check_in.id,
            date(2026, 3, 10),
            "open",
        )


def test_a_new_phone_takes_what_was_not_sent(store: Store, take: Import) -> None:
    take(roster(ANA))
    take(roster(ANA | {"phone": "202-555-0177"}))
    with store.read() as session:
        assert contacts(session) == [
            ("first", "withdrawn", "+12025550123"),
            ("first", "planned", "+12025550177"),
        ]


def test_a_new_phone_in_mid_conversation_is_asked_at_once_and_the_old_one_no_more(
    store: Store, take: Import
) -> None:
    take(roster(ANA))
    ask(store)
    take(roster(ANA | {"phone": "202-555-0177"}), at=NOON)
    with store.read() as session:
        assert contacts(session) == [
            ("first", "sent", "+12025550123"),
            ("reminder", "withdrawn", "+12025550123"),
            ("first", "planned", "+12025550177"),
        ]
        again = session.exec(select(Outbound).where(Outbound.state == "planned")).one()
        assert (again.due_at, again.to_hash) == (NOON, session.exec(select(Patient)).one().phone_hash)
    with store.write() as session:
        [envelope] = claim(session, "test", NOON, 10)
        assert envelope.to == "+12025550177"
        assert "STOP to opt out" in envelope.body, "it is the first that this phone hears of us"
    take(roster(ANA | {"phone": "202-555-0177", "timezone": "America/Chicago"}), at=NOON)
    with store.read() as session:
        assert len(contacts(session)) == 3, "it was asked there; another change asks nothing again"


def test_what_is_told_late_of_the_old_phone_is_no_word_about_the_new_one(store: Store, take: Import) -> None:
    take(roster(ANA))
    ask(store)
    take(roster(ANA | {"phone": "202-555-0177"}), at=NOON)
    with store.write() as session:
        first = session.exec(select(Outbound).order_by(col(Outbound.id))).first()
        assert first is not None
        react(session, first, 30005, NOON)
    with store.read() as session:
        assert session.exec(select(Patient)).one().phone_state == "ok"
        assert session.exec(select(CheckIn)).one().state == "open"


def test_a_phone_taken_away_hands_the_case_to_staff(store: Store, take: Import) -> None:
    take(roster(ANA))
    take(roster(ANA | {"phone": ""}))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().outcome == "no_phone"
        assert contacts(session) == [("first", "withdrawn", "+12025550123")]


@pytest.mark.parametrize("known", ["voice", "bad", "stranger"])
def test_what_was_learnt_of_the_old_number_is_forgotten_with_it(
    store: Store, take: Import, known: str
) -> None:
    take(roster(ANA))
    with store.write() as session:
        session.exec(select(Patient)).one().phone_state = known
    take(roster(ANA | {"agent": "ropivacaine"}))
    with store.read() as session:
        assert session.exec(select(Patient)).one().phone_state == known
    take(roster(ANA | {"phone": "202-555-0177"}))
    with store.read() as session:
        assert session.exec(select(Patient)).one().phone_state == "ok"


def test_a_number_put_right_within_three_days_is_asked_and_later_it_is_not(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    ask(store)
    with store.write() as session:
        session.exec(select(Patient)).one().phone_state = "bad"
        clinic = session.exec(select(Clinic)).one()
        close(session, session.exec(select(CheckIn)).one(), clinic_file(clinic), "undeliverable", NOON)
    take(roster(ANA | {"phone": "202-555-0177"}), at=now + timedelta(days=30))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().outcome == "undeliverable"
    take(roster(ANA | {"phone": "202-555-0178"}), at=NOON + timedelta(hours=1))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().state == "planned"
        assert contacts(session)[-1] == ("first", "planned", "+12025550178")


def test_a_new_zone_moves_what_was_not_sent_into_the_patients_hours(store: Store, take: Import) -> None:
    take(roster(ANA))
    take(roster(ANA | {"timezone": "Pacific"}))
    with store.read() as session:
        first = session.exec(select(Outbound)).one()
        assert first.due_at == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)  # nine in the morning in Los Angeles


def test_consent_withdrawn_stops_everything_and_consent_given_starts_it(store: Store, take: Import) -> None:
    take(roster(ANA))
    take(roster(ANA | {"consent": "no"}))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().outcome == "no_consent"
        assert [state for _, state, _ in contacts(session)] == ["withdrawn"]
    take(roster(ANA))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().state == "planned"
        assert [state for _, state, _ in contacts(session)] == ["withdrawn", "planned"]


@pytest.mark.parametrize(
    ("change", "value"), [("baseline_score", "4"), ("agent", "bupivacaine"), ("intent", "therapeutic")]
)
def test_a_new_baseline_drug_or_intent_makes_a_new_proposal(
    store: Store, take: Import, change: str, value: str
) -> None:
    take(roster(ANA))
    ask(store)
    answer(store, pain_now=7, pain_best=4)
    assert take(roster(ANA | {change: value}), at=NOON).changed == 1
    with store.read() as session:
        first, second = session.exec(select(Proposal).order_by(col(Proposal.seq))).all()
    assert (first.seq, second.seq) == (1, 2)
    assert first.inputs != second.inputs
    assert f'"{value}"' in second.inputs or second.pw == 0


def test_a_procedure_that_joins_a_closed_check_in_is_judged_by_what_was_said(
    store: Store, take: Import
) -> None:
    take(roster(ANA))
    ask(store)
    answer(store, pain_now=7, pain_best=7)
    take(roster(ANA, ANA | {"procedure_id": "P2"}), at=NOON)
    with store.read() as session:
        proposals = session.exec(select(Proposal)).all()
    assert len({p.procedure_id for p in proposals}) == 2
    assert len({p.disposition for p in proposals}) == 1


def test_a_row_that_vanishes_changes_nothing(store: Store, take: Import) -> None:
    take(roster(ANA, BEN))
    result = take(roster(BEN))
    assert (result.lines, result.unchanged) == (1, 1)
    with store.read() as session:
        assert [(state, step) for step, state, _ in contacts(session)] == [("planned", "first")] * 2


def test_a_column_the_file_does_not_have_is_not_emptied(store: Store, take: Import) -> None:
    take(roster(ANA))
    short = roster(
        {key: ANA[key] for key in ("patient_id", "given_name", "procedure_id", "performed_at")}
        | {"status": "cancelled"}
    )
    take(short)
    with store.read() as session:
        patient = session.exec(select(Patient)).one()
        procedure = session.exec(select(Procedure)).one()
    assert (patient.phone, patient.family_name, patient.consent) == ("+12025550123", "Doe", True)
    assert (procedure.agent, procedure.baseline, procedure.status) == ("lidocaine", Decimal(8), "cancelled")


def test_a_changed_patient_shows_in_each_of_that_patients_rows(store: Store, take: Import) -> None:
    second = ANA | {"procedure_id": "P2"}
    take(roster(ANA, second))
    new = {"phone": "202-555-0177"}
    assert take(roster(ANA | new, second | new)).changed == 2


def test_a_new_phone_reaches_a_check_in_whose_procedure_the_file_does_not_list(
    store: Store, take: Import
) -> None:
    take(roster(ANA))
    take(roster(ANA | {"procedure_id": "P2", "performed_at": "3/12/2026 9:30 AM", "phone": "202-555-0177"}))
    with store.read() as session:
        planned = session.exec(select(Outbound).where(Outbound.state == "planned")).all()
        assert [row.to for row in planned] == ["+12025550177", "+12025550177"]
