"""What the database itself holds to, whatever the code above it does."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import SQLModel, select

from followup.store import SealError, Store, keyed_hash, known_hashes, open_store, unlock
from followup.store.migrate import _config, current, is_known, migrate, newest
from followup.store.models import CheckIn, Clinic, Outbound, Patient, Procedure
from followup.store.seal import seal, unseal
from tests.conftest import KEY


def a_patient(store: Store, now: datetime) -> int:
    with store.write() as session:
        clinic = Clinic(code="harbor", file="{}", created_at=now, changed_at=now)
        session.add(clinic)
        session.flush()
        patient = Patient(
            clinic_id=clinic.id, chart="C-17", chart_hash="h", given_name="Lucía", family_name="Example",
            phone="+12025550201", created_at=now, changed_at=now,
        )  # fmt: skip
        session.add(patient)
        session.flush()
        assert patient.id is not None
        return patient.id


def a_procedure(patient: int, now: datetime, **more: object) -> Procedure:
    return Procedure(
        **{"clinic_id": 1, "patient_id": patient, "reference": "P1", "performed_at": now,
           "status": "performed", "created_at": now, "changed_at": now, **more}
    )  # fmt: skip


def test_migrations_and_models_agree(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    assert current(store) == ""
    assert migrate(store) == migrate(store) == newest() == current(store)
    store.close()


def test_revisions_are_known_by_the_names_of_their_files() -> None:
    """Nobody who only starts should have to load them."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config())
    assert scripts.get_heads() == [newest()]
    for script in scripts.walk_revisions():
        assert is_known(script.revision)
        assert Path(script.path).name.startswith(f"{script.revision}_")
    assert not is_known("9999")


@pytest.mark.parametrize("score", [Decimal("10.5"), Decimal(-1), Decimal("7.3"), Decimal(99)])
def test_what_is_no_score_does_not_fit_in_the_table(store: Store, now: datetime, score: Decimal) -> None:
    patient = a_patient(store, now)
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(a_procedure(patient, now, baseline=score))


def test_scores_come_back_as_exact_decimals(store: Store, now: datetime) -> None:
    patient = a_patient(store, now)
    with store.write() as session:
        session.add(a_procedure(patient, now, baseline=Decimal("7.5"), post_score=Decimal(0)))
    with store.read() as session:
        procedure = session.exec(select(Procedure)).one()
    assert (procedure.baseline, procedure.post_score) == (Decimal("7.5"), Decimal(0))


def test_an_unknown_state_is_refused(store: Store, now: datetime) -> None:
    patient = a_patient(store, now)
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(a_procedure(patient, now, status="nonsense"))


def test_a_closed_check_in_must_say_how_it_ended(store: Store, now: datetime) -> None:
    patient = a_patient(store, now)
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(
            CheckIn(
                clinic_id=1, patient_id=patient, due_on=now.date(), due_at=now, state="closed", changed_at=now
            )
        )


def test_the_same_message_cannot_be_planned_twice(store: Store, now: datetime) -> None:
    a_patient(store, now)
    row = {"dedupe": "checkin:1:first:1", "clinic_id": 1, "channel": "text", "step": "first",
           "to": "+12025550201", "due_at": now, "created_at": now, "changed_at": now}  # fmt: skip
    with store.write() as session:
        session.add(Outbound(**row))
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(Outbound(**row))


def test_an_orphan_is_refused(store: Store, now: datetime) -> None:
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(a_procedure(404, now))


def test_naive_datetimes_are_refused_and_aware_ones_come_back_in_utc(store: Store, now: datetime) -> None:
    with pytest.raises(StatementError), store.write() as session:
        session.add(Clinic(code="naive", file="{}", created_at=datetime(2026, 3, 9), changed_at=now))  # noqa: DTZ001
    a_patient(store, now)
    with store.read() as session:
        assert session.exec(select(Clinic)).one().created_at == now
        assert session.exec(select(Clinic)).one().created_at.tzinfo is UTC


def everything(store: Store) -> bytes:
    """What PostgreSQL holds, byte for byte as it would be written to a backup."""
    raw = store.engine.raw_connection()
    try:
        with raw.cursor() as cursor:
            found = b""
            for table in SQLModel.metadata.tables:
                with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
                    found += b"".join(map(bytes, copy))
            return found
    finally:
        raw.close()


def test_names_and_numbers_are_not_in_the_file(store: Store, now: datetime) -> None:
    a_patient(store, now)
    if store.is_sqlite:
        file = Path(str(store.engine.url.database))
        on_disk = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    else:
        on_disk = everything(store)
    assert b"harbor" in on_disk
    for secret in ("Lucía", "Example", "2025550201", "C-17"):
        assert secret.encode() not in on_disk


def test_a_row_prints_without_what_it_holds(store: Store, now: datetime) -> None:
    a_patient(store, now)
    with store.read() as session:
        assert repr(session.exec(select(Patient)).one()) == "<Patient 1>"


def test_a_database_error_does_not_repeat_what_was_to_be_stored(store: Store, now: datetime) -> None:
    patient = a_patient(store, now)
    with pytest.raises(IntegrityError) as problem, store.write() as session:
        session.add(a_procedure(patient, now, provider="Dr Secret", status="nonsense"))
    assert "Dr Secret" not in str(problem.value)


def test_a_sealed_value_opens_only_in_its_own_column() -> None:
    blob = seal("Ann", "patient.given_name")
    assert unseal(blob, "patient.given_name") == "Ann"
    with pytest.raises(SealError, match="changed or moved"):
        unseal(blob, "patient.family_name")


def test_an_older_key_still_opens_and_is_still_searched() -> None:
    new = b"n" * 32
    old_blob, old_hash = seal("Ann", "x.y"), keyed_hash("phone", "+12025550201")
    try:
        unlock([new, KEY])
        assert unseal(old_blob, "x.y") == "Ann"
        assert keyed_hash("phone", "+12025550201") != old_hash
        assert old_hash in known_hashes("phone", "+12025550201")
        unlock([new])
        with pytest.raises(SealError, match="not among FOLLOWUP_KEYS"):
            unseal(old_blob, "x.y")
    finally:
        unlock([KEY])


def test_a_hundred_writers_lose_nothing(store: Store, now: datetime) -> None:
    """SQLite's default would lose most of these read-modify-write updates without an error.

    On PostgreSQL who reads in order to write must lock the row: there it is the FOR UPDATE that is tested.
    """
    patient = a_patient(store, now)
    with store.write() as session:
        session.add(CheckIn(clinic_id=1, patient_id=patient, due_on=now.date(), due_at=now, changed_at=now))

    def count_up() -> None:
        for _ in range(25):
            with store.write() as session:
                session.exec(select(CheckIn).with_for_update()).one().turn += 1

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        assert session.exec(select(CheckIn)).one().turn == 100


def test_sqlite_is_set_for_durability(store: Store) -> None:
    if not store.is_sqlite:
        return
    with store.read() as session:

        def pragma(name: str) -> object:
            return session.execute(text(f"PRAGMA {name}")).scalar()

        assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)


def test_a_transaction_inside_a_transaction_is_a_mistake(store: Store) -> None:
    with store.write(), pytest.raises(RuntimeError, match="transaction is open"), store.read():
        pass
