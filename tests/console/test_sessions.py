"""How long one stays signed in, and where; how a session ends: by itself, by its owner, by an admin."""

from __future__ import annotations

import re

import pytest

from followup.store.models import Audit, Staff, StaffSession
from tests.console.front_door import PASSWORD, FrontDoor, said

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DESK = "desk@harbor.example"
ADMIN = "admin@harbor.example"


def test_twenty_idle_minutes_end_a_session_and_work_in_between_does_not(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    for _ in range(3):
        house.later(minutes=19)
        assert browser.is_in()
    house.later(minutes=20)
    assert browser.get("/outcomes").headers["Location"] == "/sign-in?next=/outcomes"


def test_what_a_page_asks_for_by_itself_is_not_work(house: FrontDoor) -> None:
    """A worklist left open over night asks every few seconds; that must not keep the door open."""
    browser = house.inside(DESK)
    for _ in range(4):
        house.later(minutes=4)
        assert browser.get("/strip").status_code == 200
        assert browser.get("/account/session").status_code == 200
    assert browser.get("/account/session").get_data(as_text=True) == "240"
    house.later(minutes=4)
    assert browser.get("/strip").status_code == 302


@pytest.mark.parametrize("page", ["/", "/digest/2026-03-10", "/account", "/outcomes"])
def test_whatever_a_page_asks_for_again_and_again_is_marked_as_not_a_person(
    house: FrontDoor, page: str
) -> None:
    """A new poll without `@asked_by_the_page` would keep every session alive for ten hours."""
    words = said(house.inside(DESK).get(page))
    polls = [tag for tag in re.findall(r"<[^>]+>", words) if re.search(r'hx-trigger="[^"]*every', tag)]
    assert polls
    for tag in polls:
        url = re.search(r'hx-get="([^"?]+)', tag)
        assert url
        endpoint, _ = house.app.url_map.bind("").match(url[1])
        assert hasattr(house.app.view_functions[endpoint], "asked_by_the_page"), endpoint


def test_ten_hours_end_it_however_busy_one_is(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    for _ in range(39):
        house.later(minutes=15)
        assert browser.is_in()
    house.later(minutes=10)
    assert browser.post("/account/session").get_data(as_text=True) == "300"  # staying does not help any more
    house.later(minutes=5)
    assert not browser.is_in()


def test_the_page_knows_how_long_it_has_and_staying_starts_the_time_anew(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    house.later(minutes=18)
    assert browser.get("/account/session").get_data(as_text=True) == "120"
    assert browser.post("/account/session").get_data(as_text=True) == "1200"
    page = said(browser.get("/account"))
    assert 'data-session-left="1200"' in page
    assert 'id="session-ends"' in page
    assert "session.js" in page


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in_and_back(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    house.later(minutes=21)
    answer = browser.client.get(
        "/strip",
        headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/digest/2026-03-10?a=1"},
    )
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/digest/2026-03-10?a%3D1"


def test_a_form_posted_too_late_leads_back_to_its_page(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    token = browser.token()
    house.later(minutes=21)
    answer = browser.client.post(
        "/cases/1/close", data={"csrf_token": token, "end": "reached", "back": "/digest/2026-03-10"}
    )
    assert answer.headers["Location"] == "/sign-in?next=/digest/2026-03-10"


def test_signing_out_ends_the_session_and_not_only_the_cookie(house: FrontDoor) -> None:
    browser, thief = house.inside(DESK), house.browser()
    thief.steal(browser.cookie())
    assert thief.is_in()
    assert browser.post("/sign-out").headers["Location"] == "/sign-in"
    assert not browser.is_in()
    assert not thief.is_in()
    assert house.rows(StaffSession)[0].ended_how == "out"


def test_signing_in_as_somebody_else_ends_the_session_that_was_there(house: FrontDoor) -> None:
    browser, thief = house.inside(DESK), house.browser()
    thief.steal(browser.cookie())
    house.person(ADMIN, "admin")
    assert browser.sign_in(ADMIN).headers["Location"] == "/"
    assert "admin" in said(browser.get("/account"))
    assert not thief.is_in()


def test_a_stolen_cookie_is_worth_nothing_once_its_owner_ends_it_from_elsewhere(house: FrontDoor) -> None:
    at_work = house.inside(DESK)
    thief = house.browser("203.0.113.66")
    thief.steal(at_work.cookie())
    assert thief.is_in()
    at_home = house.browser("198.51.100.1", **{"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    at_home.sign_in(DESK)
    page = said(at_home.get("/account"))
    assert "Firefox on Windows" in page
    assert "192.0.2.1" in page  # where the other one was opened
    found = re.search(r"/account/sessions/(\d+)/end", page)
    assert found
    at_home.post(found[0])
    assert not thief.is_in()
    assert not at_work.is_in()
    assert at_home.is_in()


def test_nobody_ends_a_session_of_somebody_else_by_its_number(house: FrontDoor) -> None:
    desk = house.inside(DESK)
    other = house.inside("other@harbor.example", "provider")
    number = house.rows(StaffSession)[0].id
    other.post(f"/account/sessions/{number}/end")
    assert desk.is_in()


def test_a_new_password_signs_out_everywhere_else_and_changes_the_token_here(house: FrontDoor) -> None:
    browser, elsewhere, thief = house.inside(DESK), house.browser(), house.browser()
    elsewhere.sign_in(DESK)
    thief.steal(browser.cookie())
    new = "another four words here"
    assert browser.post("/account/password", password="not the password", new=new).status_code == 403
    assert browser.post("/account/password", password=PASSWORD, new="short").status_code == 400
    assert elsewhere.is_in()
    assert browser.post("/account/password", password=PASSWORD, new=new).headers["Location"] == "/account"
    assert browser.is_in()
    assert not elsewhere.is_in()
    assert not thief.is_in()
    assert house.browser().sign_in(DESK).status_code == 401
    assert house.browser().sign_in(DESK, new).status_code == 302


def test_signing_out_everywhere_else_leaves_this_one(house: FrontDoor) -> None:
    browser, elsewhere = house.inside(DESK), house.browser()
    elsewhere.sign_in(DESK)
    browser.post("/account/sessions/end")
    assert browser.is_in()
    assert not elsewhere.is_in()


@pytest.mark.parametrize("action", ["off", "sessions", "role", "factor"])
def test_what_an_admin_changes_of_an_account_ends_its_sessions_at_once(house: FrontDoor, action: str) -> None:
    desk, admin = house.inside(DESK), house.inside(ADMIN, "admin")
    staff = next(one.id for one in house.rows(Staff) if one.email == DESK)
    assert admin.post(f"/staff/{staff}/{action}", role="provider").headers["Location"] == "/staff"
    assert not desk.is_in()
    assert admin.is_in()
    assert house.browser().sign_in(DESK).status_code == (401 if action == "off" else 302)


def test_a_cookie_made_with_another_key_opens_nothing(house: FrontDoor) -> None:
    from flask.sessions import SecureCookieSessionInterface

    browser = house.inside(DESK)
    with browser.client.session_transaction() as held:
        token = held["token"]
    house.app.secret_key = "another key of sixteen"
    forged = SecureCookieSessionInterface().get_signing_serializer(house.app)
    assert forged is not None
    made = forged.dumps({"token": token, "_user_id": "1"})
    house.app.secret_key = house.settings.secret_key
    thief = house.browser()
    thief.steal(made)
    assert not thief.is_in()


def test_a_cookie_of_the_days_before_opens_nothing(house: FrontDoor) -> None:
    """Flask-Login's own key of the account's number: whoever still has such a cookie signs in anew."""
    house.person(DESK)
    browser = house.browser()
    with browser.client.session_transaction() as held:
        held["_user_id"] = "1"
        held["token"] = 1
    assert not browser.is_in()


def test_every_end_is_on_record(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    browser.post("/account/sessions/end")
    browser.post("/sign-out")
    assert [row.action for row in house.rows(Audit)] == ["sign_in.done", "session.end_all", "sign_out.done"]
