"""Keys change while patients write, and the wrong ones stop the start with a sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlmodel import SQLModel, select

from followup.cli import followup
from followup.config import SettingsError
from followup.custody.keys import keys_in_use
from followup.custody.rotate import rotate
from followup.setup import open_for_work
from followup.store import Store, known_hashes, unlock
from followup.store.models import Audit, Inbound, OptOut, Patient, SealingKey
from followup.store.seal import live_keys
from tests.clinic_day import ClinicDay
from tests.conftest import KEY

NEW = b"n" * 32


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    unlock([KEY])


def start(day: ClinicDay, *keys: bytes) -> None:
    """What a process does when it starts with these keys."""
    url = day.store.engine.url.render_as_string(hide_password=False)
    open_for_work(replace(day.settings, database_url=url, keys=keys)).close()


def in_use(store: Store) -> set[str]:
    with store.read() as session:
        return keys_in_use(session)


def test_every_hash_says_what_it_is_of() -> None:
    """Otherwise a change of keys would leave it behind, and its row would not be found again."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith(("phone_hash", "to_hash", "from_hash", "chart_hash", "email_hash")):
                assert column.info["hash_of"][1] in table.columns, f"{table.name}.{column.name}"


def test_after_a_rotation_the_old_key_opens_nothing_and_everybody_is_still_found(day: ClinicDay) -> None:
    phone, silent = day.patient(1), day.patient(2)
    day.person(phone, ["7", "N", "1", "6", "N", "Y"])
    day.at("10:02")
    day.text(silent, "STOP")
    unlock([NEW, KEY])
    start(day, NEW, KEY)
    result = rotate(day.store)
    assert (result.stuck, in_use(day.store)) == ({}, {live_keys()[0]})
    assert result.changed > 20
    unlock([NEW])
    start(day, NEW)
    day.at("12:00")
    assert len(day.texts(phone)) == 7, "the conversation went on"
    assert day.rows(OptOut)[0].phone_hash == known_hashes("phone", silent)[0]
    assert rotate(day.store).changed == 0


def test_an_interrupted_rotation_is_run_again_and_meanwhile_a_stop_is_a_stop(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the hashes are under each key: the opt-out under one, the planned text under the other."""
    phone = day.patient(1)
    monkeypatch.setattr("followup.custody.rotate.BATCH", 1)
    unlock([NEW, KEY])
    day.text(phone, "please never text me again, stop")
    assert day.rows(OptOut)[0].phone_hash == known_hashes("phone", phone)[0]

    def ctrl_c(done: int, total: int) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(day.store, ctrl_c)
    assert len(in_use(day.store)) == 2
    day.at("20:00")
    assert day.creates(phone) == []
    assert rotate(day.store).stuck == {}
    assert len(in_use(day.store)) == 1


def test_a_stop_under_the_old_key_holds_for_what_is_planned_under_the_new(day: ClinicDay) -> None:
    phone = day.patient(1)
    day.at("10:01")
    assert len(day.creates(phone)) == 1
    day.text(phone, "STOP")
    unlock([NEW, KEY])
    day.roster(f"p1,Ann,Example,{phone},proc9,2026-03-10 12:00,8,bupivacaine,en")
    day.at("20:00", 11)
    assert len(day.creates(phone)) == 1, "nothing more was sent"
    day.text(phone, "START")
    day.text(phone, "STOP")
    assert len(day.rows(OptOut)) == 1, "one row a number, whatever key it was made under"


def test_an_opt_out_without_its_number_finds_it_or_keeps_the_old_key(day: ClinicDay) -> None:
    phone = day.patient(1)
    day.text(phone, "STOP")
    day.text("+12025550299", "STOP")
    with day.store.write() as session:
        session.execute(text("UPDATE opt_out SET phone = NULL"))
        for row in session.exec(select(Inbound)).all():
            if row.from_number != phone:
                row.from_hash = ""
    unlock([NEW, KEY])
    assert rotate(day.store).stuck == {"opt_out": 1}
    found = {row.phone_hash: row.phone for row in day.rows(OptOut)}
    assert found[known_hashes("phone", phone)[0]] == phone
    assert found[known_hashes("phone", "+12025550299")[1]] is None


def test_two_opt_outs_of_one_number_become_one_that_is_stopped(day: ClinicDay) -> None:
    day.text("+12025550299", "STOP")
    unlock([NEW, KEY])
    with day.store.write() as session:
        old = session.exec(select(OptOut)).one()
        session.add(
            OptOut(sender=old.sender, phone=old.phone, phone_hash=known_hashes("phone", "+12025550299")[0],
                   stopped=False, how="words", at=old.at)
        )  # fmt: skip
    assert rotate(day.store).stuck == {}
    assert [row.stopped for row in day.rows(OptOut)] == [True]


def test_rotating_beside_a_busy_web_and_clock_loses_nothing(day: ClinicDay) -> None:
    phones = [day.patient(number) for number in range(1, 9)]
    for phone in phones:
        day.person(phone, ["7", "N", "7"])
    unlock([NEW, KEY])
    ended = threading.Event()

    def again_and_again() -> None:
        while not ended.is_set():
            rotate(day.store)

    rotating = threading.Thread(target=again_and_again)
    rotating.start()
    day.at("12:00")
    ended.set()
    rotating.join()
    assert [len(day.texts(phone)) for phone in phones] == [4] * 8
    assert rotate(day.store).stuck == {}
    assert in_use(day.store) == {live_keys()[0]}


def test_a_wrong_key_stops_the_start_and_says_so(day: ClinicDay) -> None:
    day.patient(1)
    start(day, KEY)
    with pytest.raises(SettingsError, match="FOLLOWUP_KEYS does not open this database"):
        start(day, NEW)
    start(day, KEY)
    assert len(day.rows(Patient)) == 1


def test_an_older_key_that_is_still_needed_is_asked_for(day: ClinicDay) -> None:
    day.patient(1)
    start(day, NEW, KEY)
    unlock([NEW, KEY])
    day.patient(2)
    with pytest.raises(SettingsError, match="lacks the older key"):
        start(day, NEW)
    start(day, NEW, KEY)
    with day.store.read() as session:
        assert len(session.exec(select(SealingKey)).all()) == 2


def test_the_command_rotates_and_says_what_may_be_taken_out(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.patient(1)
    text_of = {
        NEW: "bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4",
        KEY: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    }
    env = {
        "DATABASE_URL": day.store.engine.url.render_as_string(hide_password=False),
        "FOLLOWUP_SPOOL": day.settings.spool,
    }
    both = f"{text_of[NEW]},{text_of[KEY]}"
    done = CliRunner().invoke(followup, ["keys", "rotate"], env={**env, "FOLLOWUP_KEYS": both})
    assert (done.exit_code, done.output.splitlines()[-1]) == (
        0, "Nothing is left under an older key: take those out of FOLLOWUP_KEYS."
    )  # fmt: skip
    assert [row.action for row in day.rows(Audit)][-1] == "keys.rotate"
    late = CliRunner().invoke(followup, ["keys", "rotate"], env={**env, "FOLLOWUP_KEYS": text_of[KEY]})
    assert late.exit_code == 2
    assert late.output.startswith("FOLLOWUP_KEYS does not open this database")
