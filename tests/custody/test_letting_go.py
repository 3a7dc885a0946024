"""Retention, legal hold, and a patient's rights: what goes, what stays, and that nobody is texted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlmodel import SQLModel, select

from followup.checkin.cases import decide
from followup.cli import followup
from followup.custody.belongings import belongings
from followup.custody.erase import STAFF_WORDS, EraseError, erase
from followup.custody.person import all_we_hold, find_person, hold
from followup.custody.purge import count, purge, purge_nightly
from followup.digest.reconcile import reconcile
from followup.intake.clinics import set_clinic
from followup.store import Store, table_of
from followup.store.models import (
    Alert,
    Answer,
    CheckIn,
    Clinic,
    Decision,
    Inbound,
    OptOut,
    Outbound,
    Patient,
    Procedure,
    Proposal,
    PurgeRun,
    Staff,
)
from followup.store.seal import Sealed
from tests.clinic_day import CLINIC, PROCEDURE_DAY, ClinicDay
from tests.custody.what_patients_wrote import ANN, BO, BUSY_CLINIC, SECRETS, play

RETENTION = "\n[retention]\nmessages = 30\nnames = 90\ncases = 400\n"
ENV = {"FOLLOWUP_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}


@pytest.fixture
def busy(store: Store) -> Iterator[ClinicDay]:
    day = ClinicDay(store, clinic=BUSY_CLINIC + RETENTION)
    play(day)
    yield day
    day.close()


def later(day: ClinicDay, days: float) -> None:
    day.clock.set(day.clock() + timedelta(days=days))


def let_go(day: ClinicDay) -> dict[str, int]:
    return purge(day.store, 1, day.clock())[0]


def resolve_all(day: ClinicDay) -> None:
    with day.store.write() as session:
        session.execute(text("UPDATE alert SET resolved_at = opened_at"))
        session.execute(text("UPDATE task SET closed_at = opened_at"))


def patient(day: ClinicDay, chart: str) -> Patient:
    with day.store.read() as session:
        found = find_person(session, session.get_one(Clinic, 1), chart)
        assert found is not None
        return found


def opened(day: ClinicDay) -> str:
    """Every value of every table, opened, as one text to search in."""
    with day.store.read() as session:
        return " ".join(
            str(value)
            for table in SQLModel.metadata.sorted_tables
            if table.name not in ("clinic",)
            for row in session.execute(select(table))
            for value in row
        )


def test_messages_go_before_scores_and_an_unresolved_warning_keeps_its_own(busy: ClinicDay) -> None:
    scores = [(a.question, a.number, a.word) for a in busy.rows(Answer)]
    later(busy, 28)
    assert let_go(busy) == {"messages received": 0, "messages sent": 0, "rosters": 0, "names": 0, "cases": 0}
    later(busy, 3)
    with busy.store.read() as session:
        would = count(session, session.get_one(Clinic, 1), busy.clock())
    done = let_go(busy)
    assert done == would
    assert done["messages received"] > 6
    said = {row.body for row in busy.rows(Inbound)}
    assert said == {"", "no puedo orinar desde anoche"}
    assert {row.body for row in busy.rows(Outbound, Outbound.state == "sent")} == {""}
    assert [(a.question, a.number, a.word) for a in busy.rows(Answer)] == scores
    resolve_all(busy)
    assert let_go(busy)["messages received"] == 1
    assert let_go(busy)["messages received"] == 0
    for word in ("zebra", "orinar", "marmalade", "hurricane", "pineapple"):
        assert word not in opened(busy)
    assert patient(busy, "chart-7731").given_name == "Annabelle"


def test_names_go_later_and_the_counts_of_the_day_still_add_up(busy: ClinicDay) -> None:
    later(busy, 91)
    assert let_go(busy)["names"] == 1, "two have something that nobody has finished"
    resolve_all(busy)
    assert let_go(busy)["names"] == 2
    still = [secret for secret in SECRETS if secret in opened(busy)]
    others = {"Quillfeather", "Wolkenstein", "2025550190", "2025550277", "2025550213"}
    assert set(still) <= others, "staff, a stranger, and who asked us to stop"
    with busy.store.read() as session:
        found = reconcile(
            session, session.get_one(Clinic, 1), PROCEDURE_DAY + timedelta(days=1), busy.clock()
        )
    assert found.ok, found.missing


def test_whole_cases_go_last_but_what_a_provider_decided_stays(busy: ClinicDay) -> None:
    with busy.store.write() as session:
        staff = Staff(clinic_id=1, email="k@harbor.example", email_hash="x", role="provider",
                      password_hash="", created_at=busy.clock())  # fmt: skip
        session.add(staff)
        session.flush()
        procedure = session.exec(select(Procedure).where(Procedure.reference == "pr1")).one()
        decide(session, procedure, staff, "repeat", "", busy.clock())
        signed = procedure.id
    resolve_all(busy)
    later(busy, 401)
    assert let_go(busy)["cases"] == 2
    assert [row.id for row in busy.rows(Procedure)] == [signed]
    assert len(busy.rows(Decision)) == 1
    assert {row.procedure_id for row in busy.rows(Proposal)} == {signed}
    assert len(busy.rows(CheckIn)) == 1
    assert busy.rows(OptOut)[0].stopped, "who asked us to stop is still not texted"
    assert let_go(busy)["cases"] == 0
    with busy.store.read() as session:
        found = reconcile(
            session, session.get_one(Clinic, 1), PROCEDURE_DAY + timedelta(days=1), busy.clock()
        )
    assert found.ok, found.missing


def test_a_legal_hold_keeps_everything_of_one_patient(busy: ClinicDay) -> None:
    resolve_all(busy)
    id = patient(busy, "chart-7731").id
    with busy.store.write() as session:
        held = session.get_one(Patient, id)
        hold(session, held, busy.clock(), on=True)
        with pytest.raises(EraseError, match="legal hold"):
            erase(session, held, busy.clock())
    later(busy, 500)
    let_go(busy)
    assert "7 like a zebra" in opened(busy)
    assert patient(busy, "chart-7731").family_name == "Quartermain"
    assert "Ibarrondo" not in opened(busy)
    with busy.store.write() as session:
        hold(session, session.get_one(Patient, id), busy.clock(), on=False)
    let_go(busy)
    assert "zebra" not in opened(busy)


def test_the_clock_lets_go_at_night_once_a_day_and_in_small_steps(
    busy: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("followup.custody.purge.BATCH", 2)
    later(busy, 40)
    busy.clock.set(busy.clock().replace(day=20, hour=5))  # one o'clock at night in New York
    assert purge_nightly(busy.store, busy.clock()) == 0
    later(busy, 0.1)
    before = len(busy.rows(PurgeRun))
    gone = [purge_nightly(busy.store, busy.clock())]
    while busy.rows(PurgeRun)[-1].finished_at is None:
        gone.append(purge_nightly(busy.store, busy.clock()))
    assert len(gone) > 1
    assert 0 < gone[0] <= 5 * 2 * 5
    assert purge_nightly(busy.store, busy.clock()) == 0
    assert len(busy.rows(PurgeRun)) == before + 1


def test_a_clinic_that_says_nothing_keeps_everything(day: ClinicDay) -> None:
    day.patient(1)
    later(day, 4000)
    assert purge_nightly(day.store, day.clock()) == 0
    assert let_go(day) == {}


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("messages = 10", "greater than or equal to 30"),
        ("messages = 200\nnames = 100", "messages <= names <= cases"),
        ("cases = 400", "give names as well"),
        ("letters = 40", "not a setting we know"),
    ],
)
def test_days_that_make_no_sense_are_refused_with_a_sentence(day: ClinicDay, written: str, why: str) -> None:
    from followup.clinic import ClinicFileError

    with pytest.raises(ClinicFileError, match=why), day.store.write() as session:
        set_clinic(session, f"{CLINIC}\n[retention]\n{written}\n", day.clock())


def test_a_person_gets_everything_we_hold_and_nothing_of_anybody_else(busy: ClinicDay) -> None:
    id = patient(busy, "chart-7731").id
    with busy.store.write() as session:
        found = session.get_one(Patient, id)
        told = json.dumps(all_we_hold(session, found, busy.clock()), ensure_ascii=False)
    for mine in ("Annabelle", "Quartermain", ANN, "chart-7731", "7 like a zebra", "pain_best", "bupivacaine"):
        assert mine in told
    for foreign in ("Lucía", "orinar", "Bogdan", "pineapple", "marmalade"):
        assert foreign not in told
    tables = {"patient", "procedure", "check_in", "outbound", "inbound", "answer", "proposal", "receipt"}
    assert set(json.loads(told)) >= tables


def test_an_erased_person_is_found_nowhere_and_stays_stopped(busy: ClinicDay) -> None:
    before = patient(busy, "chart-7733")
    busy.text(BO, "pineapple again, who are you")
    with busy.store.write() as session:
        result = erase(session, session.get_one(Patient, before.id), busy.clock())
    assert result.rows["inbound"] >= 2
    left = opened(busy)
    for secret in ("Bogdan", "pineapple", "chart-7733", "pr3"):
        assert secret not in left, secret
    assert busy.rows(OptOut)[0].phone == BO, "kept, so that the number is not texted again"
    assert left.count("2025550213") == 1
    busy.roster(f"chart-9999,Else,Body,{BO},pr9,2026-03-10 15:00,6,bupivacaine,en")
    busy.at("20:00", 11)
    assert [row for row in busy.creates(BO) if row.startswith("Harbor Clinic: Hello Else")] == []


def test_what_is_under_way_is_closed_before_it_is_erased(day: ClinicDay) -> None:
    phone = day.patient(1)
    day.at("10:01")
    with day.store.write() as session:
        erase(session, session.get_one(Patient, 1), day.clock())
    day.text(phone, "7")
    day.at("20:00")
    assert len(day.creates(phone)) == 1
    assert day.rows(CheckIn)[0].state == "closed"
    assert all(row.to == "" for row in day.rows(Outbound, Outbound.patient_id == 1))


def test_a_warning_nobody_has_resolved_keeps_a_person_from_being_erased(busy: ClinicDay) -> None:
    assert len(busy.rows(Alert)) == 1
    id = patient(busy, "chart-7732").id
    with busy.store.write() as session, pytest.raises(EraseError, match="warning"):
        erase(session, session.get_one(Patient, id), busy.clock())


def test_a_message_on_its_way_keeps_a_person_from_being_erased(day: ClinicDay) -> None:
    day.patient(1)
    with day.store.write() as session:
        session.execute(text("UPDATE outbound SET state = 'unsure'"))
        with pytest.raises(EraseError, match="on its way"):
            erase(session, session.get_one(Patient, 1), day.clock())


def test_every_sealed_value_that_leads_to_a_patient_is_emptied_or_listed_as_the_staffs() -> None:
    """A new sealed column must be reached from the patient, or be said to be nobody's."""
    reached = {table_of(Patient)}
    for table in SQLModel.metadata.sorted_tables:
        if table.name != "opt_out" and any(key.column.table in reached for key in table.foreign_keys):
            reached.add(table)
    nobodys = {"clinic", "staff", "place", "opt_out", "roster_line", "roster_draft", *_OF_STAFF}
    sealed = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        if table not in reached and table.name not in nobodys
        for column in table.columns
        if isinstance(column.type, Sealed)
    }
    assert sealed == set()
    assert {name.split(".")[0] for name in STAFF_WORDS} <= {table.name for table in reached}


_OF_STAFF: tuple[str, ...] = ()


def test_what_belongs_is_found_over_any_number_of_tables(busy: ClinicDay) -> None:
    id = patient(busy, "chart-7731").id or 0
    with busy.store.read() as session:
        found = belongings(session, {table_of(Patient): [id]})
    assert {table.name for table in found} >= {"answer", "proposal", "receipt"}


def run(day: ClinicDay, *words: str) -> Any:
    url = day.store.engine.url.render_as_string(hide_password=False)
    return CliRunner().invoke(followup, words, env={**ENV, "DATABASE_URL": url})


def test_the_commands_say_what_goes_and_what_stays(busy: ClinicDay) -> None:
    resolve_all(busy)
    dry = run(busy, "erase", "--patient", "chart-7731", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "inbound: 6 would be emptied" in dry.output
    assert "Annabelle" in opened(busy)
    assert json.loads(run(busy, "person", "export", "--patient", "chart-7731").output)["patient"]
    assert run(busy, "person", "hold", "--patient", "chart-7731").exit_code == 0
    held = run(busy, "erase", "--patient", "chart-7731")
    assert (held.exit_code, "legal hold" in held.output) == (2, True)
    run(busy, "person", "hold", "--patient", "chart-7731", "--lift")
    done = run(busy, "erase", "--patient", "chart-7731")
    assert "a request to stop: without it the number could be texted again" in done.output
    assert "Annabelle" not in opened(busy)
    assert run(busy, "erase", "--patient", "chart-7731").exit_code == 2
    dry = run(busy, "purge", "--dry-run", "--now", "2026-06-01T12:00:00Z")
    assert "harbor: messages received: " in dry.output
    assert "would go" in dry.output
    assert run(busy, "purge", "--now", "2026-06-01T12:00:00Z").exit_code == 0
    assert "orinar" not in opened(busy)
