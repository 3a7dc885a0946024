"""The desk's day in a real browser: rows that change by themselves, keys, calls, signing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from followup.console.accounts import add_staff
from followup.store.models import Alert, Answer, Clinic, Decision, DeskAct
from tests.browsers import open_page, press, sign_in
from tests.clinic_day import ClinicDay

pytestmark = pytest.mark.browser
PASSWORD = "long enough to be safe"


def page_of(chromium: Browser, day: ClinicDay, role: str, **options: Any) -> Page:
    """A page signed in as this role, on the day's own web server."""
    with day.store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        add_staff(session, clinic, f"{role}@harbor.example", role, PASSWORD, day.clock())
    page = open_page(chromium, [], day.carrier.webhooks.deliver_to, **options)
    sign_in(page, f"{role}@harbor.example", PASSWORD)
    return page


def row(page: Page, name: str) -> Any:
    return page.locator("table.work tbody", has=page.get_by_role("link", name=name))


def look_again(page: Page) -> None:
    """Have the page ask for news now instead of in ten seconds."""
    page.mouse.move(2, 2)
    page.evaluate("htmx.trigger('#news', 'look'); htmx.trigger('#strip', 'look')")


def test_the_desks_day(quick: ClinicDay, chromium: Browser) -> None:
    """A reply changes the list; a warning is taken; a call is written down; a proposal is signed."""
    ann, ben = quick.patient(1, name="Ann"), quick.patient(2, name="Ben")
    quick.at("10:05")
    desk = page_of(chromium, quick, "frontdesk")
    expect(desk.get_by_text("Nothing waiting.")).to_be_visible()

    for words in ("2", "N", "1", "6", "N", "Y"):
        quick.text(ann, words)
    look_again(desk)
    expect(row(desk, "Ann Example")).to_contain_text("Candidate for confirmatory block")

    quick.text(ben, "my legs feel numb since last night")
    desk.locator("table.work tbody").first.hover()
    desk.evaluate("htmx.trigger('#news', 'look')")
    expect(desk.get_by_role("button", name=re.compile("1 new"))).to_be_visible()
    assert row(desk, "Ben Example").count() == 0, "nothing moves under the pointer"
    press(desk, ".")
    expect(desk.locator("table.work tbody").first).to_contain_text("Ben Example")
    look_again(desk)
    press(desk, "a")
    expect(desk.get_by_role("button", name="I have it")).to_be_focused()
    assert quick.rows(Alert)[0].acknowledged_at is None, "one slip of a finger must not stop the paging"
    desk.keyboard.press("Enter")
    expect(desk.locator("#strip")).to_contain_text("frontdesk has it since 10:05")
    assert quick.rows(Alert)[0].acknowledged_by == "staff 1"

    press(desk, "j")
    press(desk, "o")
    expect(desk.get_by_label("Usual pain now, 0 to 10")).to_be_visible()
    desk.get_by_label("Usual pain now, 0 to 10").fill("6")
    desk.get_by_label("In the patient's own words").fill("a bit better, still numb")
    desk.get_by_role("button", name="Record answers").click()
    expect(desk.locator("tbody.done")).to_contain_text("Ben Example: Answers recorded")
    assert [a.staff_id for a in quick.rows(Answer) if a.check_in_id == 2 and a.question == "pain_now"] == [1]

    kim = page_of(chromium, quick, "provider")
    row(kim, "Ann Example").get_by_role("link", name="Ann Example").focus()
    kim.keyboard.press("Enter")
    expect(kim.get_by_role("heading", name="Candidate for confirmatory block")).to_be_visible()
    expect(kim.locator(".talk")).to_contain_text("Lowest pain: 1")
    kim.get_by_text("Correct", exact=False).nth(2).click()
    kim.get_by_label("What the patient meant").locator("visible=true").fill("1.5")
    kim.get_by_role("button", name="Save").locator("visible=true").first.click()
    expect(kim.locator(".answers-read del")).to_have_text("1")
    press(kim, "y")
    kim.keyboard.press("Enter")
    expect(kim.get_by_role("heading", name="Decided: Repeat injection")).to_be_visible()
    assert quick.rows(Decision)[0].choice == "repeat"
    assert len(kim.pdf()) > 10_000, "the page prints"


def test_a_warning_that_comes_moves_no_row_under_the_pointer(quick: ClinicDay, chromium: Browser) -> None:
    ann, ben = quick.patient(1, name="Ann"), quick.patient(2, name="Ben")
    quick.at("10:05")
    quick.text(ann, "can someone call me please")
    page = page_of(chromium, quick, "frontdesk")
    page.set_viewport_size({"width": 1280, "height": 320})
    row(page, "Ann Example").get_by_role("button", name="Reached").hover()
    before = row(page, "Ann Example").bounding_box()
    quick.text(ben, "my legs feel numb since last night")
    page.evaluate("htmx.trigger('#strip', 'look')")
    expect(page.locator("#strip")).to_contain_text("Ben Example")
    expect(page.locator("#strip")).to_be_in_viewport()
    after = row(page, "Ann Example").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 2


def test_one_key_says_what_a_call_came_to_and_one_takes_it_back(quick: ClinicDay, chromium: Browser) -> None:
    quick.patient(1, name="Ann")
    quick.at("19:00")
    page = page_of(chromium, quick, "frontdesk")
    press(page, "j")
    press(page, "n")
    expect(page.locator("tbody.done")).to_contain_text("No answer, back Wed 11 Mar 08:00")
    expect(page.locator("#said")).to_contain_text("No answer")
    press(page, "u")
    expect(row(page, "Ann Example")).to_be_visible()
    row(page, "Ann Example").get_by_role("button", name="No answer").focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody.done")).to_contain_text("No answer, back")
    assert [act.what for act in quick.rows(DeskAct)] == ["no_answer", "taken_back", "no_answer"]


def test_everything_has_a_key_and_a_question_mark_lists_them(busy: ClinicDay, chromium: Browser) -> None:
    page = page_of(chromium, busy, "provider")
    press(page, "?")
    dialog = page.get_by_role("dialog")
    for said in ("Find a patient", "Today", "Reached", "No answer", "Wrong number", "Next and previous row"):
        expect(dialog).to_contain_text(said)
    page.keyboard.press("Escape")
    press(page, "/")
    page.keyboard.type("abbot")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("Ann Abbot"))).to_be_visible()
    assert page.url.endswith("/patients/1")
    press(page, "c")
    expect(page.locator("#said")).to_contain_text(re.compile("clipboard|could not be copied"))
    press(page, "g")
    press(page, "d")
    expect(page.get_by_role("heading", name=re.compile("Follow-up digest"))).to_be_visible()


def test_single_keys_can_be_switched_off(busy: ClinicDay, chromium: Browser) -> None:
    page = page_of(chromium, busy, "admin")
    press(page, "?")
    page.get_by_label("Single keys are on").uncheck()
    page.get_by_role("button", name="Close").click()
    press(page, "/")
    expect(page.locator("#find")).not_to_be_focused()
