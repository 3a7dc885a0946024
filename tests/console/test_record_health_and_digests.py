"""The record is looked through and exported, health is told in words, digests are found again."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from followup.console import digest_pages
from followup.store.models import Audit, Heartbeat, Outbound
from tests.clinic_day import ClinicDay
from tests.console.test_guards import client
from tests.console.test_schedule_pages import HEADER, words


def test_the_record_is_searched_by_what_is_in_the_address(day: ClinicDay) -> None:
    day.roster("C1,Ana,Lopez,202-555-0201,P1,2026-03-09 09:30,8,yes", header=HEADER)
    desk = client(day, "frontdesk")
    desk.get("/schedule/procedures/1")
    admin = client(day, "admin")
    page = words(admin.get("/audit"))
    assert "frontdesk@harbor.example patient.view patient 1 schedule 127.0.0.1" in page
    assert "Ana" not in page
    for address, found in {
        "?subject=patient&id=1": True,
        "?subject=patient&id=2": False,
        "?who=1&action=patient": True,
        "?who=2&action=patient": False,
        "?first=2026-03-09&last=2026-03-09": True,
        "?last=2026-03-08": False,
    }.items():
        assert ("patient 1 schedule" in words(admin.get(f"/audit{address}"))) == found, address
    for address in (
        "?id=x",
        "?first=yesterday",
        "?after=x",
        "?after=2026-03-09,1",
        "?after=2026-03-09T00:00:00Z,x",
        "?who=9999999999999999999999",
    ):
        assert admin.get(f"/audit{address}").status_code == 404, address
    assert admin.get("/schedule/procedures/99999999999999999999").status_code == 404


def test_the_record_is_shown_in_pages_that_lose_no_row(day: ClinicDay) -> None:
    admin = client(day, "admin")
    for number in range(60):
        admin.get(f"/schedule/2026-05-{number % 30 + 1:02d}")
    first = admin.get("/audit?action=schedule")
    older = re.search(r'href="([^"]*after=[^"]+)"', first.get_data(as_text=True))
    assert older
    second = admin.get(older[1].replace("&amp;", "&"))
    days = re.findall(r"2026-05-\d\d", words(first) + words(second))
    assert len(days) == 60


def test_the_record_is_exported_whole_and_the_export_is_on_record(day: ClinicDay) -> None:
    admin = client(day, "admin")
    admin.get("/schedule/2026-03-09")
    rows = list(csv.DictReader(io.StringIO(admin.get("/audit.csv?action=schedule").get_data(as_text=True))))
    assert [(row["who"], row["action"], row["detail"]) for row in rows] == [
        ("admin@harbor.example", "schedule.view", "2026-03-09")
    ]
    assert day.rows(Audit)[-1].action == "audit.export"


def test_health_says_in_words_what_is_wrong(day: ClinicDay) -> None:
    now = day.clock()
    with day.store.write() as session:
        session.add(Heartbeat(name="clock", at=now - timedelta(hours=3)))
        session.add(Heartbeat(name="backup", at=now - timedelta(hours=5)))
        for number, more in enumerate(
            [{"state": "refused", "error": "21211"}, {"due_at": now - timedelta(minutes=40)}]
        ):
            session.add(
                Outbound(**{"dedupe": f"t{number}", "clinic_id": 1, "channel": "text", "step": "first",
                            "to": "", "due_at": now, "created_at": now, "changed_at": now, **more})
            )  # fmt: skip
    browser = client(day, "frontdesk")
    for url in ("/health", "/health/now"):
        page = words(browser.get(url))
        assert "Last check for due work ! 3 hours ago" in page
        assert "Waiting to leave ! 40 minutes ago" in page
        assert "Last backup ✓ 5 hours ago" in page
        assert "21211 The phone number is not valid. 1" in page


def test_health_of_a_new_clinic_is_calm_but_for_the_clock_and_the_backup(day: ClinicDay) -> None:
    page = words(client(day, "provider").get("/health"))
    assert "The clock has not run yet: nothing leaves." in page
    assert "Last backup ! never" in page
    assert "Waiting to leave ✓ nothing is late" in page


@pytest.fixture
def answered(day: ClinicDay) -> ClinicDay:
    day.person(day.patient(baseline=7), ["7", "N", "7"])
    day.at("12:00")
    return day


def test_the_days_with_digests_are_listed_with_what_came_of_them(answered: ClinicDay) -> None:
    browser = client(answered, "provider")
    page = browser.get("/digests")
    assert "Tue 10 Mar 2026 today 1 1 07:30" in words(page)
    assert "/digest/2026-03-10" in page.get_data(as_text=True)
    assert "No digests yet" in words(browser.get("/digests?before=2026-03-10"))
    assert browser.get("/digests?before=x").status_code == 404


def test_a_pdf_is_offered_only_where_one_can_be_printed(
    answered: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[str] = []
    monkeypatch.setattr(digest_pages, "printer", lambda: "chromium")
    monkeypatch.setattr(digest_pages, "print_pdf", lambda html: printed.append(html) or b"%PDF-")
    browser = client(answered, "provider")
    assert "2026-03-10.pdf" in browser.get("/digest/2026-03-10").get_data(as_text=True)
    answer = browser.get("/digest/2026-03-10.pdf")
    assert answer.mimetype == "application/pdf"
    assert "Ann Example" in printed[0]
    monkeypatch.setattr(digest_pages, "printer", lambda: None)
    assert ".pdf" not in browser.get("/digests").get_data(as_text=True)


def test_a_machine_that_cannot_print_says_what_to_do_instead(
    answered: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    browser = client(answered, "provider")
    answer = browser.get("/digest/2026-03-10.pdf")
    assert answer.location == "/digest/2026-03-10"
    assert "Print the page from your browser instead." in words(browser.get(answer.location))
