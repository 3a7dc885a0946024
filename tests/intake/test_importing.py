"""A roster goes in: what is stored, planned, counted, refused and noted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from followup.intake import IntakeError, import_roster, importing, set_clinic
from followup.store import Store, known_hashes, open_store
from followup.store.models import (
    CheckIn,
    Heartbeat,
    Outbound,
    Patient,
    Procedure,
    Proposal,
    Roster,
    RosterLine,
)
from tests.intake.conftest import HARBOR, Import
from tests.intake.roster_of import ANA, BEN, roster


def counts(store: Store) -> dict[str, int]:
    tables = (Patient, Procedure, CheckIn, Outbound, Proposal, RosterLine, Roster)
    with store.read() as session:
        return {table.__name__: len(session.exec(select(table)).all()) for table in tables}


def test_a_row_becomes_patient_procedure_check_in_and_first_text_at_once(store: Store, take: Import) -> None:
    result = take(roster(ANA))
    assert (result.lines, result.new, result.changed, result.unchanged, result.refused) == (1, 1, 0, 0, [])
    with store.read() as session:
        patient = session.exec(select(Patient)).one()
        procedure = session.exec(select(Procedure)).one()
        check_in = session.exec(select(CheckIn)).one()
        first = session.exec(select(Outbound)).one()
    assert (patient.chart, patient.given_name, patient.family_name) == ("C1", "Ana", "Doe")
    assert (patient.phone, patient.phone_state, patient.consent) == ("+12025550123", "ok", True)
    assert patient.phone_hash in known_hashes("phone", "+12025550123")
    assert patient.chart_hash in known_hashes("chart", "C1")
    assert (procedure.reference, procedure.status, procedure.kind) == ("P1", "performed", "facet")
    assert procedure.performed_at == datetime(2026, 3, 9, 13, 30, tzinfo=UTC)
    assert (procedure.intent, procedure.agent, procedure.baseline) == ("diagnostic", "lidocaine", Decimal(8))
    assert (procedure.check_in_id, check_in.due_on, check_in.state) == (
        check_in.id,
        date(2026, 3, 10),
        "planned",
    )
    assert (first.check_in_id, first.step, first.state, first.to) == (
        check_in.id,
        "first",
        "planned",
        "+12025550123",
    )
    assert first.due_at == datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # ten in the morning in New York


def test_the_same_file_again_changes_nothing_and_says_so(store: Store, take: Import, now: datetime) -> None:
    file = roster(ANA, BEN, BEN | {"procedure_id": "P3", "family_name": "Roe"}, ANA)
    take(file)
    before = counts(store)
    result = take(file, at=now + timedelta(days=1))
    assert (result.lines, result.new, result.changed, result.unchanged) == (4, 0, 0, 4)
    assert counts(store) == before | {"Roster": before["Roster"] + 1}
    with store.read() as session:
        assert {p.changed_at for p in session.exec(select(Patient)).all()} == {now}
        assert {p.changed_at for p in session.exec(select(Procedure)).all()} == {now}


def test_a_bad_row_is_refused_in_words_and_the_good_rows_go_in(store: Store, take: Import) -> None:
    result = take(roster(ANA, BEN | {"performed_at": "31/12/2026", "consent": "maybe"}))
    assert (result.lines, result.new, result.refused_lines) == (2, 1, 1)
    assert [str(r) for r in result.refused] == [
        'line 3: consent "maybe": not one of the words we know; write yes or no.',
        'line 3: performed_at "31/12/2026": not a date we can read; '
        "write it like 2026-03-09 14:30 or 3/9/2026 2:30 PM.",
    ]
    assert counts(store)["Patient"] == 1


def test_every_line_but_the_unchanged_leaves_a_witness(store: Store, take: Import, now: datetime) -> None:
    take(roster(ANA))
    take(
        roster(
            ANA,
            BEN,
            BEN | {"procedure_id": "P3", "phone": "12"},
            BEN | {"procedure_id": "P4"} | {"patient_id": ""},
        )
    )
    with store.read() as session:
        first, second = session.exec(select(Roster).order_by("id")).all()
        lines = session.exec(select(RosterLine).where(RosterLine.roster_id == second.id)).all()
    assert (first.lines, first.unchanged, second.lines, second.unchanged, second.at) == (1, 0, 4, 1, now)
    assert [(line.line, line.result, line.reference, line.performed_on) for line in lines] == [
        (3, "new", "P2", date(2026, 3, 9)),
        (4, "refused", "P3", date(2026, 3, 9)),
        (5, "refused", "P4", date(2026, 3, 9)),
    ]
    assert lines[1].said.startswith('line 4: phone "12": ')
    assert lines[0].said == ""


def test_a_row_without_a_phone_is_kept_and_goes_to_staff(store: Store, take: Import) -> None:
    take(roster(ANA | {"phone": ""}))
    with store.read() as session:
        patient = session.exec(select(Patient)).one()
        assert (patient.phone, patient.phone_hash, patient.phone_state) == ("", "", "none")
        assert session.exec(select(CheckIn)).one().outcome == "no_phone"
        assert session.exec(select(Proposal)).one().disposition == "unreachable_call"
        assert session.exec(select(Outbound)).all() == []


@pytest.mark.parametrize(("default", "outcome"), [("no", "no_consent"), ("yes", "")])
def test_where_the_roster_does_not_say_the_clinics_consent_holds(
    store: Store, take: Import, now: datetime, default: str, outcome: str
) -> None:
    with store.write() as session:
        set_clinic(session, HARBOR + f'[intake]\nconsent_default = "{default}"\n', now)
    take(roster(ANA | {"consent": ""}, BEN | {"consent": ""}))
    with store.read() as session:
        assert [c.outcome for c in session.exec(select(CheckIn)).all()] == [outcome, outcome]


def test_two_procedures_of_one_local_day_share_one_check_in(store: Store, take: Import) -> None:
    take(roster(ANA, ANA | {"procedure_id": "P2", "performed_at": "3/9/2026 11:45 PM"}))
    with store.read() as session:
        check_in = session.exec(select(CheckIn)).one()
        assert [p.check_in_id for p in session.exec(select(Procedure)).all()] == [check_in.id, check_in.id]
        assert len(session.exec(select(Outbound)).all()) == 1


def test_each_procedure_of_a_shared_check_in_that_cannot_start_has_its_own_proposal(
    store: Store, take: Import
) -> None:
    take(roster(ANA | {"consent": "no"}, ANA | {"procedure_id": "P2", "consent": "no"}))
    with store.read() as session:
        assert [p.reason for p in session.exec(select(Proposal)).all()] == ["no_consent", "no_consent"]


def test_what_is_too_old_to_ask_about_is_closed_as_missed_and_shown(store: Store, take: Import) -> None:
    take(roster(ANA | {"performed_at": "3/9/1926 2:30 PM"}))
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().outcome == "missed"
        assert session.exec(select(Proposal)).one().flags == "missed"


def test_a_planned_procedure_has_no_check_in_until_it_is_performed(store: Store, take: Import) -> None:
    take(roster(ANA | {"status": "planned"}))
    assert (counts(store)["Procedure"], counts(store)["CheckIn"]) == (1, 0)
    assert take(roster(ANA)).changed == 1
    assert (counts(store)["CheckIn"], counts(store)["Outbound"]) == (1, 1)


def test_a_missing_status_means_performed_and_a_missing_intent_stays_open(store: Store, take: Import) -> None:
    take(roster(ANA, without=("status", "intent")))
    with store.read() as session:
        procedure = session.exec(select(Procedure)).one()
    assert (procedure.status, procedure.intent) == ("performed", "")


def test_a_file_without_the_status_column_lists_what_was_performed(store: Store, take: Import) -> None:
    take(roster(ANA | {"status": "planned"}))
    assert take(roster(ANA, without=("status",))).changed == 1
    assert counts(store)["CheckIn"] == 1


def test_a_procedure_of_another_patient_is_refused(store: Store, take: Import) -> None:
    take(roster(ANA, BEN))
    result = take(roster(ANA | {"patient_id": "C2"}, BEN | {"patient_id": "C9"}))
    assert [str(r) for r in result.refused] == [
        f'line {line}: procedure_id "{reference}": belongs to another patient already; '
        "correct patient_id, or give this procedure its own procedure_id."
        for line, reference in ((2, "P1"), (3, "P2"))
    ]
    assert counts(store)["Patient"] == 2
    with store.read() as session:
        assert sorted(p.given_name for p in session.exec(select(Patient)).all()) == ["Ana", "Ben"]


def test_rows_of_one_patient_that_disagree_settle_on_the_later_and_stay_settled(
    store: Store, take: Import
) -> None:
    file = roster(ANA, ANA | {"procedure_id": "P2", "given_name": "Anna"})
    assert len(take(file).notes) == 1
    assert take(file).unchanged == 2
    with store.read() as session:
        assert session.exec(select(Patient)).one().given_name == "Anna"


def test_two_clinics_may_use_the_same_ids(store: Store, take: Import, now: datetime) -> None:
    take(roster(ANA))
    with store.write() as session:
        set_clinic(session, HARBOR.replace('"harbor"', '"lake"'), now)
    assert import_roster(store, "lake", roster(ANA).encode(), now).new == 1
    assert counts(store)["Patient"] == 2


def test_the_clinic_must_be_known(store: Store, harbor: str, now: datetime) -> None:
    data = roster(ANA).encode()
    with pytest.raises(IntakeError, match='There is no clinic with the code "lake"; there is harbor'):
        import_roster(store, "lake", data, now)
    with store.write() as session:
        set_clinic(session, HARBOR.replace('"harbor"', '"lake"'), now)
    with pytest.raises(IntakeError, match=r"There are several clinics \(harbor, lake\); say which one"):
        import_roster(store, None, data, now)


def test_without_a_clinic_nothing_can_be_imported(store: Store, now: datetime) -> None:
    with pytest.raises(IntakeError, match="There is no clinic yet; create one with `followup clinic set"):
        import_roster(store, None, roster(ANA).encode(), now)


def test_a_file_without_a_usable_header_stores_nothing(store: Store, take: Import) -> None:
    with pytest.raises(IntakeError):
        take("name;phone\nAna;1")
    assert set(counts(store).values()) == {0}


def test_a_dry_run_says_the_same_and_stores_nothing(store: Store, take: Import) -> None:
    file = roster(ANA, BEN, BEN | {"procedure_id": "P3", "phone": "1"})
    rehearsed = take(file, dry_run=True)
    assert set(counts(store).values()) == {0}
    assert rehearsed == take(file)
    changed = roster(ANA | {"phone": "202-555-0177"}, ANA | {"procedure_id": "P4", "phone": "202-555-0177"})
    before = counts(store)
    rehearsed = take(changed, dry_run=True)
    assert counts(store) == before
    assert rehearsed == take(changed)


def test_progress_is_told_after_each_batch(take: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    told: list[tuple[int, int]] = []
    rows = [ANA | {"patient_id": f"C{n}", "procedure_id": f"P{n}"} for n in range(5)]
    assert take(roster(*rows), progress=lambda done, total: told.append((done, total))).new == 5
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_a_reply_can_be_stored_between_two_batches(
    store: Store, take: Import, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    beside = open_store(store.engine.url.render_as_string(hide_password=False))
    seen = []

    def reply(done: int, total: int) -> None:
        with beside.write() as session:
            session.add(Heartbeat(name=f"reply {done}", at=now))
            seen.append(len(session.exec(select(Procedure)).all()))

    take(roster(*(ANA | {"patient_id": f"C{n}", "procedure_id": f"P{n}"} for n in range(4))), progress=reply)
    beside.close()
    assert seen == [2, 4]


def test_a_row_the_database_will_not_store_costs_no_other_row(
    store: Store, take: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = importing.plan

    def plan(session: Session, clinic: object, file: object, patient: Patient, *rest: object) -> object:
        if patient.given_name == "Ben":
            raise IntegrityError("INSERT", {}, Exception("constraint"))
        return planned(session, clinic, file, patient, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "plan", plan)
    cy = BEN | {"patient_id": "C3", "given_name": "Cy", "procedure_id": "P3"}
    result = take(roster(ANA, BEN, BEN | {"procedure_id": "P5"}, cy))
    assert (result.new, result.refused_lines) == (2, 2)
    assert str(result.refused[0]) == (
        "line 3: the database would not store this row; "
        "import the file again; if it is refused again, tell whoever looks after this system."
    )
    with store.read() as session:
        assert sorted(p.given_name for p in session.exec(select(Patient)).all()) == ["Ana", "Cy"]
        assert [line.result for line in session.exec(select(RosterLine)).all()] == [
            "new",
            "refused",
            "refused",
            "new",
        ]


def test_an_import_killed_half_way_is_finished_by_importing_again(
    store: Store, take: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [ANA | {"patient_id": f"C{n}", "procedure_id": f"P{n}"} for n in range(5)]

    def killed(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(roster(*rows), progress=killed)
    assert (counts(store)["Procedure"], counts(store)["CheckIn"], counts(store)["Outbound"]) == (2, 2, 2)
    result = take(roster(*rows))
    assert (result.unchanged, result.new) == (2, 3)
    assert (counts(store)["CheckIn"], counts(store)["Outbound"]) == (5, 5)
