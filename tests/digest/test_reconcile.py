"""Independent counts: whatever is missing is named."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from sqlalchemy import text

from followup.checkin.clinics import clinic_file
from followup.digest.build import build
from followup.digest.model import Reconciliation
from followup.digest.reconcile import compare, reconcile
from followup.store import Store
from followup.store.models import CheckIn, Clinic, Heartbeat, Procedure, Roster, RosterLine

from .clinic_day import DAY, FILE, INJECTED, NOW, REPEAT, TESTING, add_case, add_clinic, cancel, decide
from .full_day import add_full_day


def reconciled(store: Store, clinic: Clinic) -> Reconciliation:
    with store.read() as session:
        return reconcile(session, session.get_one(Clinic, clinic.id), DAY, NOW)


def without_foreign_keys(store: Store, *statements: str) -> None:
    """What a slip of the hand in a database tool does, where foreign keys are not kept."""
    if store.is_sqlite:
        connection = sqlite3.connect(str(store.engine.url.database))
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    with store.engine.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement))


def test_a_whole_day_adds_up_and_says_how(store: Store) -> None:
    with store.write() as session:
        clinic = add_full_day(session)
    result = reconciled(store, clinic)
    assert (result.ok, result.missing) == (True, [])
    assert result.counts == {
        "roster lines accepted": 24,
        "roster lines refused": 1,
        "procedures": 24,
        "check-ins due": 24,
        "digest entries": 25,
    }


def test_a_deleted_check_in_is_named_by_its_procedure(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        for number in (16, 17, 18):
            add_case(session, clinic, number, said=REPEAT, words="7")
        lost = session.get_one(Procedure, 2).check_in_id
    without_foreign_keys(store, f"DELETE FROM check_in WHERE id = {lost}")
    result = reconciled(store, clinic)
    assert (result.ok, result.missing) == (False, ["procedure P-17: no check-in"])


def test_a_check_in_deleted_by_the_book_is_named_too(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 17, outcome="", sent=False)
        lost, case.check_in_id = case.check_in_id, None
        session.flush()
        session.execute(text(f"DELETE FROM outbound WHERE check_in_id = {lost}"))
        session.execute(text(f"DELETE FROM check_in WHERE id = {lost}"))
    assert reconciled(store, clinic).missing == ["procedure P-17: no check-in"]


def test_a_lost_check_in_shows_on_the_page_and_as_its_headline(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, clinic, 17, outcome="")
    without_foreign_keys(store, "DELETE FROM check_in")
    with store.read() as session:
        made = build(session, session.get_one(Clinic, clinic.id), DAY, NOW)
    assert not made.reconciliation.ok
    assert [a.words for a in made.attention] == ["Procedure P-17 has no check-in. Please phone the patient."]


def test_a_roster_line_that_was_accepted_and_not_stored_is_named(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT)
    without_foreign_keys(store, "DELETE FROM procedure")
    assert "procedure P-1: in the roster, but not stored" in reconciled(store, clinic).missing


def test_a_case_left_off_the_page_is_named(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT)
        add_case(session, clinic, 2, said=TESTING, performed_at=INJECTED - timedelta(days=2))
    with store.read() as session:
        row = session.get_one(Clinic, clinic.id)
        result = compare(session, row.id or 0, clinic_file(row), DAY, [])
    assert result.missing == [
        "procedure P-1: has a check-in, but is not on the digest",
        "procedure P-2: has a check-in, but is not on the digest",
    ]


def test_a_case_twice_on_the_page_is_named(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT)
    with store.read() as session:
        row = session.get_one(Clinic, clinic.id)
        twice = build(session, row, DAY, NOW).entries * 2
        result = compare(session, row.id or 0, clinic_file(row), DAY, twice)
    assert result.missing == ["procedure P-1: on the digest 2 times"]


def test_a_closed_conversation_without_a_proposal_is_named(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT)
        session.execute(text("DELETE FROM proposal"))
    assert reconciled(store, clinic).missing == [
        "procedure P-1: its check-in is closed, but nothing is proposed"
    ]


def test_a_check_in_without_a_procedure_is_named(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, outcome="")
        session.add(
            CheckIn(
                clinic_id=clinic.id or 0,
                patient_id=case.patient_id,
                kind="day_3",
                due_on=DAY,
                due_at=NOW,
                changed_at=NOW,
            )
        )
    assert reconciled(store, clinic).missing == ["check-in 2: belongs to no procedure"]


def test_cancelled_and_decided_cases_are_not_missing(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        cancel(session, clinic, add_case(session, clinic, 1, outcome="", sent=False))
        decide(session, add_case(session, clinic, 2, said=REPEAT), "repeat")
        add_case(session, clinic, 3, status="planned")
    result = reconciled(store, clinic)
    assert (result.ok, result.counts["digest entries"], result.counts["procedures"]) == (True, 2, 3)


def test_another_clinics_roster_is_not_ours(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        session.get_one(Heartbeat, "clock").name = "other"
        session.flush()
        other = add_clinic(session, FILE.replace('code = "harbor"', 'code = "bay"'))
        add_case(session, other, 1, said=REPEAT)
    result = reconciled(store, clinic)
    assert (result.ok, set(result.counts.values())) == (True, {0})


def test_a_procedure_moved_to_another_day_counts_on_its_new_day_only(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, outcome="", sent=False, performed_at=INJECTED + timedelta(days=1))
        roster = Roster(clinic_id=clinic.id or 0, at=INJECTED - timedelta(days=1))
        session.add(roster)
        session.flush()
        # The first file had it on Monday; its line is older than the one that moved it.
        session.add(
            RosterLine(
                id=-1,
                clinic_id=roster.clinic_id,
                roster_id=roster.id or 0,
                line=2,
                result="new",
                reference="P-1",
                performed_on=INJECTED.date(),
            )
        )
    result = reconciled(store, clinic)
    assert (result.ok, result.counts["roster lines accepted"]) == (True, 0)
