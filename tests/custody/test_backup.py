"""A backup that was never restored is none: here each one is, and compared row for row."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import LargeBinary, select, type_coerce
from sqlmodel import SQLModel

from followup.audit.seal import verify
from followup.cli import followup
from followup.config import Settings
from followup.custody.backup import BackupError, back_up, restore
from followup.custody.box import BoxError, lock, unlock_box
from followup.custody.keys import check_keys
from followup.store import Store, open_store, unlock
from followup.store.models import Clinic, Heartbeat
from followup.store.seal import Sealed
from tests import postgres
from tests.clinic_day import ClinicDay
from tests.conftest import KEY
from tests.custody.what_patients_wrote import BUSY_CLINIC, SECRETS, play

OTHER = b"o" * 32


@pytest.fixture
def day(store: Store) -> Iterator[ClinicDay]:
    day = ClinicDay(store, clinic=BUSY_CLINIC)
    yield day
    day.close()


@pytest.fixture
def settings(day: ClinicDay) -> Settings:
    url = day.store.engine.url.render_as_string(hide_password=False)
    return replace(day.settings, database_url=url, keys=(KEY,))


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """An empty place of the same kind."""
    if settings.sqlite_path:
        yield replace(settings, database_url=f"sqlite:///{tmp_path / 'restored.db'}")
        return
    server: postgres.Server = request.getfixturevalue("_server")
    with server.database() as url:
        yield replace(settings, database_url=url)


def as_it_lies(column: Any) -> Any:
    return type_coerce(column, LargeBinary) if isinstance(column.type, Sealed) else column


def rows(store: Store) -> dict[str, list[Any]]:
    """Every row of every table, sealed values as they lie there."""
    with store.read() as session:
        return {
            table.name: [
                tuple(row)
                for row in session.execute(
                    select(*map(as_it_lies, table.c)).order_by(*table.primary_key)
                )
            ]
            for table in SQLModel.metadata.sorted_tables
        }  # fmt: skip


def test_what_comes_back_is_what_went_in_and_nothing_leaves_before_somebody_looked(
    day: ClinicDay, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    check_keys(day.store)
    play(day)
    before, file = rows(day.store), tmp_path / "monday.backup"
    made = back_up(day.store, settings, file, day.clock())
    assert made.bytes == file.stat().st_size > 10_000
    assert file.stat().st_mode & 0o077 == 0
    locked = file.read_bytes()
    assert [secret for secret in (*SECRETS, "bupivacaine", "harbor") if secret.encode() in locked] == []

    assert restore(elsewhere, file, day.clock()).endswith("then `followup resume`.")
    unlock([KEY])
    restored = open_store(elsewhere.database_url)
    after = rows(restored)
    assert after.pop("audit")[-1][4] == "backup.restore"
    assert [row[:4] for row in after.pop("clinic")] == [row[:4] for row in before.pop("clinic")]
    del before["audit"]
    assert after == before
    assert verify(restored).wrong == []
    with restored.read() as session:
        assert session.get_one(Clinic, 1).paused
    restored.close()
    with day.store.read() as session:
        assert session.get_one(Heartbeat, "backup").at == day.clock()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_restored_clinic_sends_nothing_unprompted(
    day: ClinicDay, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    phone = day.patient(1)
    file = tmp_path / "monday.backup"
    back_up(day.store, settings, file, day.clock())
    day.at("10:01")
    assert len(day.creates(phone)) == 1, "the world goes on after the backup"
    restore(elsewhere, file, day.clock())
    there = open_store(elsewhere.database_url)
    before, day.store = day.store, there
    day.at("18:00")
    day.store = before
    there.close()
    assert len(day.creates(phone)) == 1, "the first text is not sent a second time"


def test_a_place_that_is_not_empty_is_left_alone(day: ClinicDay, settings: Settings, tmp_path: Path) -> None:
    day.patient(1)
    file = tmp_path / "monday.backup"
    back_up(day.store, settings, file, day.clock())
    before = rows(day.store)
    with pytest.raises(BackupError, match="a backup only goes"):
        restore(settings, file, day.clock())
    assert rows(day.store) == before
    with pytest.raises(BackupError, match="exists already"):
        back_up(day.store, settings, file, day.clock())


def test_a_damaged_cut_or_foreign_file_restores_nothing(
    day: ClinicDay, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    day.patient(1)
    file, bad = tmp_path / "good.backup", tmp_path / "bad.backup"
    back_up(day.store, settings, file, day.clock())
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[-40] ^= 1
    for content, why in (
        (bytes(flipped), "changed or is not whole"),
        (whole[:-100], "changed or is not whole"),
        (whole.replace(b'"revision": "0', b'"revision": "1', 1), "changed or is not whole"),
        (b"patient_id,given_name\n", "not a backup"),
        (b"", "not a backup"),
    ):
        bad.write_bytes(content)
        with pytest.raises(BackupError, match=why):
            restore(elsewhere, bad, day.clock())
    with pytest.raises(BackupError, match="not among FOLLOWUP_KEYS"):
        restore(replace(elsewhere, keys=(OTHER,)), file, day.clock())
    restore(replace(elsewhere, keys=(OTHER, KEY)), file, day.clock())
    unlock([KEY])


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_a_box_gives_back_what_was_put_in_at_every_length(size: int) -> None:
    content, box = os.urandom(size), io.BytesIO()
    lock(iter([content[:7], content[7:]]), box, KEY, {})
    locked = box.getvalue()
    assert b"".join(unlock_box(io.BytesIO(locked), [OTHER, KEY])) == content


def test_pieces_of_a_box_cannot_change_places_or_go_missing() -> None:
    box = io.BytesIO()
    lock(iter([bytes(2**20), b"x" * 2**20, b"end"]), box, KEY, {})
    label, _, rest = box.getvalue().partition(b"}\n")
    piece = 2**20 + 16
    one, two, last = rest[:piece], rest[piece : 2 * piece], rest[2 * piece :]
    for order in ((two, one, last), (one, last), (one, two), (one, two, last, last)):
        with pytest.raises(BoxError, match="changed or is not whole"):
            list(unlock_box(io.BytesIO(b"".join((label, b"}\n", *order))), [KEY]))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_of_a_newer_release_or_another_kind_of_database_says_so(
    day: ClinicDay, settings: Settings, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "monday.backup"
    monkeypatch.setattr("followup.custody.backup.current", lambda store: "9999")
    back_up(day.store, settings, file, day.clock())
    with pytest.raises(BackupError, match="made by a newer release"):
        restore(elsewhere, file, day.clock())
    with pytest.raises(BackupError, match="This is a backup of sqlite, and DATABASE_URL names postgresql"):
        restore(
            replace(elsewhere, database_url="postgresql+psycopg://nobody@127.0.0.1:1/x"), file, day.clock()
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_commands_back_up_and_restore_and_fail_with_a_sentence(
    day: ClinicDay, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file, env = str(tmp_path / "b"), {"FOLLOWUP_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}
    here, there = (
        env | {"DATABASE_URL": settings.database_url},
        env | {"DATABASE_URL": elsewhere.database_url},
    )
    made = CliRunner().invoke(followup, ["backup", file], env=here)
    assert (made.exit_code, "locked" in made.output) == (0, True)
    again = CliRunner().invoke(followup, ["backup", file], env=here)
    assert (again.exit_code, "exists already" in again.output) == (2, True)
    back = CliRunner().invoke(followup, ["restore", file], env=there)
    assert (back.exit_code, "Paused: harbor" in back.output) == (0, True)
    twice = CliRunner().invoke(followup, ["restore", file], env=there)
    assert (twice.exit_code, "only goes where there is no file" in twice.output) == (2, True)
