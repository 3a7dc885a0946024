"""Whatever the file holds: one sentence or a result that adds up, and nothing refused is stored."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import delete, select

from followup.intake import ImportResult, IntakeError, import_roster
from followup.intake.roster import read_roster
from followup.store import Store
from followup.store.models import CheckIn, Outbound, Patient, Procedure, Proposal, Roster, RosterLine
from tests.intake.roster_of import ANA, BEN, roster

NOW = datetime(2026, 3, 9, 18, 30, tzinfo=UTC)
UNHURRIED = settings(
    deadline=None,
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

cells: dict[str, st.SearchStrategy[str]] = {
    "patient_id": st.sampled_from(["C1", "C2", "C3", "", "x" * 65]),
    "given_name": st.one_of(st.sampled_from(["Ana", "Ben", ""]), st.text(max_size=12)),
    "phone": st.one_of(
        st.sampled_from(["", "(202) 555-0123", "555-0123", "+52 55 1234 5678"]), st.text(max_size=16)
    ),
    "consent": st.sampled_from(["yes", "no", "", "maybe"]),
    "timezone": st.sampled_from(["", "Eastern", "Asia/Kolkata", "Gotham"]),
    "procedure_id": st.sampled_from(["P1", "P2", "P3", "P4", ""]),
    "performed_at": st.one_of(
        st.datetimes().map(lambda d: d.strftime("%Y-%m-%d %H:%M")),
        st.sampled_from(
            ["2026-03-09 14:30", "3/9/2026 2:30 PM", "31/12/2026", "2026-03-09", "9999-12-31 23:59"]
        ),
        st.text(max_size=20),
    ),
    "status": st.sampled_from(["", "planned", "performed", "cancelled", "gone"]),
    "baseline_score": st.sampled_from(["", "7", "7.5", "11", "NaN", "1e1"]),
    "levels": st.one_of(st.just("L4-L5"), st.text(alphabet="LST45-;/ ", max_size=10)),
    "provider": st.text(max_size=90),
}


@pytest.fixture
def emptied(store: Store, harbor: str) -> Callable[[], Store]:
    """The store without a patient in it, however many examples came before."""

    def empty() -> Store:
        with store.write() as session:
            for table in (RosterLine, Roster, Proposal, Outbound, Procedure, CheckIn, Patient):
                session.execute(delete(table))
        return store

    return empty


def result_or_sentence(store: Store, data: bytes) -> ImportResult | str:
    """What became of the file; every other exception fails the test."""
    try:
        return import_roster(store, None, data, NOW)
    except IntakeError as problem:
        return str(problem)


@given(data=st.binary(max_size=400))
@UNHURRIED
def test_any_bytes_are_a_sentence_or_a_roster(data: bytes, emptied: Callable[[], Store]) -> None:
    outcome = result_or_sentence(emptied(), data)
    assert isinstance(outcome, ImportResult) or outcome.endswith(".")


@given(damage=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=8))
@UNHURRIED
def test_a_damaged_roster_is_a_sentence_or_a_result_that_adds_up(
    damage: list[tuple[int, bytes]], emptied: Callable[[], Store]
) -> None:
    data = bytearray(roster(ANA, BEN, ANA | {"procedure_id": "P3"}).encode())
    for at, scrap in damage:
        data[at : at + 1] = scrap
    outcome = result_or_sentence(emptied(), bytes(data))
    if isinstance(outcome, ImportResult):
        assert outcome.lines == outcome.new + outcome.changed + outcome.unchanged + outcome.refused_lines
    else:
        assert outcome.endswith(".")


@given(rows=st.lists(st.fixed_dictionaries(cells), max_size=6), delimiter=st.sampled_from([",", ";", "\t"]))
@UNHURRIED
def test_what_is_refused_is_never_stored_and_what_is_accepted_is_never_lost(
    rows: list[dict[str, str]], delimiter: str, emptied: Callable[[], Store]
) -> None:
    store = emptied()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(cells), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8", errors="replace")
    result = import_roster(store, None, data, NOW)
    assert result.lines == result.new + result.changed + result.unchanged + result.refused_lines
    assert result.changed == 0
    with store.read() as session:
        procedures = {p.reference: p for p in session.exec(select(Procedure)).all()}
        accepted = session.exec(select(RosterLine).where(RosterLine.result == "new")).all()
        check_ins = {c.id: c for c in session.exec(select(CheckIn)).all()}
        texts = {o.check_in_id for o in session.exec(select(Outbound)).all()}
        judged = {p.procedure_id for p in session.exec(select(Proposal)).all()}
    assert sorted(line.reference for line in accepted) == sorted(procedures)
    for procedure in procedures.values():
        assert (procedure.check_in_id in check_ins) == (procedure.status == "performed")
        if procedure.status == "performed":
            assert procedure.check_in_id in texts or procedure.id in judged
    again = import_roster(store, None, data, NOW)
    assert (again.new, again.changed, again.unchanged) == (0, 0, result.new + result.unchanged)
    assert again.refused == result.refused


def test_ten_thousand_rows_are_read_in_line_order_and_none_is_missing() -> None:
    rows = [ANA | {"patient_id": f"C{n}", "procedure_id": f"P{n}"} for n in range(10_000)]
    file = read_roster(roster(*rows).encode(), ZoneInfo("America/New_York"), NOW)
    assert [line.line for line in file.lines] == list(range(2, 10_002))
    assert [line.procedure_id for line in file.lines] == [f"P{n}" for n in range(10_000)]
