"""The sign-in as a person meets it, in Chromium: a phone is set up, the session warns before it ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from followup.store import Store
from tests.browsers import open_page, wrongs
from tests.console.front_door import PASSWORD, FrontDoor

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
ADMIN = "admin@harbor.example"


@pytest.fixture
def strict(store: Store, now: datetime) -> Iterator[tuple[FrontDoor, str]]:
    """A clinic that insists on the second factor at once, and the address it answers at."""
    house = FrontDoor(store, now, "enrol_days = 0", public_url="http://127.0.0.1:8000")
    house.person(ADMIN, "admin")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield house, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    house.close()


@pytest.fixture
def trouble() -> Iterator[list[str]]:
    """What the browser complains of: an inline style or script would be refused, and said here."""
    said: list[str] = []
    yield said
    assert [words for words in said if "401" not in words] == []


@pytest.fixture
def page(trouble: list[str], chromium: Browser) -> Iterator[Page]:
    page = open_page(chromium, trouble)
    yield page
    page.context.close()


@pytest.fixture
def is_accessible(page: Page) -> Callable[[], None]:
    """Ask axe, in light and in dark."""

    def ask() -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            assert wrongs(page, f"{page.url} {scheme}") == []

    return ask


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/staff")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_a_phone_is_set_up_and_from_then_on_asked_for(
    strict: tuple[FrontDoor, str], page: Page, is_accessible: Callable[[], None]
) -> None:
    house, address = strict
    page.goto(f"{address}/forgotten")
    is_accessible()
    sign_in(page, address)
    picture = page.get_by_role("img", name="QR code with the key below")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
    is_accessible()
    phone = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    page.get_by_label("The six digits it shows").fill(house.code(phone))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    is_accessible()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Staff", exact=True)).to_be_visible()  # where one wanted to go
    is_accessible()
    page.goto(f"{address}/account")
    is_accessible()
    page.locator("details.me summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()

    house.later(seconds=30)
    sign_in(page, address)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    is_accessible()
    page.get_by_label("Code").fill(house.code(phone))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Staff", exact=True)).to_be_visible()
    assert page.url == f"{address}/staff"


def test_before_the_session_ends_one_can_stay_and_after_it_one_comes_back(
    strict: tuple[FrontDoor, str], page: Page, is_accessible: Callable[[], None]
) -> None:
    house, address = strict
    house.person("desk@harbor.example")
    page.clock.install()
    page.goto(f"{address}/digest/2026-03-10")
    page.get_by_label("E-mail").fill("desk@harbor.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/digest/2026-03-10")
    page.wait_for_load_state()
    warning = page.get_by_role("dialog", name="You will be signed out")

    def later(seconds: int) -> None:
        """On the server and in the browser; between two polls: a jump over one under way is its timeout."""
        expect(page.locator(".htmx-request")).to_have_count(0)
        house.later(seconds=seconds)
        page.clock.fast_forward(seconds * 1000)

    later(18 * 60 + 10)
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("1:4")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    is_accessible()
    page.keyboard.press("Enter")
    expect(warning).to_be_hidden()
    later(10 * 60)
    page.clock.run_for(2000)
    expect(warning).to_be_hidden()
    later(8 * 60 + 10)
    expect(warning).to_be_visible()
    later(3 * 60)
    expect(page.get_by_label("E-mail")).to_be_visible()
    page.get_by_label("E-mail").fill("desk@harbor.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/digest/2026-03-10")
