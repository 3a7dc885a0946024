"""`followup move`: a SQLite clinic comes over to PostgreSQL whole, also when it is interrupted."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import select

from followup.store import Store, open_store
from followup.store.models import Patient
from followup.store.moving import MoveError, move
from tests import postgres
from tests.needs import missing

from .house import House, house_on, one_sentence

pytestmark = pytest.mark.postgres


@pytest.fixture
def new_database(_server: postgres.Server | str) -> Iterator[str]:
    """A PostgreSQL database with nothing in it, not even tables."""
    if isinstance(_server, str):
        missing("postgres", _server)
    with _server.database() as url:
        yield url


@pytest.fixture
def clinic(tmp_path: Path, _migrated_file: Path) -> Iterator[House]:
    """Thirty patients on SQLite, texted this morning, so that most tables have rows."""
    shutil.copy(_migrated_file, tmp_path / "followup.db")
    with house_on(tmp_path, f"sqlite:///{tmp_path / 'followup.db'}") as house:
        house.set_up(30)
        yield house


def told(house: House, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return house.followup("move", *words, **env)


def rows(url: str, table: str) -> int:
    store = open_store(url)
    try:
        with store.read() as session:
            return int(session.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar() or 0)
    finally:
        store.close()


def test_everything_comes_over_and_the_new_database_works_on(clinic: House, new_database: str) -> None:
    clinic.carrier()
    clinic.later(0)
    done = told(clinic, MOVE_TO=new_database)
    assert done.returncode == 0, done.stderr
    assert "are equal on both sides, by count and checksum" in done.stdout
    assert rows(new_database, "outbound") == rows(clinic.env["DATABASE_URL"], "outbound") >= 30
    clinic.env["DATABASE_URL"] = new_database
    more = clinic.folder / "more.csv"
    more.write_text(
        clinic.roster(["+12125550199"]).read_text().replace("p0", "p99").replace("proc0", "proc99")
    )
    assert "1 new" in clinic.followup("import", str(more)).stdout, "new ids begin above those brought"
    assert len(clinic.first_texts()) == 30
    clinic.later(1)
    assert len(clinic.first_texts()) == 31, "the new patient is texted, and nobody else again"


def test_run_again_it_brings_over_what_has_happened_since(clinic: House, new_database: str) -> None:
    assert "A clock" not in told(clinic, MOVE_TO=new_database).stdout
    clinic.carrier()
    clinic.later(0)
    address = clinic.folder / "address"
    address.write_text(new_database)
    again = told(clinic, "--to-file", str(address))
    assert again.returncode == 0, again.stderr
    assert " 0 changed" not in again.stdout
    assert "0 copied, 0 changed, 0 taken out" in told(clinic, "--to", new_database).stdout


def test_a_target_with_something_else_in_it_is_refused(clinic: House, new_database: str) -> None:
    assert clinic.followup("migrate", DATABASE_URL=new_database).returncode == 0
    assert clinic.followup("clinic", "set", "clinic.toml", DATABASE_URL=new_database).returncode == 0
    done = told(clinic, MOVE_TO=new_database)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "The target is not empty. Give a new database, with nothing in it.\n"


def test_a_target_that_has_lived_since_is_refused(clinic: House, new_database: str) -> None:
    assert told(clinic, MOVE_TO=new_database).returncode == 0
    clinic.carrier()
    clinic.env["DATABASE_URL"], old = new_database, clinic.env["DATABASE_URL"]
    clinic.later(0)
    done = told(clinic, DATABASE_URL=old, MOVE_TO=new_database)
    assert done.returncode == 2
    assert "The target has been used since the move" in done.stderr


@pytest.mark.parametrize("to", ["sqlite:///other.db", "mysql://host/name", ""])
def test_where_to_must_be_a_postgresql(clinic: House, to: str) -> None:
    done = told(clinic, MOVE_TO=to)
    assert done.returncode == 2
    assert one_sentence(done.stderr)


def test_an_address_that_leads_nowhere_is_said_in_a_sentence(clinic: House) -> None:
    done = told(clinic, MOVE_TO="postgresql://followup:secret@127.0.0.1:1/none")
    assert done.returncode == 2
    assert one_sentence(done.stderr)
    assert "secret" not in done.stderr


class _PowerCutError(Exception):
    """The power went."""


def test_an_interrupted_move_goes_on_where_it_stopped(clinic: House, new_database: str) -> None:
    source, target = open_store(clinic.env["DATABASE_URL"]), open_store(new_database)

    def half_way(done: int, total: int) -> None:
        if done > total / 2:
            raise _PowerCutError

    from followup.store.migrate import migrate

    try:
        migrate(target)
        with pytest.raises(_PowerCutError):
            move(source, target, half_way)
        before = _patients(target)
        moved = move(source, target)
        assert before, "some had come over already"
        assert moved.copied < sum(moved.counts.values())
        assert _patients(target) == _patients(source)
        with target.write() as session:
            session.execute(text("UPDATE moved_from SET source = 'another'"))
        with pytest.raises(MoveError, match="another clinic"):
            move(source, target)
    finally:
        source.close()
        target.close()


def _patients(store: Store) -> list[tuple[str, str]]:
    with store.read() as session:
        return [(p.given_name, p.phone) for p in session.exec(select(Patient).order_by(Patient.id)).all()]


def _has_begun(url: str) -> bool:
    """Whether some patients have come over and been committed."""
    try:
        return rows(url, "patient") > 0
    except ProgrammingError:
        return False  # there are no tables yet


@pytest.mark.long
def test_two_hundred_thousand_rows_survive_a_kill_and_are_verified(
    clinic: House, new_database: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'many.db'}"
    subprocess.run(
        [sys.executable, "bench/fill.py", url, "20000"], check=True, env=clinic.env | {"HOME": "/"}
    )
    first = clinic.start([sys.executable, "-m", "followup.cli", "move"], "move", DATABASE_URL=url,
                         MOVE_TO=new_database)  # fmt: skip
    while first.runs() and not _has_begun(new_database):
        time.sleep(0.1)
    assert first.runs(), first.said()
    first._process.send_signal(signal.SIGKILL)
    first._process.wait()
    before = rows(new_database, "patient")
    done = told(clinic, DATABASE_URL=url, MOVE_TO=new_database)
    assert done.returncode == 0, done.stderr
    moved = int(done.stdout.split(" rows")[0])
    assert before > 0
    assert moved > 200_000
