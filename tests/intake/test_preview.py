"""A roster looked at before it is taken in: what is confirmed is what was shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import func, select

from followup.console.accounts import add_staff
from followup.intake.preview import Preview, PreviewGoneError, confirm, drop, forget_old, preview
from followup.store import Store
from followup.store.models import Clinic, Procedure, RosterDraft, RosterLine
from tests.intake.conftest import Import
from tests.intake.roster_of import ANA, BEN, roster

DESK, ANOTHER = 1, 2


@pytest.fixture(autouse=True)
def _staff(store: Store, harbor: str, now: datetime) -> None:
    with store.write() as session:
        for name in ("desk", "another"):
            add_staff(session, session.get_one(Clinic, 1), f"{name}@harbor.example", "frontdesk",
                      "long enough to be safe", now)  # fmt: skip


def count(store: Store, table: type) -> int:
    with store.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def look(store: Store, text: str, now: datetime) -> Preview:
    return preview(store, "harbor", DESK, text.encode(), now)


def test_it_says_line_by_line_what_would_become_of_the_file_and_stores_nothing_of_it(
    store: Store, take: Import, now: datetime
) -> None:
    take(roster(ANA))
    shown = look(store, roster(ANA | {"phone": "202-555-0199", "baseline_score": "6"}, BEN,
                               BEN | {"procedure_id": "P3", "baseline_score": "eleven"}), now)  # fmt: skip
    changed, new, refused = shown.result.told
    assert (changed.outcome, changed.name) == ("changed", "Ana Doe")
    assert changed.changes == (
        ("baseline", Decimal(8), Decimal(6)),
        ("phone", "+12025550123", "+12025550199"),
    )
    assert (new.outcome, new.patient_id, new.beside) == ("new", "C2", "")
    assert str(refused.refusals[0]).startswith('line 4: baseline_score "eleven": not a pain score')
    assert count(store, Procedure) == 1
    assert count(store, RosterLine) == 1


def test_a_second_procedure_of_one_day_is_pointed_out(store: Store, take: Import, now: datetime) -> None:
    take(roster(ANA | {"procedure_id": "hand-1"}))
    assert look(store, roster(ANA), now).result.told[0].beside == "hand-1"


def test_what_is_confirmed_goes_in_and_the_file_is_not_kept(store: Store, now: datetime) -> None:
    shown = look(store, roster(ANA, BEN), now)
    result = confirm(store, "harbor", DESK, shown.id, now + timedelta(minutes=5))
    assert not isinstance(result, Preview)
    assert result.new == count(store, Procedure) == 2
    assert count(store, RosterDraft) == 0
    with pytest.raises(PreviewGoneError):
        confirm(store, "harbor", DESK, shown.id, now + timedelta(minutes=5))


def test_when_it_would_do_something_else_by_now_it_is_shown_again(
    store: Store, take: Import, now: datetime
) -> None:
    shown = look(store, roster(ANA), now)
    take(roster(ANA | {"phone": "202-555-0177"}))
    again = confirm(store, "harbor", DESK, shown.id, now)
    assert isinstance(again, Preview)
    assert again.result.told[0].changes == (("phone", "+12025550177", "+12025550123"),)
    assert confirm(store, "harbor", DESK, again.id, now).changed == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(("staff", "later"), [(ANOTHER, 0), (DESK, 31)])
def test_nobody_else_confirms_it_and_it_expires(store: Store, now: datetime, staff: int, later: int) -> None:
    shown = look(store, roster(ANA), now)
    with pytest.raises(PreviewGoneError):
        confirm(store, "harbor", staff, shown.id, now + timedelta(minutes=later))
    assert count(store, Procedure) == 0


def test_a_dropped_or_forgotten_file_does_not_stay(store: Store, now: datetime) -> None:
    dropped = look(store, roster(ANA), now)
    drop(store, ANOTHER, dropped.id)
    assert count(store, RosterDraft) == 1
    drop(store, DESK, dropped.id)
    assert count(store, RosterDraft) == 0
    look(store, roster(ANA), now)
    assert forget_old(store, now + timedelta(minutes=30)) == 0
    assert forget_old(store, now + timedelta(minutes=31)) == 1
    assert count(store, RosterDraft) == 0
