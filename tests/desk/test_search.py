"""Finding a patient by what somebody at a desk has: half a name, a number, a chart id."""

from __future__ import annotations

from datetime import timedelta

import pytest

from followup.desk import search
from followup.desk.search import find
from followup.store.models import Audit
from tests.clinic_day import ClinicDay
from tests.console.test_guards import client, token


def names(day: ClinicDay, asked: str, **more: int) -> list[str]:
    with day.store.read() as session:
        return [p.given_name for p in find(session, 1, asked, day.clock(), **more).patients]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ann", ["Ann"]),
        ("ABBOT", ["Ann"]),
        ("abb an", ["Ann"]),
        ("(202) 555-0203", ["Carla"]),
        ("+12025550203", ["Carla"]),
        ("p1044", ["Dev"]),
        ("k", ["Karen"]),
        ("", []),
        ("zzz", []),
        ("2025550", []),
        ("%", []),
        ("' OR 1=1 --", []),
    ],
)
def test_patients_are_found_by_what_people_type(busy: ClinicDay, asked: str, found: list[str]) -> None:
    assert names(busy, asked) == found


def test_accents_and_hyphens_do_not_matter(quick: ClinicDay) -> None:
    quick.roster("p1,José,Muñoz-Peña,+12025550201,proc1,2026-03-09 12:00,8,bupivacaine,es")
    for asked in ("jose", "munoz", "pena jo", "MUÑOZ", "josé peña"):
        assert names(quick, asked) == ["José"], asked


def test_old_names_are_not_searched_but_old_numbers_are(quick: ClinicDay) -> None:
    quick.patient()
    quick.clock.set(quick.clock() + timedelta(days=200))
    assert names(quick, "ann") == []
    assert names(quick, "202 555 0201") == ["Ann"]


def test_what_is_looked_for_stands_in_no_address_and_no_record(busy: ClinicDay) -> None:
    browser = client(busy, "frontdesk")
    fresh = token(browser, "/")
    one = browser.post("/search", data={"q": "Abbot", "csrf_token": fresh})
    assert (one.status_code, one.headers["Location"]) == (302, "/patients/1")
    none = browser.post("/search", data={"q": "Quixote", "csrf_token": fresh}).get_data(as_text=True)
    assert "Nobody found." in none
    said = [row.detail for row in busy.rows(Audit) if row.action == "search.view"]
    assert said == ["name 1", "name 0"]


def test_many_results_come_in_pages(quick: ClinicDay, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        quick.patient(number)
    monkeypatch.setattr(search, "SIZE", 2)
    with quick.store.read() as session:
        pages = [find(session, 1, "ann", quick.clock(), page=page) for page in (1, 2, 9)]
    assert [len(page.patients) for page in pages] == [2, 1, 1]
    assert len({p.id for page in pages[:2] for p in page.patients}) == 3
    browser = client(quick, "frontdesk")
    page = browser.post("/search", data={"q": "ann", "csrf_token": token(browser, "/")}).get_data(
        as_text=True
    )
    assert "3 patients" in page
    assert "Page 1 of 2" in page
