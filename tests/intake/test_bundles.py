"""A FHIR bundle goes through the same door as a spreadsheet: the same rows, refusals and changes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlmodel import select

from followup.cli import followup
from followup.console.accounts import add_staff
from followup.intake.preview import Preview, confirm, preview
from followup.intake.roster import RefusedLine, RosterFile, RosterRow, read_roster
from followup.intake.sheet import IntakeError
from followup.store import Store
from followup.store.models import CheckIn, Clinic, Patient, Procedure
from tests.conftest import KEY

from .conftest import HARBOR, Import
from .roster_of import ANA, roster

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 9, 18, 30, tzinfo=UTC)
CONSENT = {"url": "urn:followup:consent", "valueBoolean": True}
INTENT = {"url": "urn:followup:intent", "valueCode": "diagnostic"}


def patient(number: int = 1, **other: Any) -> dict[str, Any]:
    made = {
        "resourceType": "Patient",
        "id": f"pat{number}",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": f"C{number}"}],
        "name": [{"use": "official", "family": "Doe", "given": ["Ana", "Maria"]}],
        "telecom": [{"system": "phone", "use": "mobile", "value": "(202) 555-0123"}],
        "communication": [{"language": {"coding": [{"code": "es-US"}]}, "preferred": True}],
        "birthDate": "1961-05-04",
        "extension": [CONSENT],
    }
    return made | other


def procedure(number: int = 1, **other: Any) -> dict[str, Any]:
    made = {
        "resourceType": "Procedure",
        "id": f"proc{number}",
        "identifier": [{"value": f"P{number}"}],
        "status": "completed",
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "64493"}]},
        "subject": {"reference": f"Patient/pat{number}"},
        "performedDateTime": "2026-03-09T09:30:00-04:00",
        "bodySite": [{"text": "L4-L5 left"}, {"text": "Right L5/S1"}],
        "performer": [{"actor": {"display": "Dr Kim"}}],
        "extension": [INTENT],
    }
    return made | other


def score(value: float, **other: Any) -> dict[str, Any]:
    made = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
        "partOf": [{"reference": "Procedure/proc1"}],
        "effectiveDateTime": "2026-03-09T08:40:00-04:00",
        "valueQuantity": {"value": value},
    }
    return made | other


def bundle(*resources: dict[str, Any]) -> bytes:
    entry = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry}).encode()


def read(*resources: dict[str, Any]) -> RosterFile:
    return read_roster(bundle(*resources), NEW_YORK, NOW)


def row_of(*resources: dict[str, Any]) -> RosterRow:
    (row,) = read(*resources).lines
    assert isinstance(row, RosterRow), row
    return row


def sentences(*resources: dict[str, Any]) -> list[str]:
    return [str(r) for line in read(*resources).lines if isinstance(line, RefusedLine) for r in line.refusals]


def test_a_procedure_and_its_patient_are_one_row() -> None:
    assert row_of(patient(), procedure(), score(7.5)) == RosterRow(
        line=2, unit="entry", patient_id="C1", given_name="Ana", family_name="Doe", phone="+12025550123",
        language="es", consent=True, birth_year="1961", procedure_id="P1",
        performed_at=datetime(2026, 3, 9, 13, 30, tzinfo=UTC), performed_on=NOW.date(), status="performed",
        kind="facet", levels="L4-L5;L5-S1", side="both", intent="diagnostic", provider="Dr Kim",
        baseline_score=row_of(patient(), procedure(), score(7.5)).baseline_score,
    )  # fmt: skip
    assert str(row_of(patient(), procedure(), score(7.5)).baseline_score) == "7.5"


def test_a_bundle_is_stored_planned_and_the_second_time_changes_nothing(store: Store, take: Import) -> None:
    data = bundle(patient(), procedure(), score(8))
    assert (take(data).new, take(data).unchanged) == (1, 1)
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().state == "planned"
        assert str(session.exec(select(Procedure)).one().baseline) == "8"


def test_what_a_spreadsheet_began_a_bundle_goes_on_with(store: Store, take: Import) -> None:
    take(roster(ANA))
    moved = procedure(performedDateTime="2026-03-09T10:00:00-04:00")
    assert take(bundle(patient(), moved)).changed == 1
    with store.read() as session:
        assert session.exec(select(Patient)).one().family_name == "Doe"
        assert session.exec(select(Procedure)).one().performed_at == datetime(2026, 3, 9, 14, tzinfo=UTC)


def test_a_preview_shows_a_bundle_and_what_is_confirmed_is_taken_in(store: Store, harbor: str) -> None:
    with store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        add_staff(session, clinic, "desk@harbor.example", "frontdesk", "long enough to be safe", NOW)
    shown = preview(store, harbor, 1, bundle(patient(), procedure()), NOW)
    assert [told.outcome for told in shown.result.told] == ["new"]
    done = confirm(store, harbor, 1, shown.id, NOW)
    assert not isinstance(done, Preview)
    assert done.new == 1


@pytest.mark.parametrize(
    ("resources", "sentence"),
    [
        (
            (patient(), procedure(performedDateTime="2026-03-09")),
            'entry 2: performed_at "2026-03-09": has no time of day; '
            "write it like 2026-03-09 14:30 or 3/9/2026 2:30 PM.",
        ),
        (
            (procedure(), patient(name=[])),
            "entry 1: given_name: empty; every row needs one.",
        ),
        (
            (patient(), procedure(status="stopped")),
            'entry 2: status "stopped": not one of the words we know; write planned, performed or cancelled.',
        ),
        (
            (patient(), procedure(code={"text": "Knee arthroscopy"})),
            'entry 2: kind "Knee arthroscopy": not one of the words we know; write facet or mbb.',
        ),
        (
            (patient(identifier=[{"value": "A"}, {"value": "B"}]), procedure()),
            "entry 2: has several identifiers; mark the one to use as official.",
        ),
        (
            (patient(), procedure(), score(7), score(8)),
            'entry 2: baseline_score "7 and 8": not a pain score; '
            "write one number from 0 to 10, whole or half, like 7 or 7.5.",
        ),
        (
            (patient(telecom=[{"system": "phone", "value": "555-0123"}]), procedure()),
            'entry 2: phone "555-0123": has no area code; '
            "write it like +1 202 555 0123, or leave it empty when there is none.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_entry(resources: tuple[dict[str, Any], ...], sentence: str) -> None:
    assert sentences(*resources) == [sentence]


def test_a_bad_entry_stays_out_and_the_others_go_in(take: Import) -> None:
    result = take(bundle(patient(1), procedure(1), patient(2), procedure(2, performedDateTime="soon")))
    assert (result.new, result.refused_lines) == (1, 1)


def test_references_by_address_find_the_patient() -> None:
    data = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": patient()},
            {"resource": procedure(subject={"reference": "urn:uuid:1"})},
        ],
    }
    (row,) = read_roster(json.dumps(data).encode(), NEW_YORK, NOW).lines
    assert isinstance(row, RosterRow)


def test_the_mobile_number_is_taken_and_never_one_at_work() -> None:
    def number(use: str, last: int) -> dict[str, str]:
        return {"system": "phone", "use": use, "value": f"202-555-010{last}"}

    several = [number("work", 1), number("home", 2), number("mobile", 3)]
    assert row_of(patient(telecom=several), procedure()).phone == "+12025550103"
    assert row_of(patient(telecom=several[:1]), procedure()).phone == ""


@pytest.mark.parametrize(
    ("observed", "found"),
    [
        ({}, "8"),
        ({"effectiveDateTime": "2026-03-09T10:00:00-04:00"}, None),
        ({"partOf": [{"reference": "Procedure/proc2"}]}, None),
        ({"code": {"coding": [{"code": "72514-3"}, {"code": "next-day"}]}}, None),
        ({"code": {"coding": [{"code": "8867-4"}]}}, None),
    ],
)
def test_only_a_pain_score_from_before_the_procedure_is_its_baseline(
    observed: dict[str, Any], found: str | None
) -> None:
    row = row_of(patient(), procedure(), score(8, **observed))
    assert (None if row.baseline_score is None else str(row.baseline_score)) == found


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ({"text": "Medial branch block L4"}, "mbb"),
        ({"coding": [{"code": "64493", "display": "Facet joint injection"}]}, "facet"),
        ({"coding": [{"code": "64490"}]}, "facet"),
    ],
)
def test_the_kind_is_read_from_words_and_codes(code: dict[str, Any], kind: str) -> None:
    assert row_of(patient(), procedure(code=code)).kind == kind


@pytest.mark.parametrize(
    ("status", "taken"),
    [("preparation", "planned"), ("in-progress", "planned"), ("not-done", "cancelled")],
)
def test_the_states_of_a_procedure_are_ours(status: str, taken: str) -> None:
    assert row_of(patient(), procedure(status=status)).status == taken


def test_nobody_writes_to_the_family_of_who_has_died(store: Store, take: Import) -> None:
    take(bundle(patient(), procedure()))
    result = take(bundle(patient(deceasedBoolean=True), procedure()))
    assert result.notes[-1] == "entry 2: the patient is recorded as deceased; the follow-up is closed."
    with store.read() as session:
        check_in = session.exec(select(CheckIn)).one()
        assert (check_in.state, check_in.outcome) == ("closed", "cancelled")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'{"resourceType": "Bundle", "entry": [', "The file begins like JSON and cannot be read"),
        (b'{"resourceType": "Patient"}', "The file is JSON, but not a FHIR bundle"),
        (b'\xef\xbb\xbf {"resourceType": "Bundle"}', "The bundle has no Procedure"),
        (b"{" * 100_000, "The file begins like JSON and cannot be read"),
    ],
)
def test_what_is_no_bundle_is_refused_whole(data: bytes, sentence: str) -> None:
    with pytest.raises(IntakeError, match=sentence):
        read_roster(data, NEW_YORK, NOW)


def test_odd_shapes_are_refused_and_break_nothing() -> None:
    odd: list[Any] = [None, 1, "x", [], {}, [None], [1], {"reference": 1}, True]
    keys = (
        "subject",
        "identifier",
        "status",
        "code",
        "bodySite",
        "performer",
        "extension",
        "performedPeriod",
    )
    for key in keys:
        for value in odd:
            assert len(read(patient(), procedure(**{key: value})).lines) == 1
    for key in ("identifier", "name", "telecom", "communication", "extension", "birthDate"):
        for value in odd:
            assert len(read(patient(**{key: value}), procedure()).lines) == 1


def test_the_command_takes_a_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/followup.db")
    monkeypatch.setenv("FOLLOWUP_KEYS", base64.urlsafe_b64encode(KEY).decode())
    run = CliRunner().invoke
    (tmp_path / "harbor.toml").write_text(HARBOR, encoding="utf-8")
    (tmp_path / "day.json").write_bytes(bundle(patient(), procedure(), patient(2), procedure(2, status="?")))
    assert run(followup, ["migrate"]).exit_code == 0
    assert run(followup, ["clinic", "set", str(tmp_path / "harbor.toml")]).exit_code == 0
    done = run(followup, ["import", str(tmp_path / "day.json"), "--now", NOW.isoformat()])
    assert done.exit_code == 1
    assert "2 lines: 1 new, 0 changed, 0 unchanged, 1 refused." in done.output
