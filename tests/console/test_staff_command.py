"""`followup staff`: the first account, and the way back in for whoever has shut themselves out."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from followup.cli import followup
from followup.store.models import Audit
from tests.conftest import KEY
from tests.console.front_door import FrontDoor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DESK = "desk@harbor.example"


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FOLLOWUP_KEYS", base64.urlsafe_b64encode(KEY).decode())
    monkeypatch.setenv("PUBLIC_URL", "https://followup.example")

    def staff(*words: str) -> Result:
        return CliRunner().invoke(followup, ["staff", *words])

    return staff


def test_a_printed_password_opens_the_door(house: FrontDoor, run: Callable[..., Result]) -> None:
    made = run("add", DESK, "--clinic", "harbor", "--role", "frontdesk")
    found = re.search(r"Password: (\S+)", made.output)
    assert found
    assert house.browser().sign_in(DESK, found[1]).status_code == 302
    assert house.rows(Audit)[0].action == "staff.add"
    assert house.rows(Audit)[0].staff_id is None  # the command line


def test_a_printed_invitation_works_once(house: FrontDoor, run: Callable[..., Result]) -> None:
    made = run("add", DESK, "--clinic", "harbor", "--role", "frontdesk", "--invite")
    found = re.search(r"https://followup\.harbor\.example(/link/\S+)", made.output)
    assert found
    browser = house.browser()
    assert browser.post(found[1], password="four words nobody knows").status_code == 302
    assert browser.sign_in(DESK, "four words nobody knows").status_code == 302
    assert run("list").output == f"{DESK}\tfrontdesk\ton\t-\n"


def test_a_lost_phone_and_a_lost_password_are_mended_from_the_machine(
    house: FrontDoor, run: Callable[..., Result]
) -> None:
    browser = house.inside("admin@harbor.example", "admin")
    house.enrol(browser)
    shown = run("link", "admin@harbor.example", "--lost-phone")
    path = shown.output.strip().removeprefix("https://followup.harbor.example")
    assert not browser.is_in()
    stranger = house.browser()
    assert stranger.post(path, password="four words nobody knows").status_code == 302
    house.later(days=400)  # the command has the machine's own clock
    answer = stranger.sign_in("admin@harbor.example", "four words nobody knows")
    assert answer.headers["Location"] == "/sign-in/second-factor"


def test_an_account_is_shut_from_the_machine(house: FrontDoor, run: Callable[..., Result]) -> None:
    browser = house.inside(DESK)
    assert run("off", DESK).exit_code == 0
    assert not browser.is_in()
    assert run("off", DESK).exit_code == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "nobody", "--clinic", "harbor", "--role", "admin"), "not an e-mail address"),
        (("add", DESK, "--clinic", "pine", "--role", "admin"), "no clinic 'pine'"),
        (("link", "nobody@harbor.example"), "Nobody with this address"),
    ],
)
def test_what_is_wrong_gets_one_sentence(
    house: FrontDoor, run: Callable[..., Result], words: tuple[str, ...], why: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert why in result.output
    assert len(result.output.strip().splitlines()) == 1
