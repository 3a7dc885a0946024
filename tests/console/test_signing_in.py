"""E-mail and password at the door: who comes in, and what those who do not can learn from it."""

from __future__ import annotations

from typing import Any

import argon2
import pytest
from sqlmodel import select

from followup.console import passwords
from followup.console.accounts import AccountError, add_staff
from followup.intake.clinics import set_clinic
from followup.store.models import Audit, Clinic, Staff, StaffSession
from tests.console.front_door import PASSWORD, PINE, FrontDoor, said

# Nothing here depends on the engine below; what does is in test_tries.py and test_second_factor.py.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DESK = "desk@harbor.example"
WRONG = "That e-mail and password do not belong together."


def test_the_right_password_opens_and_the_address_may_be_written_in_capitals(house: FrontDoor) -> None:
    house.person(DESK)
    browser = house.browser()
    assert browser.sign_in(" Desk@Harbor.EXAMPLE ").headers["Location"] == "/"
    assert browser.is_in()


def test_after_signing_in_one_is_where_one_was(house: FrontDoor) -> None:
    house.person(DESK)
    browser = house.browser()
    sent = browser.get("/outcomes?weeks=4").headers["Location"]
    assert sent == "/sign-in?next=/outcomes?weeks%3D4"
    assert browser.sign_in(DESK, page=sent).headers["Location"] == "/outcomes?weeks=4"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:x"],
)
def test_signing_in_never_leads_to_another_site(house: FrontDoor, target: str) -> None:
    house.person(DESK)
    browser = house.browser()
    answer = browser.client.post(
        "/sign-in",
        query_string={"next": target},
        data={"email": DESK, "password": PASSWORD, "csrf_token": browser.token()},
    )
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_an_unknown_address_and_a_closed_account_get_one_answer(house: FrontDoor) -> None:
    house.person(DESK)
    gone = house.person("gone@harbor.example")
    with house.store.write() as session:
        session.get_one(Staff, gone).active = False
    answers = [
        house.browser().sign_in(email, password)
        for email, password in ((DESK, "not the password"), ("nobody@harbor.example", PASSWORD),
                                ("gone@harbor.example", PASSWORD), (DESK, ""), ("", ""))
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {401}
    without_token = {said(answer).partition('value="')[0] for answer in answers}
    assert len(without_token) == 1
    assert all(WRONG in said(answer) for answer in answers)


@pytest.mark.parametrize("accounts", [0, 1, 2])
def test_as_much_is_hashed_for_an_address_nobody_has_as_for_one_of_two_clinics(
    house: FrontDoor, monkeypatch: pytest.MonkeyPatch, accounts: int
) -> None:
    """Work done, not time taken: a clock in a test would tell of the machine and not of us."""
    with house.store.write() as session:
        set_clinic(session, PINE, house.clock())
    for code in ("harbor", "pine")[:accounts]:
        house.person(DESK, code=code)
    house.browser().sign_in("somebody@harbor.example")  # nobody's hash is made once, at first use
    checked: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: Any, hashed: str, password: str) -> bool:
        checked.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    assert house.browser().sign_in(DESK, "not the password").status_code == 401
    assert len(checked) == 3


def test_one_address_and_password_in_two_clinics_asks_which(house: FrontDoor) -> None:
    with house.store.write() as session:
        set_clinic(session, PINE, house.clock())
    house.person(DESK)
    pine = house.person(DESK, "provider", code="pine")
    other = house.person("other@harbor.example")
    browser = house.browser()
    assert browser.sign_in(DESK).headers["Location"] == "/sign-in/clinic"
    page = said(browser.get("/sign-in/clinic"))
    assert "Harbor Spine Clinic" in page
    assert "Pine Spine Clinic" in page
    assert not browser.is_in()
    assert browser.post("/sign-in/clinic", account=other).status_code == 400  # not one that fitted
    assert browser.post("/sign-in/clinic", account=pine).headers["Location"] == "/"
    assert "Pine Spine Clinic" in said(browser.get("/account"))


def test_with_a_password_of_its_own_each_clinic_is_entered_by_that(house: FrontDoor) -> None:
    with house.store.write() as session:
        set_clinic(session, PINE, house.clock())
    house.person(DESK)
    house.person(DESK, code="pine", password="another four words here")
    browser = house.browser()
    assert browser.sign_in(DESK, "another four words here").headers["Location"] == "/"
    assert "Pine Spine Clinic" in said(browser.get("/account"))


@pytest.mark.usefixtures("real_hashes")
def test_a_hash_made_with_older_parameters_is_made_anew(house: FrontDoor) -> None:
    staff = house.person(DESK)
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with house.store.write() as session:
        session.get_one(Staff, staff).password_hash = old
    assert house.browser().sign_in(DESK, "not the password").status_code == 401
    assert house.staff(staff).password_hash == old
    assert house.browser().sign_in(DESK).status_code == 302
    assert "m=19456,t=2,p=1" in house.staff(staff).password_hash
    assert house.browser().sign_in(DESK).status_code == 302


def test_the_token_in_the_cookie_is_new_at_each_step_and_not_in_the_database(house: FrontDoor) -> None:
    """A cookie slipped into a browser before signing in must be worth nothing after."""
    house.person(DESK)
    browser = house.browser()
    browser.get("/sign-in")
    planted = browser.cookie()
    browser.sign_in(DESK)
    thief = house.browser()
    thief.steal(planted)
    assert browser.is_in()
    assert not thief.is_in()
    with browser.client.session_transaction() as held:
        token = held["token"]
    assert token not in house.rows(StaffSession)[0].token_hash


def test_the_record_tells_who_came_in_and_who_was_refused(house: FrontDoor) -> None:
    house.person(DESK)
    house.browser().sign_in(DESK, "not the password")
    house.browser().sign_in("nobody@harbor.example")
    house.browser().sign_in(DESK)
    assert [(row.action, row.clinic_id, row.staff_id, row.subject_id) for row in house.rows(Audit)] == [
        ("sign_in.refused", 1, None, 1),
        ("sign_in.refused", None, None, None),
        ("sign_in.done", 1, 1, 1),
    ]


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("x" * 201, "at most 200"),
        ("abababababab", "easy to guess"),
        ("desk-harbor-1", "easy"),
        ("Password2026!", "easy"),
        ("passwordpassword1", "easy"),
        ("123456789012", "easy"),
    ],
)
def test_a_password_that_will_not_do_makes_no_account(house: FrontDoor, password: str, why: str) -> None:
    with house.store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        with pytest.raises(AccountError, match=why):
            add_staff(session, clinic, DESK, "frontdesk", password, house.clock())
    assert house.rows(Staff) == []


def test_a_password_of_a_megabyte_is_not_hashed(house: FrontDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    house.person(DESK)
    longest: list[int] = []
    verify = argon2.PasswordHasher.verify

    def measured(self: Any, hashed: str, password: str) -> bool:
        longest.append(len(password))
        return verify(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", measured)
    assert house.browser().sign_in(DESK, "x" * 100_000).status_code == 401
    assert max(longest) <= passwords.LONGEST


def test_a_flood_of_passwords_leaves_the_web_its_threads(
    house: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are checked at once; who would wait too long is told so, and the door to patients stays open."""
    monkeypatch.setattr(passwords, "_PATIENCE", 0.01)
    house.person(DESK)
    with passwords._turn(), passwords._turn():
        assert house.browser().sign_in(DESK).status_code == 429
        assert house.browser().get("/healthz").status_code == 200
    assert house.browser().sign_in(DESK).status_code == 302


def test_another_password_from_the_command_line_signs_out(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    house.person(DESK)  # the same again changes nothing
    assert browser.is_in()
    house.person(DESK, password="another four words here")
    assert not browser.is_in()
