"""Chromium for tests: pages that fail a test when the browser complains, signing in, and axe."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.needs import missing

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
AXE = (Path(__file__).parent / "console" / "vendor" / "axe.min.js").read_text(encoding="utf-8")

PATIENCE = 20_000  # ms: on a busy machine a page may take seconds


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    if not CHROMIUM:
        missing("browser", "there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *flags])
        yield browser
        browser.close()


def open_page(browser: Browser, trouble: list[str], base_url: str | None = None, **options: Any) -> Page:
    """A page with cookies of its own. `trouble` gets what the browser complains of: an inline style or script
    would be refused, and said there."""
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(
        **{"base_url": base_url, "locale": "en-US", "reduced_motion": "reduce",
           "viewport": {"width": 1280, "height": 900}} | options
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    return page


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Today"))).to_be_visible()


def press(page: Page, *keys: str) -> None:
    """Press keys once the page listens: a browser that is told to is faster than any hand."""
    page.wait_for_selector("html[data-keys=ready]", state="attached")
    for key in keys:
        page.keyboard.press(key)


def wrongs(page: Page, where: str) -> list[str]:
    """What axe finds wrong, by all its rules; without `preload`, for which it would write styles."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {preload: false})")
    return [
        f"{where}: {one['id']}: {node['target']} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
