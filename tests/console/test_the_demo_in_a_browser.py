"""`followup demo` as a visitor meets it: answer a text on the virtual phone, see the digest, sign off."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browsers import open_page
from tests.processes.house import free_port, soon

pytestmark = pytest.mark.browser
PASSWORD = "harbor-demo-only"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A running demo in a folder of its own; yields the console's and the phones' address."""
    web, phones = free_port(), free_port()
    command = [sys.executable, "-m", "followup.cli", "demo", "--patients", "5",
               "--port", str(web), "--phones-port", str(phones)]  # fmt: skip
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            soon(lambda: answers(f"http://127.0.0.1:{web}/readyz"), "the demo opens", 120)
            yield f"http://127.0.0.1:{web}", f"http://127.0.0.1:{phones}"
        finally:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "open for business" in said


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    trouble: list[str] = []
    page = open_page(chromium, trouble)
    yield page
    page.context.close()
    assert [said for said in trouble if "401" not in said] == []  # an inline style or script would be refused


def sign_in(page: Page, console: str, email: str, password: str = PASSWORD) -> None:
    page.goto(f"{console}/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def reply(page: Page, words: str) -> None:
    before = page.locator("#talk .clinic").count()
    page.get_by_label("Reply").fill(words)
    page.keyboard.press("Enter")
    expect(page.locator("#talk .clinic").nth(before)).to_be_visible()


def test_a_visitor_answers_a_text_and_the_provider_signs_what_came_of_it(
    demo: tuple[str, str], page: Page
) -> None:
    console, phones = demo
    page.goto(phones)
    row = page.locator("button", has_text=re.compile("Harbor Clinic: (Hello|Hola)")).first
    row.click()
    expect(page.locator("#talk .clinic").first).to_contain_text("STOP")
    for words in ("4", "N", "9"):
        reply(page, words)
    expect(page.locator("#talk .clinic").last).to_contain_text(re.compile("fever|fiebre"))

    sign_in(page, console, "provider@harbor.example")
    row = page.locator("table.work tbody", has=page.locator("q", has_text=re.compile("^9$")))
    expect(row).to_be_visible()
    row.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.locator(".talk .them").last).to_contain_text(re.compile("Lowest pain: 9|Pain now: 9"))
    page.get_by_role("button", name=re.compile("^(Agree|Sign)")).locator("visible=true").first.click()
    expect(page.get_by_role("status").filter(has_text="Decision signed.")).to_be_visible()
    page.get_by_role("link", name="Digest").first.click()
    expect(page.locator("article.digest")).to_contain_text("1 closed")


def test_the_front_desk_cannot_sign_and_a_stranger_sees_nothing(demo: tuple[str, str], page: Page) -> None:
    console, _ = demo
    sign_in(page, console, "desk@harbor.example", "a wrong password")
    expect(page.get_by_role("alert")).to_have_text("That e-mail and password do not belong together.")
    assert requests.get(f"{console}/digest/2026-03-10", allow_redirects=False, timeout=5).status_code == 302
    sign_in(page, console, "desk@harbor.example")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_role("link", name="Digest").click()
    expect(page.get_by_role("heading", name=re.compile("Follow-up digest"))).to_be_visible()
    expect(page.get_by_label("Decision")).to_have_count(0)
