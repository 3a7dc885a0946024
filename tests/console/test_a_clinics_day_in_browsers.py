"""A clinic's day as its people live it: three browsers, the patients' phones, the product as it is deployed.

Server, clock and carrier are processes of their own on the real time; only the clinic's hours are made up.
What changes on a page without a click is waited for: no test asks the page to look.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import select

from followup.console.accounts import add_staff
from followup.store import open_store
from followup.store.models import Clinic
from followup.store.models.people import ROLES
from tests.browsers import chromium, open_page, press, sign_in
from tests.needs import missing
from tests.processes.house import House, house_on, soon

pytestmark = pytest.mark.browser
PASSWORD = "four words put together"
DOCTOR = "+12025550190"
PEOPLE = {"Ann": "+12125550101", "Ben": "+12125550102", "Carla": "+12125550103", "Dev": "+12125550104"}
BY_ITSELF = 25_000  # ms: pages ask for news every ten seconds and for warnings every fifteen


@pytest.fixture
def clinic(database_url: str, tmp_path: Path) -> Iterator[House]:
    """On SQLite one process that is web and clock; on PostgreSQL a web and a worker."""
    with house_on(tmp_path, database_url) as house:
        house.carrier()
        house.set_up(0)
        with closing(open_store(database_url)) as store, store.write() as session:
            harbor = session.exec(select(Clinic)).one()
            for role in ROLES:
                add_staff(session, harbor, f"{role}@harbor.example", role, PASSWORD, datetime.now(UTC))
        if database_url.startswith("sqlite"):
            house.serve()
        else:
            house.line("worker")
            house.wait_ready(house.line("web"), house.port)
        for name, phone in PEOPLE.items():
            house.tell_carrier("phones", number=phone, name=f"{name} Example")
        house.tell_carrier("phones", number=DOCTOR, name="Dr K")
        yield house


class Desks:
    """A browser for each role, and one that shows the phones."""

    def __init__(self, house: House, browser: Any) -> None:
        self.trouble: list[str] = []
        self.desk, self.provider, self.admin = (
            open_page(browser, self.trouble, house.env["PUBLIC_URL"], timezone_id=house.zone)
            for _ in range(3)
        )
        for role, page in (("frontdesk", self.desk), ("provider", self.provider), ("admin", self.admin)):
            sign_in(page, f"{role}@harbor.example", PASSWORD)
        self._phones = open_page(browser, self.trouble, house.env["TWILIO_API_URL"])
        self._phones.goto("/")

    def pick_up(self, name: str) -> Page:
        """The phone of this patient in the hand of whoever reads this."""
        self._phones.get_by_role("button", name=name).click()
        expect(self._phones.locator("#name")).to_contain_text(name)
        return self._phones

    def reply(self, name: str, *replies: str) -> None:
        phone = self.pick_up(name)
        expect(phone.locator("#talk .clinic").first).to_contain_text("Harbor Clinic: Hello")
        for words in replies:
            before = phone.locator("#talk .clinic").count()
            phone.get_by_label("Reply").fill(words)
            phone.keyboard.press("Enter")
            expect(phone.locator("#talk .clinic")).to_have_count(before + 1)


@pytest.fixture
def desks(clinic: House) -> Iterator[Desks]:
    with chromium() as browser:
        desks = Desks(clinic, browser)
        yield desks
    assert desks.trouble == []


def row(page: Page, name: str) -> Locator:
    return page.locator("table.work tbody", has=page.get_by_role("link", name=name))


def roster(house: House) -> str:
    """Four patients of yesterday, and one whose number is wrong."""
    day = datetime.now(ZoneInfo(house.zone)).date() - timedelta(days=1)
    lines = ["patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,agent,kind"]
    for n, (name, phone) in enumerate([*PEOPLE.items(), ("Eve", "555")], start=1):
        lines.append(f"C{n},{name},Example,{phone},P{n},{day} 0{n}:00,8,bupivacaine,mbb")
    return "\n".join(lines) + "\n"


def drop(page: Page, text: str) -> None:
    """Let go of a file over the page's box."""
    dropped = page.evaluate_handle(
        """text => { const data = new DataTransfer();
        data.items.add(new File([text], "roster.csv", {type: "text/csv"})); return data; }""",
        text,
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})


def test_a_day_from_the_roster_to_the_printed_digest(clinic: House, desks: Desks, tmp_path: Path) -> None:
    _the_admin_puts_a_doctor_on_call(desks.admin)
    _the_desk_takes_in_the_roster(clinic, desks)
    _a_reply_brings_its_row_by_itself(desks)
    _a_warning_pages_the_doctor_and_is_taken(clinic, desks)
    _a_misread_reply_is_put_right_and_its_row_follows(desks)
    _the_provider_signs_one_as_proposed_and_one_otherwise(desks.provider)
    _the_digest_is_printed_on_one_page(desks.provider, tmp_path)
    _all_of_it_is_on_record(desks.admin)


def _the_admin_puts_a_doctor_on_call(admin: Page) -> None:
    press(admin, "g", "e")
    admin.get_by_role("navigation", name="Settings").get_by_role("link", name="On call").click()
    admin.get_by_label("Name, person 1").fill("Dr K")
    admin.get_by_label("Phone, person 1").fill(DOCTOR)
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("status").first).to_contain_text("Saved.")


def _the_desk_takes_in_the_roster(clinic: House, desks: Desks) -> None:
    desk = desks.desk
    expect(desk.get_by_text("Nothing waiting.")).to_be_visible()
    press(desk, "g", "s")
    expect(desk.get_by_role("heading", name="Schedule")).to_be_visible()
    press(desk, "i")
    expect(desk.get_by_text("Drop it anywhere here, or choose it.")).to_be_visible()
    drop(desk, roster(clinic))
    expect(desk.get_by_role("heading", name="What this roster will change")).to_be_visible()
    expect(desk.get_by_role("row", name="6 Phone")).to_contain_text("555")
    assert clinic.first_texts() == [], "nothing leaves before the preview is confirmed"
    desk.get_by_role("button", name="Take in 4 lines").click()
    expect(desk.get_by_role("status").first).to_have_text("4 lines were taken in.")
    soon(lambda: sorted(clinic.first_texts()) == sorted(PEOPLE.values()), "all four are texted, each once")
    press(desk, "g", "t")
    expect(desk.get_by_text("4 rest: waiting for an answer")).to_be_visible()


def _a_reply_brings_its_row_by_itself(desks: Desks) -> None:
    desks.reply("Ann", "2", "N", "1", "6", "N", "Y")
    expect(row(desks.desk, "Ann Example")).to_contain_text(
        "Candidate for confirmatory block", timeout=BY_ITSELF
    )


def _a_warning_pages_the_doctor_and_is_taken(clinic: House, desks: Desks) -> None:
    desk = desks.desk
    desks.reply("Ben", "my legs feel numb since last night")
    expect(desk.locator("#strip")).to_contain_text("my legs feel numb", timeout=BY_ITSELF)
    expect(row(desk, "Ben Example")).to_be_visible(timeout=BY_ITSELF)
    soon(lambda: [fact for fact in clinic.facts("create") if fact["to"] == DOCTOR], "the doctor is paged")
    press(desk, "a")
    expect(desk.get_by_role("button", name="I have it")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#strip")).to_contain_text("frontdesk has it since")


def _a_misread_reply_is_put_right_and_its_row_follows(desks: Desks) -> None:
    """Carla's 7 was a 1: the proposal changes, and so does her row before the provider, who looks on."""
    desks.reply("Carla", "8", "N", "7", "6", "N")
    desks.reply("Dev", "7", "N", "6", "1", "N")
    seen = row(desks.provider, "Carla Example")
    expect(seen).to_contain_text("further testing", timeout=BY_ITSELF)
    desk = desks.desk
    row(desk, "Carla Example").get_by_role("link", name="Carla Example").click(timeout=BY_ITSELF)
    desk.get_by_role("row", name="Lowest pain").get_by_text("Correct").click()
    desk.get_by_label("What the patient meant").locator("visible=true").fill("1")
    desk.get_by_role("button", name="Save").locator("visible=true").first.click()
    expect(desk.locator(".answers-read del")).to_have_text("7")
    expect(desk.get_by_role("row", name="Lowest pain")).to_contain_text("frontdesk, by hand")
    expect(seen).not_to_contain_text("further testing", timeout=BY_ITSELF)


def _the_provider_signs_one_as_proposed_and_one_otherwise(provider: Page) -> None:
    row(provider, "Ann Example").get_by_role("link", name="Ann Example").click()
    press(provider, "y")
    provider.keyboard.press("Enter")
    expect(provider.get_by_role("heading", name="Decided: Repeat injection")).to_be_visible()
    press(provider, "g", "t")
    row(provider, "Dev Example").get_by_role("link", name="Dev Example").click()
    provider.get_by_text("Decide otherwise").click()
    provider.get_by_label("Decision").select_option(label="Repeat injection")
    provider.get_by_role("button", name="Sign", exact=True).click()
    expect(provider.get_by_role("heading", name="Candidate for further testing")).to_be_visible()
    provider.get_by_label("Reason").fill("fell on the stairs that evening")
    provider.get_by_role("button", name="Sign", exact=True).click()
    expect(provider.get_by_role("heading", name="Decided: Repeat injection")).to_be_visible()


def _the_digest_is_printed_on_one_page(provider: Page, tmp_path: Path) -> None:
    press(provider, "g", "d")
    sheet = provider.locator("article.digest")
    expect(sheet).to_contain_text("my legs feel numb since last night")
    with provider.expect_download(timeout=60_000) as download:
        provider.get_by_role("link", name="PDF").click()
    file = tmp_path / "digest.pdf"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF-")
    if shutil.which("pdftotext") is None:
        missing("browser", "there is no pdftotext (poppler-utils) on this machine")
    words = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert words.count("\f") == 1, "one page"
    for name in PEOPLE:
        assert f"{name} Example" in words


def _all_of_it_is_on_record(admin: Page) -> None:
    admin.goto("/audit")
    record = admin.get_by_role("table")
    for action in (
        "settings.change",
        "roster.import",
        "alert.acknowledge",
        "answer.correct",
        "decision.sign",
    ):
        admin.goto(f"/audit?action={action}")
        expect(record.get_by_role("row").nth(1)).to_contain_text(action)
