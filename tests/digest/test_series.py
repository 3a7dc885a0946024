"""The block series from rows: counted for the decision table, and printed for the chart."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

from sqlmodel import Session, select

from followup.digest.render_series import (
    place_words,
    render_series_csv,
    render_series_html,
    render_series_text,
)
from followup.digest.series import SeriesSheet, find_patient, series_sheet
from followup.store import Store
from followup.store.models import Clinic, Patient, Procedure, Proposal

from .clinic_day import NOW, REPEAT, add_case
from .earlier_weeks import add_series


def sheet(session: Session, clinic: Clinic, procedure: Procedure) -> SeriesSheet:
    return series_sheet(session, clinic, session.get_one(Patient, procedure.patient_id), NOW)


def test_an_earlier_positive_block_makes_the_second_a_case_for_the_provider(
    store: Store, clinic: Clinic
) -> None:
    with store.write() as session:
        last = add_series(session, clinic, 1, 1.5)
        newest = session.exec(select(Proposal).where(Proposal.procedure_id == last.id)).one()
        given = json.loads(newest.inputs)
    assert (given["prior_positive"], given["sessions_12m"]) == (1, 2)
    assert (newest.disposition, newest.reason) == ("provider_review", "two_positive")


def test_what_the_roster_says_of_earlier_blocks_is_believed(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        last = add_series(session, clinic, 1, 1.5, prior_positive=0)
        newest = session.exec(select(Proposal).where(Proposal.procedure_id == last.id)).one()
    assert newest.reason == "relief_80_sustained"
    assert json.loads(newest.inputs)["sessions_12m"] == 2


def test_a_fifth_session_within_twelve_months_meets_the_cap(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        last = add_series(session, clinic, 7, 7, 7, 1)
        newest = session.exec(select(Proposal).where(Proposal.procedure_id == last.id)).one()
    assert newest.reason == "session_cap"


def test_another_patients_blocks_are_nobody_elses(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_series(session, clinic, 1, 1.5)
        other = add_case(session, clinic, 7, "Ana Ruiz", said=REPEAT, sessions_12m=None)
        newest = session.exec(select(Proposal).where(Proposal.procedure_id == other.id)).one()
        (series,) = sheet(session, clinic, other).series
    assert json.loads(newest.inputs)["prior_positive"] == 0
    assert [judged.block.reference for judged in series.blocks] == ["P-7"]


def test_the_sheet_shows_timed_scores_interval_and_verdict(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        made = sheet(session, clinic, add_series(session, clinic, 1, 1.5))
    said = render_series_text(made)
    assert "L4-5 L5-S1, left and right: CRITERIA MET" in said
    assert "2.  2026-03-09 14:00, 35 days later  facet bupivacaine  P-301" in said
    assert "before 8, lowest 1.5, relief 81.2 % for 6 h, next day 7 (2026-03-10 10:22)" in said
    assert max(len(line) for line in said.splitlines()) <= 112
    page = render_series_html(made, standalone=True)
    assert page.count('<tr class="met">') == 6
    assert "http" not in page  # nothing to fetch


def test_what_is_missing_is_said_and_nothing_is_called_met(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        made = sheet(session, clinic, add_series(session, clinic, 1))
    said = render_series_text(made)
    assert "SOMETHING IS MISSING" in said
    assert "for as long as fits the drug: not done" in " ".join(said.split())
    assert "[missing] At least 14 days between the two: one block so far" in said


def test_treatment_stands_beside_the_series(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        made = sheet(session, clinic, add_case(session, clinic, 1, said=REPEAT, intent="therapeutic"))
    assert made.series == ()
    assert "No diagnostic block so far." in render_series_text(made)
    assert "Given as treatment: P-1, 09 Mar 2026" in render_series_text(made)


def test_the_csv_has_a_line_a_block_and_no_formulas(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        last = add_series(session, clinic, 1, 1.5)
        last.reference = "=1+1"
        session.flush()
        made = sheet(session, clinic, last)
    lines = list(csv.DictReader(io.StringIO(render_series_csv(made))))
    assert [(line["block"], line["relief_percent"], line["days_since_previous"]) for line in lines] == [
        ("1", "87.5", ""),
        ("2", "81.2", "35"),
    ]
    assert lines[1]["procedure_id"] == "'=1+1"
    assert lines[0]["decision"] == "repeat"


def test_names_are_escaped_on_the_page(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, "Joy <b>Adeyemi</b>", said=REPEAT)
        page = render_series_html(sheet(session, clinic, case), standalone=False)
    assert "Joy &lt;b&gt;Adeyemi&lt;/b&gt;" in page
    assert not re.search(r"\sstyle=", page)  # the console's policy would refuse it


def test_a_patient_is_found_by_the_rosters_id_at_this_clinic_alone(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, said=REPEAT)
        found = find_patient(session, clinic, "M-1")
        assert found is not None
        assert found.id == case.patient_id
        assert find_patient(session, clinic, "M-2") is None


def test_sides_with_other_levels_are_named_apart() -> None:
    assert place_words((("left", "L4-L5"), ("right", "L5-S1"))) == "L4-5, left; L5-S1, right"
    assert place_words(()) == "Side or level not named"


def test_a_block_long_ago_is_no_session_of_this_year(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        old = add_case(session, clinic, 1, said=REPEAT, performed_at=NOW - timedelta(days=400))
        patient = session.get_one(Patient, old.patient_id)
        new = add_case(session, clinic, 2, said=REPEAT, patient=patient, sessions_12m=None)
        newest = session.exec(select(Proposal).where(Proposal.procedure_id == new.id)).one()
    assert json.loads(newest.inputs)["sessions_12m"] == 1
