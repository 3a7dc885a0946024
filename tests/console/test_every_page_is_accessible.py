"""axe on every page a person can see, by all its rules: light and dark, at a desk's width and a phone's.

Pages are taken from the app's own addresses, so that a new one cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from followup.console.accounts import add_staff, invite_staff
from followup.console.links import make_link
from followup.intake.clinics import set_clinic
from followup.store.models import Clinic, Staff
from tests.browsers import open_page, press, sign_in, wrongs
from tests.clinic_day import HEADER as CLINIC_HEADER
from tests.clinic_day import ClinicDay
from tests.console.every_page import OUTSIDE, PAGES, pages_nobody_walks
from tests.console.front_door import PINE
from tests.console.test_schedule_pages import HEADER

pytestmark = pytest.mark.browser
PASSWORD = "long enough to be safe"
DESK, PHONE, ZOOMED = (1280, 900), (390, 844), (640, 800)  # zoomed: a desk's width at 200 %
ROSTER = f"""{HEADER}
p1041,Ann,Abbot,+12025550201,proc1,2026-03-09 09:12,6,yes
C1,Ana,Ruiz,+12025550301,P1,2026-03-09 09:00,8,yes
C2,Ben,Kane,555,P2,2026-03-09 10:00,7,yes
"""


@pytest.fixture(scope="module")
def staffed(busy: ClinicDay) -> ClinicDay:
    """The busy day with somebody at each step of signing in, and a person in two clinics."""
    busy.app.config["SESSION_COOKIE_SECURE"] = False  # the test has no certificate
    now = busy.clock()
    busy.roster(f"p2001,Anna,Abbott,,proc21,{now:%Y-%m-%d} 09:00,8,bupivacaine,en", header=CLINIC_HEADER)
    with busy.store.write() as session:
        set_clinic(session, PINE, now)
        clinics = {clinic.code: clinic for clinic in session.exec(select(Clinic))}
        harbor = clinics["harbor"]
        for role in ("frontdesk", "provider", "admin"):
            add_staff(session, harbor, f"{role}@harbor.example", role, PASSWORD, now)
        for clinic in clinics.values():
            add_staff(session, clinic, "two@harbor.example", "frontdesk", PASSWORD, now)
        add_staff(
            session, harbor, "phone@harbor.example", "frontdesk", PASSWORD, now
        ).totp = pyotp.random_base32()
        late = add_staff(session, harbor, "late@harbor.example", "admin", PASSWORD, now)
        late.factor_due_at = now - timedelta(days=1)
        invite_staff(session, harbor, "new@harbor.example", "provider", now)
        gone = add_staff(session, harbor, "gone@harbor.example", "frontdesk", PASSWORD, now)
        gone.active = False
    return busy


def page_of(chromium: Browser, day: ClinicDay, who: str = "") -> Page:
    page = open_page(chromium, [], day.carrier.webhooks.deliver_to)
    if who:
        sign_in(page, f"{who}@harbor.example", PASSWORD)
    return page


def give_password(page: Page, who: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{who}@harbor.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def look(page: Page, where: str) -> list[str]:
    """What is wrong with the page as it stands: axe in both schemes and widths, and what sticks out."""
    found = []
    for scheme, (width, height) in (("light", DESK), ("dark", DESK), ("dark", PHONE)):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += wrongs(page, f"{where}, {scheme}, {width} px")
    for width, height in (PHONE, ZOOMED):
        page.set_viewport_size({"width": width, "height": height})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{where}: {over} px wider than {width} px")
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found


def walk(page: Page, addresses: Iterator[str] | tuple[str, ...], status: int = 200) -> list[str]:
    found = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == status, address
        found += look(page, address)
    return found


def test_no_page_is_forgotten(quick: ClinicDay) -> None:
    assert pages_nobody_walks(quick.app) == []


@pytest.mark.parametrize("half", [0, 1])
def test_axe_finds_nothing_wrong_on_any_page(staffed: ClinicDay, chromium: Browser, half: int) -> None:
    addresses = [address for some in PAGES.values() for address in some]
    assert walk(page_of(chromium, staffed, "admin"), tuple(addresses[half::2])) == []


def test_axe_finds_nothing_wrong_where_others_see_more_than_an_admin(
    staffed: ClinicDay, chromium: Browser
) -> None:
    found = walk(page_of(chromium, staffed, "provider"), ("/", "/patients/1", "/patients/12"))
    desk = page_of(chromium, staffed, "frontdesk")
    found += walk(desk, ("/patients/1",))
    found += walk(desk, ("/settings", "/staff"), status=403)
    found += walk(desk, ("/patients/9999", "/no-such-page"), status=404)
    desk.goto("/?only=call")
    press(desk, "j", "o")
    expect(desk.get_by_label("Usual pain now, 0 to 10")).to_be_visible()
    found += look(desk, "a row that is open")
    desk.get_by_role("button", name="Put back").click()
    expect(desk.get_by_label("Usual pain now, 0 to 10")).to_have_count(0)
    assert found == []


def test_axe_finds_nothing_wrong_on_what_a_form_leads_to(staffed: ClinicDay, chromium: Browser) -> None:
    page, found = page_of(chromium, staffed, "admin"), []
    for asked, status in (("ann", "2 patients"), ("nobody at all", "Nobody found.")):
        press(page, "/")
        page.keyboard.type(asked)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text=status)).to_be_visible()
        found += look(page, f"a search: {status}")
    page.goto("/schedule/import")
    for roster, heading in ((ROSTER, "What this roster will change"), ("no,roster\n", "Import a roster")):
        page.set_input_files("#roster", {"name": "r.csv", "mimeType": "text/csv", "buffer": roster.encode()})
        page.get_by_role("button", name="Look at it").click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        found += look(page, f"the roster: {heading}")
        page.goto("/schedule/import")
    page.goto("/settings/clinic")
    page.get_by_label("Number patients are told to call").fill("555")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="There is something to put right")).to_be_visible()
    found += look(page, "a setting that is wrong")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    found += look(page, "the keys")
    assert found == []


def test_axe_finds_nothing_wrong_on_the_way_in(staffed: ClinicDay, chromium: Browser) -> None:
    with staffed.store.write() as session:
        invited = next(one for one in session.exec(select(Staff)) if one.email.startswith("new@"))
        _link, token = make_link(session, invited, "invite", staffed.clock())
    assert set(OUTSIDE) == {
        "sign_in", "forgotten", "choose_password", "choose_clinic", "ask_code", "enrol_first"
    }  # fmt: skip
    page = page_of(chromium, staffed)
    found = walk(page, ("/sign-in", "/forgotten", f"/link/{token}"))
    found += walk(page, ("/link/no-such-link",), status=410)
    found += walk(page, ("/no-such-page",), status=404)
    give_password(page, "nobody")
    expect(page.get_by_role("alert")).to_be_visible()
    found += look(page, "a wrong password")
    for who, heading in (("two", "clinic"), ("phone", "Second factor"), ("late", "second factor")):
        page = page_of(chromium, staffed)
        give_password(page, who)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        found += look(page, f"half-way in: {who}")
    key = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("The six digits it shows").fill(pyotp.TOTP(key).at(staffed.clock()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    found += look(page, "recovery codes")
    assert found == []
