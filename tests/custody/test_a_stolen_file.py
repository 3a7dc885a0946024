"""Whoever carries off the database, or a dump of it, learns no name, no number and no word of a patient."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from followup.console.accounts import add_staff
from followup.digest.deliver import send_now
from followup.store import Store
from followup.store.models import Alert, Clinic, Inbound, OptOut
from tests.clinic_day import PROCEDURE_DAY, ClinicDay
from tests.custody.what_patients_wrote import BUSY_CLINIC, SECRETS, play
from tests.store.test_store import everything


@pytest.fixture
def busy(store: Store) -> Iterator[ClinicDay]:
    day = ClinicDay(store, clinic=BUSY_CLINIC)
    yield day
    day.close()


def test_the_files_of_a_played_day_hold_nothing_in_the_open(busy: ClinicDay) -> None:
    with busy.store.write() as session:
        clinic = session.get_one(Clinic, 1)
        add_staff(session, clinic, "pineapple@harbor.example", "provider", "a long password", busy.clock())
    play(busy)
    with busy.store.write() as session:
        send_now(session, session.get_one(Clinic, 1), PROCEDURE_DAY, busy.clock())
    assert (len(busy.rows(OptOut)), len(busy.rows(Alert))) == (1, 1)
    assert len(busy.rows(Inbound)) > 6
    if busy.store.is_sqlite:
        folder = Path(str(busy.store.engine.url.database)).parent
        files = [path for path in folder.rglob("*") if path.is_file()]
        on_disk = b"".join(path.read_bytes() for path in files)
        assert {path.name for path in files} >= {"followup.db", "followup.db-wal"}
    else:
        on_disk = everything(busy.store)
    assert b"bupivacaine" in on_disk, "what is open is found, so the search works"
    found = [secret for secret in SECRETS if secret.lower().encode() in on_disk.lower()]
    assert found == []
