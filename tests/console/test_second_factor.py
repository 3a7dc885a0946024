"""The second factor: set up with a phone, asked at each sign-in, each code good for one."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from followup.store import Store
from followup.store.models import Audit, RecoveryCode, StaffSession
from tests.console.front_door import PASSWORD, Browser, FrontDoor, said

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADMIN = "admin@harbor.example"
DESK = "desk@harbor.example"


def at_once(store: Store, now: datetime) -> FrontDoor:
    """A clinic that gives nobody time to set it up."""
    return FrontDoor(store, now, "enrol_days = 0")


def half_way(house: FrontDoor, email: str = DESK) -> Browser:
    browser = house.browser()
    assert browser.sign_in(email).headers["Location"] == "/sign-in/code"
    return browser


def test_with_a_phone_set_up_the_password_alone_opens_nothing(house: FrontDoor) -> None:
    phone, _ = house.enrol(house.inside(DESK))
    house.later(seconds=30)
    browser = half_way(house)
    for page in ("/staff", "/account", "/outcomes", "/account/second-factor"):
        assert browser.get(page).headers["Location"] == f"/sign-in?next={page}"
    assert browser.post("/sign-in/code", code=house.code(phone)).headers["Location"] == "/"
    assert browser.is_in()


def test_the_way_back_to_where_one_was_leads_through_the_code(house: FrontDoor) -> None:
    phone, _ = house.enrol(house.inside(DESK))
    house.later(seconds=30)
    browser = house.browser()
    step = browser.sign_in(DESK, page="/sign-in?next=/outcomes").headers["Location"]
    assert step == "/sign-in/code?next=/outcomes"
    assert browser.post(step, code=house.code(phone)).headers["Location"] == "/outcomes"


def test_a_code_works_once_and_so_does_every_one_before_it(house: FrontDoor) -> None:
    phone, _ = house.enrol(house.inside(DESK))
    used_to_enrol = house.code(phone)
    assert half_way(house).post("/sign-in/code", code=used_to_enrol).status_code == 401
    house.later(seconds=30)
    code = house.code(phone)
    assert half_way(house).post("/sign-in/code", code=f" {code[:3]} {code[3:]}").status_code == 302
    assert half_way(house).post("/sign-in/code", code=code).status_code == 401
    assert half_way(house).post("/sign-in/code", code=used_to_enrol).status_code == 401


@pytest.mark.parametrize(("steps", "answer"), [(-2, 401), (-1, 302), (1, 302), (2, 401)])
def test_a_phone_whose_clock_is_half_a_minute_off_still_opens(
    house: FrontDoor, steps: int, answer: int
) -> None:
    phone, _ = house.enrol(house.inside(DESK))
    house.later(minutes=5)
    assert half_way(house).post("/sign-in/code", code=house.code(phone, steps)).status_code == answer


@pytest.mark.parametrize(
    "code", ["", "000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "aaaa-bbbb-cccc-dddd", "'; --"]
)
def test_what_is_no_code_opens_nothing(house: FrontDoor, code: str) -> None:
    house.enrol(house.inside(DESK))
    browser = half_way(house)
    answer = browser.post("/sign-in/code", code=code)
    assert answer.status_code == 401
    assert "does not fit" in said(answer)
    assert not browser.is_in()


def test_a_recovery_code_stands_in_once_however_it_is_written(house: FrontDoor) -> None:
    _, paper = house.enrol(house.inside(DESK))
    assert len(set(paper)) == 10
    assert half_way(house).post("/sign-in/code", code=paper[0].upper().replace("-", " ")).status_code == 302
    assert half_way(house).post("/sign-in/code", code=paper[0]).status_code == 401
    browser = half_way(house)
    assert browser.post("/sign-in/code", code=paper[1]).status_code == 302
    assert "Recovery codes left: 8" in said(browser.get("/account"))
    with house.store.read() as session:
        kept = session.execute(text("SELECT code_hash FROM recovery_code")).scalars().all()
    assert not {code.replace("-", "") for code in paper} & set(kept)
    assert [row.detail for row in house.rows(Audit) if row.action == "sign_in.done"] == [
        "password", "recovery", "recovery",
    ]  # fmt: skip


def test_another_persons_recovery_code_opens_nothing(house: FrontDoor) -> None:
    _, paper = house.enrol(house.inside(DESK))
    house.enrol(house.inside("second@harbor.example"))
    assert half_way(house, "second@harbor.example").post("/sign-in/code", code=paper[0]).status_code == 401
    assert all(row.used_at is None for row in house.rows(RecoveryCode))


def test_new_recovery_codes_end_the_old_ones_and_need_the_password(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    _, old = house.enrol(browser)
    assert browser.post("/account/recovery-codes", password="not the password").status_code == 403
    assert browser.post("/account/recovery-codes", password=PASSWORD).status_code == 200
    assert half_way(house).post("/sign-in/code", code=old[0]).status_code == 401


def test_the_secret_is_sealed_and_the_picture_is_one_the_policy_lets_through(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    phone = house.phone(browser)
    picture = browser.get("/account/second-factor.svg")
    assert picture.mimetype == "image/svg+xml"
    drawing = ElementTree.fromstring(picture.data)
    assert not [
        part for part in drawing.iter() if part.tag.endswith(("script", "style")) or "style" in part.attrib
    ]
    assert "'none'" in picture.headers["Content-Security-Policy"]
    with house.store.read() as session:
        sealed = bytes(session.execute(text("SELECT totp_next FROM staff")).scalar_one())
    assert phone.secret.encode() not in sealed
    assert phone.secret not in said(browser.get("/account"))


def test_a_second_phone_needs_the_password_and_signs_out_elsewhere(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    phone, _ = house.enrol(browser)
    house.later(seconds=30)
    elsewhere = half_way(house)
    elsewhere.post("/sign-in/code", code=house.code(phone))
    assert elsewhere.is_in()
    house.later(seconds=30)
    new = house.phone(browser)
    assert new.secret != phone.secret
    wrong = browser.post("/account/second-factor", code=house.code(new), password="not the password")
    assert wrong.status_code == 403
    house.later(seconds=30)
    assert house.code(phone) != house.code(new)
    assert (
        half_way(house).post("/sign-in/code", code=house.code(phone)).status_code == 302
    )  # still the old one
    house.later(seconds=30)
    assert browser.post("/account/second-factor", code=house.code(new), password=PASSWORD).status_code == 200
    assert browser.is_in()
    assert not elsewhere.is_in()


def test_a_role_that_must_have_one_gets_no_further_without(store: Store, now: datetime) -> None:
    house = at_once(store, now)
    house.person(ADMIN, "admin")
    browser = house.browser()
    assert browser.sign_in(ADMIN).headers["Location"] == "/sign-in/second-factor"
    for page in ("/staff", "/account", "/outcomes", "/account/second-factor"):
        assert browser.get(page).headers["Location"] == f"/sign-in?next={page}"
    assert browser.post("/sign-in/code", code="000000").status_code == 400
    phone = house.phone(browser, "/sign-in/second-factor")
    assert browser.get("/sign-in/second-factor.svg").mimetype == "image/svg+xml"
    assert browser.post("/sign-in/second-factor", code="000000").status_code == 401
    assert not browser.is_in()
    answer = browser.post("/sign-in/second-factor", code=house.code(phone))
    assert said(answer).count("<li><code>") == 10
    assert browser.is_in()
    house.close()


def test_the_front_desk_is_asked_for_one_only_where_the_clinic_says_so(store: Store, now: datetime) -> None:
    house = FrontDoor(store, now, 'enrol_days = 0\nsecond_factor = ["frontdesk"]')
    house.person(DESK)
    house.person(ADMIN, "admin")
    assert house.browser().sign_in(DESK).headers["Location"] == "/sign-in/second-factor"
    assert house.browser().sign_in(ADMIN).headers["Location"] == "/"
    house.close()


def test_a_week_is_given_from_the_first_sign_in_on(house: FrontDoor) -> None:
    house.inside(ADMIN, "admin")
    house.later(days=5)
    again = house.browser()
    assert again.sign_in(ADMIN).headers["Location"] == "/"
    assert "Your clinic asks for one from Mon 16 Mar 14:30 on." in said(again.get("/account"))
    house.later(days=2)
    assert house.browser().sign_in(ADMIN).headers["Location"] == "/sign-in/second-factor"


def test_half_way_in_lasts_ten_minutes(house: FrontDoor) -> None:
    phone, _ = house.enrol(house.inside(DESK))
    house.later(seconds=30)
    browser = half_way(house)
    house.later(minutes=11)
    assert browser.get("/sign-in/code").headers["Location"] == "/sign-in"
    token = browser.token()
    assert (
        browser.client.post(
            "/sign-in/code", data={"csrf_token": token, "code": house.code(phone)}
        ).status_code
        == 302
    )
    assert not browser.is_in()
    assert [row.stage for row in house.rows(StaffSession)] == ["in", "factor"]


def test_five_wrong_codes_shut_the_door_to_the_right_one(house: FrontDoor) -> None:
    phone, paper = house.enrol(house.inside(DESK))
    house.later(seconds=30)
    browser = half_way(house)
    for _ in range(5):
        assert browser.post("/sign-in/code", code="000000").status_code == 401
    for code in (house.code(phone), paper[0]):
        assert browser.post("/sign-in/code", code=code).status_code == 429
    house.later(minutes=1, seconds=1)
    assert browser.post("/sign-in/code", code=house.code(phone)).status_code == 302
