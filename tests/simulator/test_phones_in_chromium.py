"""The phones page in a real browser: a text is read and answered, a call is picked up and keyed.

The carrier runs on the virtual clock, so the test moves time and the page sees it within its one second.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsers import open_page

from .bench import CLINIC, PATIENT, PUBLIC, Bench

pytestmark = pytest.mark.browser


@pytest.fixture
def page(bench: Bench, chromium: Browser) -> Iterator[Page]:
    bench.carrier.add_person(PATIENT, name="Ann Lee")
    trouble: list[str] = []
    page = open_page(
        chromium, trouble, f"http://127.0.0.1:{bench.port}", viewport={"width": 390, "height": 780}
    )
    page.goto("/")
    yield page
    page.context.close()
    assert trouble == []  # an inline style or script would be refused here


def test_a_text_is_read_and_answered(bench: Bench, page: Page) -> None:
    bench.product.answers["/sms"] = "<Response><Message>Thanks: 7 now.</Message></Response>"
    bench.send("How is your pain?")
    bench.run()
    row = page.get_by_role("button", name="Ann Lee")
    expect(row).to_contain_text("1")
    row.click()
    expect(page.get_by_text("How is your pain?").last).to_be_visible()
    page.get_by_label("Reply").fill("about a 7")
    page.keyboard.press("Enter")
    expect(page.locator("#talk .patient")).to_contain_text("about a 7")
    bench.run()
    expect(page.locator("#talk .clinic").last).to_contain_text("Thanks: 7 now.")
    assert bench.product.on("/sms")[0].form["Body"] == "about a 7"
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_call_is_picked_up_and_keyed_from_the_keyboard(bench: Bench, page: Page) -> None:
    bench.product.answers["/voice"] = (
        '<Response><Gather numDigits="2" action="/keys"><Say>From zero to ten?</Say></Gather></Response>'
    )
    bench.product.answers["/keys"] = "<Response><Say>Thank you</Say><Pause length='60'/></Response>"
    bench.client.calls.create(to=PATIENT, from_=CLINIC, url=f"{PUBLIC}/voice")
    bench.run(3)
    row = page.get_by_role("button", name="Ann Lee")
    expect(row).to_contain_text("call")
    row.click()
    expect(page.get_by_role("status")).to_have_text(f"{CLINIC} is calling")
    page.get_by_role("button", name="Pick up").click()
    expect(page.get_by_role("button", name="Hang up")).to_be_visible()
    bench.run(1)
    expect(page.locator("#said")).to_have_text("From zero to ten?")
    page.keyboard.press("1")
    page.get_by_role("button", name="0", exact=True).click()
    expect(page.locator("#keyed")).to_have_text("10")
    bench.run(1)
    expect(page.locator("#said")).to_have_text("Thank you")
    assert bench.product.on("/keys")[0].form["Digits"] == "10"
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator("#talk .note")).to_contain_text("Call completed")
    expect(page.get_by_role("button", name="Pick up")).to_be_hidden()


def test_a_fault_is_switched_on_from_the_panel(bench: Bench, page: Page) -> None:
    page.get_by_text("Faults", exact=True).click()
    page.get_by_role("button", name="receipt drop once", exact=True).click()
    expect(page.locator("[data-fault=receipt_drop] .count")).to_have_text("0 (+1)")
    bench.send("Hello")
    bench.run()
    expect(page.locator("[data-fault=receipt_drop] .count")).to_have_text("1")
    assert bench.product.statuses() == ["delivered"]
