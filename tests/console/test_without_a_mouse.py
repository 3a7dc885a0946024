"""The console for whoever has no mouse: the focus goes everywhere, is seen there, and every act has a way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from followup.console.accounts import add_staff
from followup.store.models import Alert, Clinic, Decision, DeskAct, Patient
from tests.browsers import open_page, press, sign_in
from tests.clinic_day import ClinicDay

pytestmark = pytest.mark.browser
PASSWORD = "long enough to be safe"
MANY = (
    "/", "/?only=call", "/patients/1", "/search", "/schedule/2026-03-09", "/schedule/new", "/schedule/import",
    "/digest/2026-03-10", "/digests", "/outcomes", "/cases/1/series", "/settings", "/settings/on_call",
    "/settings/thresholds", "/settings/wording/opening.es", "/staff",
    "/audit?action=sign_in.done", "/account",
)  # fmt: skip
# What Tab should reach, each with a number.
NUMBERED = """() => { let n = 0;
    for (const one of document.querySelectorAll(`a[href], button, input, select, textarea, summary,
            [tabindex]`))
        if (one.tabIndex >= 0 && !one.disabled && one.type !== "hidden" && one.getClientRects().length
            && one.checkVisibility({visibilityProperty: true})) one.dataset.numbered = n++;
    return n; }"""
MISSED = """met => [...document.querySelectorAll("[data-numbered]")]
    .filter(one => !met.includes(one.dataset.numbered)).map(one => one.outerHTML.slice(0, 120))"""
# Where the focus is, and whether it can be seen there.
FOCUSED = """() => { const one = document.activeElement, drawn = getComputedStyle(one);
    return [one.dataset.numbered ?? "", drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) >= 2,
            one.outerHTML.slice(0, 120)]; }"""
# What acts when it is clicked, and so must be something that keys can press.
DEAF = """() => [...document.querySelectorAll(`[data-key], [data-row-key], [data-prints], [data-copies],
    [data-opens], [data-closes], [data-stays], [data-sure], [hx-post]`)]
    .filter(one => !one.matches("a[href], button, input, select, textarea, summary, form, [hx-trigger]"))
    .map(one => one.outerHTML.slice(0, 120))"""


def page_of(chromium: Browser, day: ClinicDay, role: str) -> Page:
    day.app.config["SESSION_COOKIE_SECURE"] = False  # the test has no certificate
    with day.store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        add_staff(session, clinic, f"{role}@harbor.example", role, PASSWORD, day.clock())
    page = open_page(chromium, [], day.carrier.webhooks.deliver_to)
    sign_in(page, f"{role}@harbor.example", PASSWORD)
    return page


def tab_to(page: Page, what: str) -> None:
    """Press Tab until this is in focus, as a hand would."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"Tab does not lead to {what}")


def test_tab_reaches_everything_and_is_seen_where_it_is(busy: ClinicDay, chromium: Browser) -> None:
    page, wrong = page_of(chromium, busy, "admin"), []
    for address in MANY:
        page.goto(address)
        wrong += [f"{address}: no key presses {one}" for one in page.evaluate(DEAF)]
        keys = page.evaluate("[...document.querySelectorAll('[data-key]')].map(one => one.dataset.key)")
        wrong += [f"{address}: two things have the key {key}" for key in set(keys) if keys.count(key) > 1]
        count = page.evaluate(NUMBERED)
        page.evaluate("document.activeElement.blur()")
        met: set[str] = set()
        dates = page.locator("input:is([type=date], [type=time], [type^=datetime])").count()
        # A date's field holds the focus for each of its parts, and the browser itself for a few.
        for _ in range(count + 3 + 12 * dates):
            page.keyboard.press("Tab")
            number, is_seen, html = page.evaluate(FOCUSED)
            if number and not is_seen and number not in met:
                wrong.append(f"{address}: the focus is not seen on {html}")
            met.add(number)
        missed = page.evaluate(MISSED, sorted(met))
        wrong += [f"{address}: Tab does not reach {one}" for one in missed]
    assert wrong == []


def test_the_bar_is_skipped_and_dialogs_hold_and_give_back_the_focus(
    busy: ClinicDay, chromium: Browser
) -> None:
    page = page_of(chromium, busy, "provider")
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    tab_to(page, "main *")
    page.get_by_role("button", name="Keys").focus()
    press(page, "Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('main, header, footer')"), (
            "the page is shut off"
        )
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Keys")).to_be_focused()
    page.locator("details.me summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.locator("details.me summary")).to_be_focused()


def test_a_call_is_worked_off_and_taken_back_by_keys(quick: ClinicDay, chromium: Browser) -> None:
    for number, name in enumerate(("Ann", "Ben", "Cas"), start=1):
        quick.text(quick.patient(number, name=name), "can someone call me please")
    quick.at("10:05")
    page = page_of(chromium, quick, "frontdesk")
    names = page.locator("table.work [data-row-link]")
    expect(names).to_have_count(3)
    for key, place in (("j", 0), ("j", 1), ("k", 0), ("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1)):
        press(page, key)
        expect(names.nth(place)).to_be_focused()
    press(page, "r")
    expect(page.locator("tbody.done")).to_contain_text("Reached, closed")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    press(page, "u")
    expect(page.locator("tbody.done")).to_have_count(0)
    expect(names.nth(1)).to_be_focused()
    press(page, "w")
    expect(page.locator("tbody.done")).to_contain_text("Wrong number")
    assert [act.what for act in quick.rows(DeskAct)] == ["reached", "taken_back", "wrong_number"]
    press(page, "k", "o")
    score = page.get_by_label("Usual pain now, 0 to 10")
    expect(score).to_be_visible()
    press(page, "s")
    expect(score).to_be_focused()
    page.keyboard.type("6")
    tab_to(page, "button.main")
    press(page, "Enter")
    expect(page.locator("tbody.done").first).to_contain_text("Answers recorded")


def test_a_reply_is_corrected_a_warning_resolved_and_a_case_signed_by_keys(
    quick: ClinicDay, chromium: Browser
) -> None:
    ann, ben = quick.patient(1, name="Ann"), quick.patient(2, name="Ben")
    quick.at("10:05")
    for words in ("2", "N", "1", "6", "N", "Y"):
        quick.text(ann, words)
    quick.text(ben, "my legs feel numb since last night")
    page = page_of(chromium, quick, "provider")
    press(page, "a", "Enter")
    expect(page.locator("#strip")).to_contain_text("provider has it since")
    tab_to(page, "#strip summary")
    press(page, "Enter")
    tab_to(page, "#strip input[name=how]")
    page.keyboard.type("seen in the ER")
    press(page, "Enter")
    expect(page.get_by_text("Urgent", exact=True)).to_have_count(0)
    assert [alert.resolved_how for alert in quick.rows(Alert)] == ["seen in the ER"]
    press(page, "/")
    page.keyboard.type("ann")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Candidate for confirmatory block")).to_be_visible()
    for _ in range(3):
        tab_to(page, ".answers-read summary")
    press(page, "Enter")
    tab_to(page, ".answers-read input[name=value]")
    page.keyboard.type("1.5")
    press(page, "Enter")
    expect(page.locator(".answers-read del")).to_have_text("1")
    for _ in range(2):
        tab_to(page, ".proposal summary")
    press(page, "Enter")
    tab_to(page, "select[name=choice]")
    page.keyboard.type("Other")
    tab_to(page, "input[name=note]")
    page.keyboard.type("wants to wait")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Decided: Other")).to_be_visible()
    assert [(one.choice, one.note) for one in quick.rows(Decision)] == [("other", "wants to wait")]


def test_contact_is_paused_and_a_language_chosen_by_keys(quick: ClinicDay, chromium: Browser) -> None:
    quick.patient(1, name="Ann")
    page = page_of(chromium, quick, "frontdesk")
    page.goto("/patients/1")
    tab_to(page, ".reach button[value=pause]")
    press(page, "Enter")
    expect(page.get_by_role("status").first).to_contain_text("Contact is paused")
    assert quick.rows(Patient)[0].paused_at is not None
    tab_to(page, "footer button[lang=es]")
    press(page, "Enter")
    expect(page.get_by_role("link", name="Hoy")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "es"
    press(page, "g", "s")
    expect(page.get_by_role("heading", name=re.compile("^Agenda"))).to_be_visible()
