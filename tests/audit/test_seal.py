"""The chain of the record: made once whoever seals, and broken visibly by whatever is done to a row."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlmodel import select

from followup.audit.record import record
from followup.audit.seal import seal_new, verify
from followup.cli import followup
from followup.store import Store, open_store
from followup.store.models import Audit, AuditSeal, Clinic, Heartbeat
from followup.store.roles import grant_to
from tests.clinic_day import ClinicDay
from tests.postgres import plain


def write(store: Store, now: datetime, count: int, start: int = 1) -> None:
    for number in range(start, start + count):
        with store.write() as session:
            record(session, action="patient.view", now=now, staff_id=1, subject="patient", subject_id=number)


def tamper(store: Store, *statements: str) -> None:
    """As somebody would who owns the database file or is its superuser."""
    with store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_stays" + ("" if store.is_sqlite else " ON audit")))
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def sealed(store: Store, now: datetime) -> Store:
    """Six rows, sealed in two goes. The trigger is put back for the tests that follow on this server."""
    write(store, now, 4)
    assert seal_new(store, now) == 4
    write(store, now, 2, start=5)
    assert seal_new(store, now) == 2
    return store


@pytest.fixture
def open_record(sealed: Store) -> Iterator[Store]:
    yield sealed
    if not sealed.is_sqlite:
        with sealed.engine.begin() as connection:
            connection.execute(
                text(
                    "CREATE OR REPLACE TRIGGER audit_stays BEFORE UPDATE ON audit"
                    " FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()"
                )
            )


def test_an_untouched_record_verifies_and_its_head_stays_in_the_chain(sealed: Store, now: datetime) -> None:
    first = verify(sealed)
    assert (first.links, first.unsealed, first.wrong) == (6, 0, [])
    write(sealed, now, 1)
    assert verify(sealed, first.head).unsealed == 1
    seal_new(sealed, now)
    assert verify(sealed, first.head).wrong == []
    assert seal_new(sealed, now) == 0


def test_a_changed_row_is_named_and_only_that_one(open_record: Store) -> None:
    tamper(open_record, "UPDATE audit SET staff_id = 2 WHERE id = 3")
    (sentence,) = verify(open_record).wrong
    assert sentence.startswith("Audit row 3 is not as it was sealed on 2026-03-09")


def test_a_removed_row_is_named(sealed: Store) -> None:
    with sealed.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE id = 5"))
    assert verify(sealed).wrong == ["Audit row 5 was taken out; it was sealed on 2026-03-09."]


def test_a_row_removed_with_its_link_leaves_a_gap(sealed: Store) -> None:
    with sealed.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE id = 2"))
        connection.execute(text("DELETE FROM audit_seal WHERE audit_id = 2"))
    assert "Link 2 of the chain is gone." in verify(sealed).wrong


def test_rows_put_in_another_order_are_both_named(open_record: Store) -> None:
    tamper(
        open_record,
        "UPDATE audit SET id = 100 WHERE id = 1",
        "UPDATE audit SET id = 1 WHERE id = 4",
        "UPDATE audit SET id = 4 WHERE id = 100",
    )
    wrong = verify(open_record).wrong
    assert [sentence.split(" is not")[0] for sentence in wrong] == ["Audit row 1", "Audit row 4"]


def test_a_chain_cut_short_is_seen_by_whoever_noted_its_head(sealed: Store) -> None:
    head = verify(sealed).head
    with sealed.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE id > 3"))
        connection.execute(text("DELETE FROM audit_seal WHERE audit_id > 3"))
    assert verify(sealed).wrong == []
    assert verify(sealed, head).wrong == [
        "Link 6 is not the one that was noted: the chain was cut or made anew."
    ]


def test_ids_that_were_never_used_and_rows_that_come_late_break_nothing(store: Store, now: datetime) -> None:
    """A rolled-back transaction uses up an id; a slow one commits a lower id after the higher was sealed."""
    with store.write() as session:
        for number in (1, 2, 5, 9):
            session.add(Audit(id=number, at=now, action="a.b"))
    assert seal_new(store, now) == 4
    with store.write() as session:
        session.add(Audit(id=3, at=now, action="a.b"))
    assert seal_new(store, now) == 1
    found = verify(store)
    assert (found.links, found.wrong) == (5, [])
    with store.read() as session:
        assert [s.audit_id for s in session.exec(select(AuditSeal).order_by(AuditSeal.id))] == [1, 2, 5, 9, 3]


def test_any_number_of_workers_seals_each_row_once(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("followup.audit.seal.BATCH", 7)
    write(store, now, 60)
    failed: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(20):
                seal_new(store, now)
        except Exception as problem:
            failed.append(problem)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seal_new(store, now)
    assert failed == []
    assert (verify(store).links, verify(store).wrong) == (60, [])


def test_the_clock_seals_what_the_day_left(day: ClinicDay) -> None:
    write(day.store, day.clock(), 3)
    day.tick()
    assert verify(day.store).links >= 3
    assert verify(day.store).unsealed == 0


def test_the_command_names_the_row_and_exits_with_1(open_record: Store) -> None:
    env = {
        "DATABASE_URL": open_record.engine.url.render_as_string(hide_password=False),
        "FOLLOWUP_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    }
    good = CliRunner().invoke(followup, ["audit", "verify"], env=env)
    assert (good.exit_code, good.output.splitlines()[-1]) == (0, "The record is as it was sealed.")
    tamper(open_record, "UPDATE audit SET detail = 'x' WHERE id = 6")
    bad = CliRunner().invoke(followup, ["audit", "verify"], env=env)
    assert bad.exit_code == 1
    assert "Audit row 6 is not as it was sealed" in bad.output
    odd = CliRunner().invoke(followup, ["audit", "verify", "--head", "yesterday"], env=env)
    assert odd.exit_code == 2


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_the_programs_own_role_can_add_to_the_record_and_do_nothing_else_to_it(
    store: Store, now: datetime
) -> None:
    role = "followup_app_of_a_test"
    owner = psycopg.connect(plain(store.engine.url), autocommit=True)
    owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'only-a-test'")
    app = None
    try:
        grant_to(store, role)
        url = store.engine.url.set(username=role, password="only-a-test")
        app = open_store(url.render_as_string(hide_password=False))
        write(app, now, 3)
        assert seal_new(app, now) == 3
        with app.write() as session:
            session.add(Clinic(code="harbor", file="{}", created_at=now, changed_at=now))
            session.merge(Heartbeat(name="clock", at=now, owner="me"))
        for statement in (
            "UPDATE audit SET staff_id = 2",
            "DELETE FROM audit",
            "TRUNCATE audit",
            "UPDATE audit_seal SET hash = ''",
            "DELETE FROM audit_seal",
            "ALTER TABLE audit DISABLE TRIGGER audit_stays",
            "DROP TABLE audit",
        ):
            with pytest.raises(Exception, match=r"permission denied|must be owner"), app.write() as session:
                session.execute(text(statement))
        with app.write() as session:
            session.execute(text("DELETE FROM heartbeat WHERE name = 'clock'"))
            session.execute(text("UPDATE clinic SET paused = true"))
        assert verify(app).wrong == []
    finally:
        if app is not None:
            app.close()
        owner.execute(f"DROP OWNED BY {role}")
        owner.execute(f"DROP ROLE {role}")
        owner.close()


def test_a_row_an_hour_old_is_sealed_whenever_the_clock_comes_back(sealed: Store, now: datetime) -> None:
    write(sealed, now, 1)
    assert seal_new(sealed, now + timedelta(hours=9)) == 1
    assert verify(sealed).wrong == []
