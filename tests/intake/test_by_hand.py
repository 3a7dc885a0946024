"""A procedure typed in at the desk: the same rules, the same plan, the same witness as a line of a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from followup.digest.reconcile import reconcile
from followup.intake import set_clinic
from followup.intake.by_hand import add_by_hand, cells_of, change_by_hand, in_words
from followup.intake.result import ImportResult
from followup.store import Store
from followup.store.models import CheckIn, Clinic, Outbound, Patient, Procedure, Roster, RosterLine
from tests.intake.conftest import HARBOR, Import
from tests.intake.roster_of import ANA, BEN, roster

ZONE = ZoneInfo("America/New_York")


def add(store: Store, now: datetime, **cells: str) -> ImportResult:
    return add_by_hand(store, 1, ZONE, {**ANA, **cells}, now)


def change(store: Store, now: datetime, number: int = 1, **cells: str) -> ImportResult:
    return change_by_hand(store, 1, ZONE, number, cells, now)


def rows(store: Store, table: type) -> list:  # type: ignore[type-arg]
    with store.read() as session:
        return list(session.exec(select(table).order_by(table.id)).all())  # type: ignore[attr-defined]


def test_it_is_planned_for_the_day_after_and_reconciles(store: Store, harbor: str, now: datetime) -> None:
    assert add(store, now, baseline_score="7.5").new == 1
    (procedure,), (first,), (line,) = rows(store, Procedure), rows(store, Outbound), rows(store, RosterLine)
    assert (procedure.reference, procedure.baseline) == ("P1", Decimal("7.5"))
    assert first.due_at == datetime(2026, 3, 10, 14, tzinfo=UTC)
    assert (line.result, line.reference, line.performed_on) == ("new", "P1", date(2026, 3, 9))
    with store.read() as session:
        told = reconcile(session, session.get_one(Clinic, 1), date(2026, 3, 10), now)
    assert told.ok
    assert told.counts["roster lines accepted"] == told.counts["procedures"] == 1


def test_a_file_that_comes_later_finds_it_and_changes_nothing(
    store: Store, take: Import, now: datetime
) -> None:
    add(store, now)
    assert take(roster(ANA)).unchanged == 1
    assert len(rows(store, Procedure)) == 1


def test_what_a_file_would_refuse_is_refused_in_words_and_leaves_no_trace(
    store: Store, harbor: str, now: datetime
) -> None:
    result = add(store, now, phone="555", baseline_score="7-8")
    assert [(r.field, in_words(r)) for r in result.refused] == [
        (
            "phone",
            "Has too few or too many digits; write it like +1 202 555 0123, "
            "or leave it empty when there is none.",
        ),
        ("baseline_score", "Not a pain score; write one number from 0 to 10, whole or half, like 7 or 7.5."),
    ]
    assert rows(store, Patient) == rows(store, Roster) == rows(store, RosterLine) == []


def test_a_procedure_without_a_number_gets_one_of_its_own(store: Store, harbor: str, now: datetime) -> None:
    add(store, now, procedure_id="")
    add(store, now, procedure_id="", performed_at="2026-03-09 11:00")
    first, second = (procedure.reference for procedure in rows(store, Procedure))
    assert first.startswith("hand-") and second.startswith("hand-") and first != second  # noqa: PT018
    assert len(rows(store, CheckIn)) == 1  # one conversation for both


def test_a_known_chart_id_fills_in_what_was_left_empty_and_changes_nothing_else(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA | {"language": "es"}))
    cells = {"patient_id": "C1", "procedure_id": "P9", "performed_at": "2026-03-16 09:00", "phone": ""}
    assert add_by_hand(store, 1, ZONE, cells, now).new == 1
    (ana,) = rows(store, Patient)
    assert (ana.given_name, ana.language, ana.phone) == ("Ana", "es", "+12025550123")


def test_a_slip_in_the_chart_id_does_not_rename_another_patient(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    result = add(store, now, given_name="Ben", procedure_id="P2")
    assert [r.field for r in result.refused] == ["patient_id"]
    assert rows(store, Patient)[0].given_name == "Ana"
    assert len(rows(store, Procedure)) == 1


def test_adding_never_changes_a_procedure_that_is_there(store: Store, take: Import, now: datetime) -> None:
    take(roster(ANA))
    assert [r.field for r in add(store, now, baseline_score="2").refused] == ["procedure_id"]
    assert rows(store, Procedure)[0].baseline == 8


def test_the_line_of_a_procedure_changes_nothing_when_it_is_given_back(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA | {"performed_at": "2026-03-09 09:30:20", "levels": "L4-5", "steroid": "yes"}))
    with store.read() as session:
        cells = cells_of(session.get_one(Patient, 1), session.get_one(Procedure, 1), ZONE)
    result = change(store, now, **cells)
    assert (result.unchanged, result.changed, result.refused) == (1, 0, [])


def test_a_move_to_another_day_moves_the_check_in_and_the_day_it_counts_on(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    assert change(store, now, performed_at="2026-03-11T09:30").changed == 1
    (first,) = (row for row in rows(store, Outbound) if row.state == "planned")
    assert first.due_at == datetime(2026, 3, 12, 14, tzinfo=UTC)
    for day in (date(2026, 3, 10), date(2026, 3, 12)):
        with store.read() as session:
            assert reconcile(session, session.get_one(Clinic, 1), day, now).ok


def test_a_cancelled_one_stays_cancelled_when_something_else_is_changed(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    change(store, now, status="cancelled")
    assert [row.state for row in rows(store, Outbound)] == ["withdrawn"]
    change(store, now, phone="202-555-0199")
    assert rows(store, Procedure)[0].status == "cancelled"
    assert [row.state for row in rows(store, Outbound)] == ["withdrawn"]
    change(store, now, status="performed")
    assert [(row.state, row.to) for row in rows(store, Outbound)][-1] == ("planned", "+12025550199")


def test_whose_it_is_cannot_be_changed_by_hand(store: Store, take: Import, now: datetime) -> None:
    take(roster(ANA, BEN))
    change(store, now, patient_id="C2", procedure_id="P2", baseline_score="3")
    assert [(p.patient_id, p.reference, p.baseline) for p in rows(store, Procedure)] == [
        (1, "P1", 3),
        (2, "P2", 8),
    ]


def test_another_clinics_procedure_is_not_there(store: Store, take: Import, now: datetime) -> None:
    take(roster(ANA))
    with store.write() as session:
        set_clinic(session, HARBOR.replace('"harbor"', '"pine"').replace("0150", "0151"), now)
    with pytest.raises(LookupError):
        change_by_hand(store, 2, ZONE, 1, {"status": "cancelled"}, now + timedelta(hours=1))
    assert rows(store, Procedure)[0].status == "performed"
