"""The record is found by person, action, subject and day, in pages, and exported safe for a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.audit import search as searching
from followup.audit.record import record
from followup.audit.search import Wanted, export, search
from followup.console.accounts import add_staff
from followup.intake import set_clinic
from followup.store import Store
from followup.store.models import Clinic
from tests.clinic_day import CLINIC

DESK, DOCTOR = 1, 2
ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def kept(store: Store, now: datetime) -> Store:
    """Six rows, a minute apart; the last belongs to another clinic."""
    rows = [
        (1, DESK, "patient.view", "patient", 12),
        (1, DOCTOR, "decision.sign", "procedure", 7),
        (1, DESK, "patient.view", "patient", 13),
        (1, None, "backup.made", "", None),
        (1, DESK, "patient_list.view", "day", None),
        (2, DESK, "patient.view", "patient", 12),
    ]
    with store.write() as session:
        for code, sender in (("harbor", "+12025550123"), ("pine", "+12025550124")):
            text = CLINIC.replace('"harbor"', f'"{code}"').replace("+12025550123", sender)
            set_clinic(session, text, now)
        clinic = session.get_one(Clinic, 1)
        for name in ("desk", "doctor"):
            add_staff(session, clinic, f"{name}@harbor.example", "admin", "long enough to be safe", now)
        session.flush()
        for minute, (clinic_id, staff, action, subject, subject_id) in enumerate(rows):
            record(session, action=action, now=now + timedelta(minutes=minute), clinic_id=clinic_id,
                   staff_id=staff, subject=subject, subject_id=subject_id, address="127.0.0.1")  # fmt: skip
    return store


def found(store: Store, **wanted: object) -> list[tuple[str, int | None]]:
    with store.read() as session:
        return [(e.row.action, e.row.subject_id) for e in search(session, 1, Wanted(**wanted))]  # type: ignore[arg-type]


def test_the_newest_come_first_and_another_clinics_never(kept: Store) -> None:
    assert found(kept) == [
        ("patient_list.view", None),
        ("backup.made", None),
        ("patient.view", 13),
        ("decision.sign", 7),
        ("patient.view", 12),
    ]


def test_it_is_found_by_person_action_subject_and_day(kept: Store, now: datetime) -> None:
    assert found(kept, staff_id=DOCTOR) == [("decision.sign", 7)]
    assert found(kept, action="patient") == [("patient.view", 13), ("patient.view", 12)]
    assert found(kept, action="decision.sign") == [("decision.sign", 7)]
    assert found(kept, action="%") == []
    assert found(kept, subject="patient", subject_id=12) == [("patient.view", 12)]
    minutes = timedelta(minutes=1)
    assert found(kept, since=now + minutes, before=now + 3 * minutes) == [
        ("patient.view", 13),
        ("decision.sign", 7),
    ]


def test_pages_go_on_where_the_last_one_ended_though_rows_are_added_meanwhile(
    kept: Store, now: datetime
) -> None:
    with kept.read() as session:
        first = search(session, 1, Wanted(), limit=2)
    with kept.write() as session:
        record(session, action="sign_in.failed", now=now + timedelta(hours=1), clinic_id=1)
    last = first[-1].row
    with kept.read() as session:
        second = search(session, 1, Wanted(), (last.at, last.id or 0), limit=2)
    assert [entry.row.subject_id for entry in second] == [13, 7]


def test_the_export_has_every_row_once_and_nothing_a_spreadsheet_would_run(
    kept: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_AT_ONCE", 2)
    with kept.write() as session:
        record(session, action="settings.change", now=now + timedelta(hours=1), clinic_id=1, staff_id=DESK,
               detail="=1+1", address="127.0.0.1")  # fmt: skip
    rows = list(csv.DictReader(io.StringIO("".join(export(kept, 1, Wanted(), ZONE)))))
    assert [row["action"] for row in rows] == [
        "settings.change", "patient_list.view", "backup.made", "patient.view", "decision.sign",
        "patient.view",
    ]  # fmt: skip
    assert rows[0] == {
        "at": "2026-03-09T19:30:00+00:00", "local_time": "2026-03-09 15:30:00", "who": "desk@harbor.example",
        "action": "settings.change", "subject": "", "subject_id": "", "detail": "'=1+1",
        "address": "127.0.0.1",
    }  # fmt: skip
    assert rows[2]["who"] == "program"
