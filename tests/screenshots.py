"""`make screenshots`: every page of the console, at a desk's width and a phone's, light and dark.

A clinic day is played on a clock set by hand, so that the same pictures come out each time.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Page
from sqlmodel import select

from followup.console.accounts import add_staff
from followup.store import open_store, unlock
from followup.store.migrate import migrate
from followup.store.models import Clinic
from tests.browsers import chromium
from tests.clinic_day import ClinicDay
from tests.console.busy_day import busy_day
from tests.digest.earlier_weeks import add_earlier_weeks

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
    "search": ("/", "frontdesk", ("/", *"ann", "Enter")),
    "nobody-found": ("/", "frontdesk", ("/", *"nobody", "Enter")),
    "not-found": ("/patients/9999", "frontdesk", ()),
    "keys": ("/", "frontdesk", ("?",)),
    "schedule": ("/schedule/2026-03-09", "frontdesk", ()),
    "schedule-new": ("/schedule/new", "frontdesk", ()),
    "schedule-import": ("/schedule/import", "frontdesk", ()),
    "digest": ("/digest/2026-03-10", "provider", ()),
    "outcomes": ("/outcomes", "provider", ()),
    "series": ("/cases/1/series", "provider", ()),
    "settings": ("/settings", "admin", ()),
    "clinic": ("/settings/clinic", "admin", ()),
    "on-call": ("/settings/on_call", "admin", ()),
    "retention": ("/settings/retention", "admin", ()),
    "thresholds": ("/settings/thresholds", "admin", ()),
    "wordings": ("/settings/wording", "admin", ()),
    "wording": ("/settings/wording/pain_now.en.ask", "admin", ()),
    "digests": ("/digests", "provider", ()),
    "staff": ("/staff", "admin", ()),
    "record": ("/audit", "admin", ()),
    "health": ("/health", "admin", ()),
    "account": ("/account", "frontdesk", ()),
    "sign-in": ("/sign-in", "", ()),
    "roster": ("/schedule/import", "frontdesk", ()),
}
ROSTER = """patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,consent
p1041,Ann,Abbot,+12025550201,proc1,2026-03-09 09:12,6,yes
p2001,Olga,Ortiz,+12025550301,proc21,2026-03-10 09:00,8,yes
p2002,Paul,Price,555,proc22,2026-03-10 09:20,7,yes
p2003,Rosa,Reyes,+12025550303,proc23,2026-03-10 09:40,11,yes
"""


@contextmanager
def played() -> Iterator[ClinicDay]:
    with tempfile.TemporaryDirectory() as folder:
        unlock([bytes(range(32))])
        store = open_store(f"sqlite:///{folder}/followup.db")
        migrate(store)
        day = ClinicDay(store)
        busy_day(day)
        day.roster(f"p2001,Anna,Abbott,,proc15,{day.clock():%Y-%m-%d} 09:00,8,bupivacaine,en")
        with store.write() as session:
            clinic = session.exec(select(Clinic)).one()
            add_earlier_weeks(session, clinic)
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
    with played() as day, chromium("--hide-scrollbars") as browser:
        address = day.carrier.webhooks.deliver_to
        for scheme in ("light", "dark"):
            for role in ("frontdesk", "provider", "admin", ""):
                context = browser.new_context(color_scheme=scheme, locale="en-US", reduced_motion="reduce")
                page = context.new_page()
                if role:
                    sign_in(page, address, role)
                for name in [name for name in wanted if PAGES[name][1] == role]:
                    _take(page, address, name, scheme)
                context.close()


def _take(page: Page, address: str, name: str, scheme: str) -> None:
    where, _, keys = PAGES[name]
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        answer = page.goto(address + where)
        page.wait_for_selector("html[data-keys=ready]", state="attached")
        for key in keys:
            with page.expect_navigation() if key == "Enter" else nullcontext():
                page.keyboard.press(key)
        if name == "roster":
            roster = {"name": "roster.csv", "mimeType": "text/csv", "buffer": ROSTER.encode()}
            page.set_input_files("#roster", roster)  # type: ignore[arg-type]
            page.get_by_role("button", name="Look at it").click()
            page.wait_for_load_state()
        page.wait_for_timeout(400 if keys else 150)
        # As high as the page: what sticks to the window's edge would lie across the middle of the picture.
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": max(height, tall)})
        file = FOLDER / f"{name}-{size}-{scheme}.png"
        page.screenshot(path=file)
        print(file, answer.status if answer else "")
        if "o" in keys:
            page.keyboard.press("o")  # or the next picture would be of the row being put back
            page.wait_for_timeout(400)


if __name__ == "__main__":
    main()
