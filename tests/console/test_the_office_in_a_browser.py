"""Schedule, rosters, settings, the record and health as a person meets them, in Chromium and by keyboard."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from followup.console.accounts import add_staff
from followup.store.models import Clinic, Outbound, Procedure
from tests.browsers import open_page
from tests.clinic_day import ClinicDay
from tests.console.test_schedule_pages import ANA, HEADER

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
PASSWORD = "long enough to be safe"
ROSTER = f"{HEADER}\n{ANA}\nC2,Ben,Kane,555,P2,2026-03-09 10:00,7,yes\n"


@pytest.fixture
def trouble() -> list[str]:
    """What the browser complains of."""
    return []


@pytest.fixture
def page(day: ClinicDay, trouble: list[str], chromium: Browser) -> Iterator[Page]:
    """An admin's browser, signed in."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    day.app.config["SESSION_COOKIE_SECURE"] = False  # the test has no certificate
    with day.store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        add_staff(session, clinic, "admin@harbor.example", "admin", PASSWORD, day.clock())
    page = open_page(chromium, trouble, day.carrier.webhooks.deliver_to)
    page.goto("/sign-in?next=/schedule")
    page.get_by_label("E-mail").fill("admin@harbor.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Schedule")).to_be_visible()
    page.wait_for_load_state()  # the keys are there
    yield page
    page.context.close()
    # An inline style or script would be refused, and said here; a form put right is a 422 by intent.
    assert [said for said in trouble if "422" not in said] == []


def test_a_procedure_is_added_and_a_gap_filled_without_a_mouse(day: ClinicDay, page: Page) -> None:
    page.keyboard.press("c")
    expect(page.get_by_label("Chart number")).to_be_focused()
    for keys in ("C7", "Tab", "Gus", "Tab", "Moss", "Tab", "202-555-0207", "Tab", "Tab"):
        page.keyboard.press(keys) if keys == "Tab" else page.keyboard.type(keys)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("Gus is on the schedule.")
    expect(page.get_by_role("row", name="Gus Moss")).to_contain_text("! no pain score from before")
    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Gus Moss")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("7.5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("Saved for Gus.")
    (procedure,) = day.rows(Procedure)
    assert str(procedure.baseline) == "7.5"
    assert [row.to for row in day.rows(Outbound)] == ["+12025550207"]


def test_a_roster_is_dropped_looked_at_and_taken_in(day: ClinicDay, page: Page) -> None:
    page.keyboard.press("i")
    expect(page.get_by_text("Drop it anywhere here, or choose it.")).to_be_visible()
    dropped = page.evaluate_handle(
        """text => { const data = new DataTransfer();
        data.items.add(new File([text], "roster.csv", {type: "text/csv"})); return data; }""",
        ROSTER,
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    expect(page.get_by_role("heading", name="What this roster will change")).to_be_visible()
    expect(page.get_by_role("row", name="3 Phone")).to_contain_text("Has too few or too many digits")
    expect(page.get_by_role("button", name="Take in 1 line")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("1 line was taken in.")
    assert [procedure.reference for procedure in day.rows(Procedure)] == ["P1"]


def test_words_and_thresholds_are_judged_by_the_server_while_they_are_typed(
    day: ClinicDay, page: Page
) -> None:
    page.goto("/settings/wording/closing.en")
    page.get_by_label("Words").fill("Your injection went well. {clinic} {number} Emergency: 911.")
    expect(page.locator("#count")).to_contain_text('Says "inject". Texts never name the procedure')
    page.get_by_label("Words").fill("All done, thank you. {clinic}, {number}. Emergency: 911.")
    expect(page.locator("#count")).to_contain_text("68 of 160 letters in its longest use: one message")
    page.goto("/settings/thresholds")
    page.get_by_label("Relief that suggests another block").fill("60")
    expect(page.locator("#effect")).to_contain_text("There are no proposals from the last 90 days")
