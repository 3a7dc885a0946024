"""`make screenshots`: every page of the console, at a desk's width and a phone's, light and dark.

A clinic day is played on a clock set by hand, so that the same pictures come out each time.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlmodel import select

from followup.console.accounts import add_staff
from followup.store import open_store, unlock
from followup.store.migrate import migrate
from followup.store.models import Clinic
from tests.clinic_day import ClinicDay
from tests.console.busy_day import busy_day

FOLDER = Path(".screenshots")
PASSWORD = "long enough to be safe"
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
# What is shown, as whom, and what is pressed before the picture is taken.
PAGES: dict[str, tuple[str, str, Sequence[str]]] = {
    "today": ("/", "frontdesk", ()),
    "today-open-row": ("/?only=call", "frontdesk", ("j", "o")),
    "resting": ("/?only=rest", "frontdesk", ()),
    "patient": ("/patients/1", "provider", ()),
    "warning": ("/patients/2", "provider", ()),
    "stopped": ("/patients/14", "frontdesk", ()),
    "search": ("/", "frontdesk", ("/", "l", "Enter")),
    "keys": ("/", "frontdesk", ("?",)),
    "schedule": ("/schedule/2026-03-09", "frontdesk", ()),
    "schedule-new": ("/schedule/new", "frontdesk", ()),
    "schedule-import": ("/schedule/import", "frontdesk", ()),
    "digest": ("/digest/2026-03-10", "provider", ()),
    "outcomes": ("/outcomes", "provider", ()),
    "series": ("/cases/1/series", "provider", ()),
    "settings": ("/settings", "admin", ()),
    "thresholds": ("/settings/thresholds", "admin", ()),
    "wording": ("/settings/wording/pain_now.en.ask", "admin", ()),
    "digests": ("/digests", "provider", ()),
    "staff": ("/staff", "admin", ()),
    "record": ("/audit", "admin", ()),
    "health": ("/health", "admin", ()),
    "account": ("/account", "frontdesk", ()),
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]


@contextmanager
def played() -> Iterator[ClinicDay]:
    with tempfile.TemporaryDirectory() as folder:
        unlock([bytes(range(32))])
        store = open_store(f"sqlite:///{folder}/followup.db")
        migrate(store)
        day = ClinicDay(store)
        busy_day(day)
        with store.write() as session:
            clinic = session.exec(select(Clinic)).one()
            for role in ("frontdesk", "provider", "admin"):
                add_staff(session, clinic, f"{role}@harbor.example", role, PASSWORD, day.clock())
        yield day
        day.close()
        store.close()


def sign_in(page: Page, address: str, role: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail").fill(f"{role}@harbor.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def main() -> None:
    wanted = sys.argv[1:] or list(PAGES)
    FOLDER.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with played() as day, sync_playwright() as playwright:
        address = day.carrier.webhooks.deliver_to
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for scheme in ("light", "dark"):
            for role in ("frontdesk", "provider", "admin"):
                context = browser.new_context(color_scheme=scheme, locale="en-US", reduced_motion="reduce")
                page = context.new_page()
                sign_in(page, address, role)
                for name in [name for name in wanted if PAGES[name][1] == role]:
                    _take(page, address, name, scheme)
                context.close()
        browser.close()


def _take(page: Page, address: str, name: str, scheme: str) -> None:
    where, _, keys = PAGES[name]
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        answer = page.goto(address + where)
        page.wait_for_selector("html[data-keys=ready]", state="attached")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(400 if keys else 150)
        file = FOLDER / f"{name}-{size}-{scheme}.png"
        page.screenshot(path=file, full_page=True)
        print(file, answer.status if answer else "")
        if "o" in keys:
            page.keyboard.press("o")  # or the next picture would be of the row being put back
            page.wait_for_timeout(400)


if __name__ == "__main__":
    main()
