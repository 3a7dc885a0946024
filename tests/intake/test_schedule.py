"""The schedule by day, and what is missing while it can still be had."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from followup.checkin.clinics import clinic_file
from followup.intake.schedule import DayCount, days, schedule
from followup.store import Store
from followup.store.models import Clinic
from tests.intake.conftest import Import
from tests.intake.roster_of import ANA, BEN, roster

MONDAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 9, 13, tzinfo=UTC)  # nine in the morning in New York


def page(store: Store, day: date = MONDAY, now: datetime = NOW) -> list[tuple[str, tuple[str, ...]]]:
    with store.read() as session:
        file = clinic_file(session.get_one(Clinic, 1))
        slots = schedule(session, 1, file, day, now)
    return [(slot.procedure.reference, slot.missing) for slot in slots]


def test_it_says_of_each_procedure_what_is_missing(store: Store, take: Import) -> None:
    take(
        roster(
            ANA,
            BEN | {"phone": "", "consent": "", "baseline_score": ""},
            BEN
            | {
                "patient_id": "C3",
                "procedure_id": "P3",
                "performed_at": "2026-03-09 08:00",
                "baseline_score": "",
            },
            BEN | {"patient_id": "C4", "procedure_id": "P4", "status": "cancelled", "baseline_score": ""},
            BEN | {"patient_id": "C5", "procedure_id": "P5", "status": "planned", "phone": ""},
        )
    )
    assert page(store) == [
        ("P3", ("baseline",)),
        ("P1", ()),
        ("P2", ("phone", "consent", "baseline")),
        ("P4", ()),
        ("P5", ("phone",)),
    ]


def test_a_day_is_the_clinics_own_from_midnight_to_midnight(store: Store, take: Import) -> None:
    take(
        roster(
            ANA | {"performed_at": "2026-03-09 00:00"},
            BEN | {"performed_at": "2026-03-09 23:59"},
            BEN | {"procedure_id": "P3", "performed_at": "2026-03-10 00:00"},
        )
    )
    assert [reference for reference, _ in page(store)] == ["P1", "P2"]
    assert [reference for reference, _ in page(store, date(2026, 3, 10))] == ["P3"]


def test_a_long_day_comes_in_pages_that_lose_nobody(store: Store, take: Import) -> None:
    take(roster(*(BEN | {"patient_id": f"C{n}", "procedure_id": f"P{n}"} for n in range(5))))
    seen: list[str] = []
    after = None
    while True:
        with store.read() as session:
            slots = schedule(session, 1, clinic_file(session.get_one(Clinic, 1)), MONDAY, NOW, after, 2)
        if not slots:
            break
        seen += [slot.procedure.reference for slot in slots]
        after = (slots[-1].procedure.performed_at, slots[-1].procedure.id or 0)
    assert seen == ["P0", "P1", "P2", "P3", "P4"]


def test_the_days_around_say_where_something_is_missing(store: Store, take: Import) -> None:
    take(
        roster(
            ANA, BEN | {"phone": ""}, BEN | {"patient_id": "C3", "procedure_id": "P3", "status": "cancelled"}
        )
    )
    with store.read() as session:
        found = days(session, 1, clinic_file(session.get_one(Clinic, 1)), date(2026, 3, 8), MONDAY, NOW)
    assert found == [DayCount(date(2026, 3, 8), 0, 0), DayCount(MONDAY, 2, 1)]


def test_a_planned_one_whose_time_has_passed_waits_for_somebody_to_say_it_was_done(
    store: Store, take: Import
) -> None:
    take(roster(ANA | {"status": "planned"}))
    assert page(store) == [("P1", ())]
    assert page(store, now=NOW + timedelta(hours=1)) == [("P1", ("done",))]
