"""What leaves for other systems: complete, valid, safe to open, of one clinic, and on record."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fhir.resources.R4B.bundle import Bundle
from sqlmodel import select

from followup.checkin.cases import decide
from followup.cli import followup
from followup.export import cases as export_cases
from followup.export.as_csv import HEADER, as_csv
from followup.export.as_fhir import as_fhir
from followup.export.cases import Case, cases
from followup.harmless import harmless
from followup.store import Store
from followup.store.models import Audit, Procedure, Staff
from tests.clinic_day import ClinicDay
from tests.custody.what_patients_wrote import BUSY_CLINIC, SECRETS, play

MONDAY = date(2026, 3, 9)
FORMULA = '=HYPERLINK("https://evil.example","7")'


@pytest.fixture
def busy(store: Store) -> Iterator[ClinicDay]:
    day = ClinicDay(store, clinic=BUSY_CLINIC)
    play(day)
    day.roster("chart-8000,Late,Riser,,pr8,2026-03-11 11:00,,lidocaine,en")
    yield day
    day.close()


def found(day: ClinicDay, first: date = MONDAY, last: date = MONDAY) -> list[Case]:
    return [case for on in cases(day.store, 1, first, last) for case in on]


def lines(day: ClinicDay, **days: date) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(as_csv(found(day, **days))))))


def test_each_procedure_of_the_days_is_a_line_with_what_came_of_it(busy: ClinicDay) -> None:
    ann, lucia, bo = lines(busy)
    assert list(ann) == list(HEADER)
    assert (ann["patient_id"], ann["procedure_id"], ann["performed_at"]) == (
        "chart-7731",
        "pr1",
        "2026-03-09 11:00",
    )
    assert (ann["baseline"], ann["best"], ann["hours"], ann["now"]) == ("8", "1", "6", "7")
    assert (ann["proposal"], ann["relief_best_percent"]) == ("candidate_repeat", "87.5")
    assert lucia["warning"] == "E:bladder_bowel"
    assert bo["outcome"] == "opt_out"
    assert [line["procedure_id"] for line in lines(busy, last=date(2026, 3, 11))] == [
        "pr1",
        "pr2",
        "pr3",
        "pr8",
    ]
    assert lines(busy, first=date(2026, 3, 10), last=date(2026, 3, 10)) == []


def test_a_spreadsheet_gets_no_name_and_no_number(busy: ClinicDay) -> None:
    text = "".join(as_csv(found(busy)))
    theirs = ("chart-7731", "chart-7732", "Wolkenstein", "zebra", "orinar", "pineapple")
    assert [secret for secret in SECRETS if secret in text and secret not in theirs] == []


@pytest.mark.parametrize(
    "words",
    [FORMULA, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "=cmd|' /C calc'!A0", "\n=1"],
)
def test_what_a_spreadsheet_would_run_becomes_text(words: str) -> None:
    assert harmless(words) == f"'{words}"


@pytest.mark.parametrize("words", ["7", "2 or 3", "it is = to yesterday", "", "a-b"])
def test_what_it_would_not_run_stays_as_it_was_written(words: str) -> None:
    assert harmless(words) == words


def test_a_formula_from_a_patient_or_a_roster_is_harmless_in_every_cell(day: ClinicDay) -> None:
    header = "patient_id,given_name,phone,procedure_id,performed_at,baseline_score,levels,provider"
    result = day.roster(
        '"=1+1",Ann,+12025550201,"@p",2026-03-09 12:00,8,"+Dr K"', header=header.replace("levels,", "")
    )
    assert result.refused == []
    day.at("10:01")
    day.text("+12025550201", FORMULA)
    (line,) = lines(day)
    numbers = ("baseline", "best", "hours", "now", "relief_best_percent", "relief_now_percent")
    cells = {name: cell for name, cell in line.items() if name not in numbers}
    dangerous = {name: cell for name, cell in cells.items() if cell and cell[0] in "=+-@"}
    assert dangerous == {}
    assert line["last_words"] == f"'{FORMULA}"


def of(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def test_the_bundle_is_valid_and_its_references_lead_somewhere(busy: ClinicDay) -> None:
    with busy.store.write() as session:
        staff = Staff(clinic_id=1, email="k@harbor.example", email_hash="x", role="provider",
                      password_hash="", created_at=busy.clock())  # fmt: skip
        session.add(staff)
        session.flush()
        decide(session, session.get_one(Procedure, 1), staff, "repeat", "", busy.clock())
    text = "".join(as_fhir(found(busy, last=date(2026, 3, 11)), busy.clock()))
    Bundle.model_validate_json(text)
    bundle = json.loads(text)
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(urls) == len(bundle["entry"])

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if "reference" in value:
                yield value["reference"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    assert set(references(bundle)) <= urls
    assert len(of(bundle, "Procedure")) == 4
    assert of(bundle, "ServiceRequest")[0]["code"] == {"text": "repeat"}
    assert of(bundle, "Task")[0]["intent"] == "proposal"


def test_the_three_scores_are_loinc_observations_or_say_why_not(busy: ClinicDay) -> None:
    bundle = json.loads("".join(as_fhir(found(busy), busy.clock())))
    scores = {
        (o["id"], o.get("valueQuantity", {}).get("value"))
        for o in of(bundle, "Observation")
        if o["code"].get("coding", [{}])[0].get("code") == "72514-3"
    }
    assert scores >= {("baseline-1", 8.0), ("window-best-1", 1.0), ("next-day-1", 7.0), ("next-day-3", None)}
    unasked = next(o for o in of(bundle, "Observation") if o["id"] == "next-day-3")
    assert unasked["dataAbsentReason"]["coding"][0]["code"] == "asked-unknown"
    answers = {i["linkId"]: i["answer"][0] for i in of(bundle, "QuestionnaireResponse")[0]["item"]}
    assert answers["pain_best"] == {"valueDecimal": 1.0}
    assert answers["usual_activity"] == {"valueBoolean": True}


def test_a_bundle_holds_no_name_no_number_and_no_words(busy: ClinicDay) -> None:
    text = "".join(as_fhir(found(busy), busy.clock()))
    assert [s for s in SECRETS if s in text and s not in ("chart-7731", "chart-7732")] == []


def test_the_command_writes_either_and_leaves_a_row_in_the_audit(busy: ClinicDay) -> None:
    env = {
        "DATABASE_URL": busy.store.engine.url.render_as_string(hide_password=False),
        "FOLLOWUP_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    }
    days = ["--clinic", "harbor", "--from", "2026-03-09", "--to", "2026-03-09"]
    as_text = CliRunner().invoke(followup, ["export", *days, "--format", "csv"], env=env)
    assert as_text.output.count("\n") == 4
    as_json = CliRunner().invoke(followup, ["export", *days, "--format", "fhir"], env=env)
    assert json.loads(as_json.output)["resourceType"] == "Bundle"
    rows = [(row.action, row.detail) for row in busy.rows(Audit) if row.action.startswith("export")]
    detail = "2026-03-09 to 2026-03-09: 3"
    assert rows == [("export.csv", detail), ("export.fhir", detail)]
    wrong = CliRunner().invoke(
        followup, ["export", "--from", "2026-03-09", "--to", "2026-03-08", "--format", "csv"], env=env
    )
    assert (wrong.exit_code, wrong.output.startswith("--to lies before --from")) == (2, True)


def test_years_are_written_a_day_at_a_time_and_a_file_that_broke_off_is_not_left(
    busy: ClinicDay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first day's lines are made before the second day is read; a short week must not pass for a week."""
    days = cases(busy.store, 1, MONDAY, date(2026, 3, 11))
    made = as_csv(case for on in days for case in on)
    assert [next(made)[:10], next(made)[:10]] == ["patient_id", "chart-7731"]
    with busy.store.write() as session:
        session.exec(select(Procedure).where(Procedure.reference == "pr8")).one().provider = "Dr Late"
    assert [line for line in made if "Dr Late" in line] != []

    out = tmp_path / "week.csv"
    out.write_text("last week's")
    env = {
        "DATABASE_URL": busy.store.engine.url.render_as_string(hide_password=False),
        "FOLLOWUP_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    }
    command = ["export", "--from", "2026-03-09", "--to", "2026-03-11", "--format", "csv", "--out", str(out)]
    with monkeypatch.context() as broken:
        broken.setattr(export_cases, "entries", lambda *_: 1 / 0)
        assert CliRunner().invoke(followup, command, env=env).exit_code != 0
    assert [file.read_text() for file in tmp_path.iterdir()] == ["last week's"]
    assert CliRunner().invoke(followup, command, env=env).exit_code == 0
    assert [len(file.read_bytes().splitlines()) for file in tmp_path.iterdir()] == [5]
    assert [row.detail for row in busy.rows(Audit) if row.action == "export.csv"] == [
        "2026-03-09 to 2026-03-11: 4"
    ] * 2
