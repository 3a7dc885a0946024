"""Too many tries: counted in the database, so that neither a restart nor a second process forgets them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from followup import limits
from followup.console import factor
from followup.console.links import find_link, make_link, use_link
from followup.store import Store, open_store
from followup.store.models import Staff
from tests.console.front_door import PASSWORD, FrontDoor, said

DESK = "desk@harbor.example"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def wrong(house: FrontDoor, email: str, address: str, times: int) -> list[int]:
    browser = house.browser(address)
    return [browser.sign_in(email, "not the password").status_code for _ in range(times)]


@ON_SQLITE
def test_five_wrong_passwords_shut_the_account_for_a_minute_even_to_the_right_one(house: FrontDoor) -> None:
    house.person(DESK)
    assert wrong(house, DESK, "192.0.2.1", 6) == [401] * 5 + [429]
    elsewhere = house.browser("198.51.100.1")
    answer = elsewhere.sign_in(DESK)
    assert answer.status_code == 429
    assert "Too many tries. Please wait 1 minute" in said(answer)
    assert int(answer.headers["Retry-After"]) in range(1, 62)
    house.later(minutes=1)
    assert elsewhere.sign_in(DESK).status_code == 302


@ON_SQLITE
def test_each_further_try_shuts_it_for_twice_as_long_up_to_a_quarter_of_an_hour(house: FrontDoor) -> None:
    house.person(DESK)
    wrong(house, DESK, "192.0.2.1", 5)
    for minutes in (1, 2, 4, 8, 15, 15):
        house.later(minutes=minutes, seconds=-1)
        assert wrong(house, DESK, "192.0.2.1", 1) == [429]
        house.later(seconds=1)
        assert wrong(house, DESK, "192.0.2.1", 1) == [401]


@ON_SQLITE
def test_an_address_nobody_has_is_shut_in_the_same_way(house: FrontDoor) -> None:
    """Otherwise the sixth try would tell who works here."""
    house.person(DESK)
    assert wrong(house, DESK, "192.0.2.1", 7) == wrong(house, "nobody@harbor.example", "192.0.2.2", 7)


@ON_SQLITE
def test_the_right_password_forgets_the_wrong_ones(house: FrontDoor) -> None:
    house.person(DESK)
    for _ in range(3):
        assert wrong(house, DESK, "192.0.2.1", 4) == [401] * 4
        assert house.browser().sign_in(DESK).status_code == 302


@ON_SQLITE
def test_a_stranger_cannot_shut_out_somebody_who_was_in_before(house: FrontDoor) -> None:
    """Otherwise a front desk could be kept from its warnings by whoever knows its address."""
    mine = house.inside(DESK)
    mine.post("/sign-out")
    assert wrong(house, DESK, "203.0.113.66", 6)[-1] == 429
    assert house.browser().sign_in(DESK).status_code == 429
    assert mine.sign_in(DESK).status_code == 302
    mine.post("/sign-out")
    assert [mine.sign_in(DESK, "not the password").status_code for _ in range(6)] == [401] * 5 + [429]


@ON_SQLITE
def test_the_mark_of_a_known_browser_opens_nothing_and_cannot_be_made(house: FrontDoor) -> None:
    mine = house.inside(DESK)
    mark = mine.client.get_cookie("followup_browser", path="/sign-in")
    assert mark is not None
    assert mark.http_only
    other = house.person("other@harbor.example")
    assert other
    assert wrong(house, "other@harbor.example", "203.0.113.66", 5) == [401] * 5
    thief = house.browser("203.0.113.66")
    for value in (mark.value, "forged", "W10.a.b"):
        thief.client.set_cookie("followup_browser", value, path="/sign-in")
        assert not thief.is_in()
        assert thief.sign_in("other@harbor.example").status_code == 429  # it is of another account


@ON_SQLITE
@pytest.mark.parametrize(("proxies", "last"), [(0, 401), (1, 429)])
def test_one_address_that_stands_for_everybody_is_not_shut(
    store: Store, now: datetime, proxies: int, last: int
) -> None:
    """Behind an https server nobody told us of, a stranger's tries would shut the door to all."""
    house = FrontDoor(store, now, proxies=proxies)
    codes = [wrong(house, f"guess{n}@harbor.example", "127.0.0.1", 1)[0] for n in range(31)]
    assert codes[-1] == last
    house.close()


@ON_SQLITE
def test_one_place_that_tries_many_accounts_is_shut_and_others_are_not(house: FrontDoor) -> None:
    house.person(DESK)
    codes = [wrong(house, f"guess{n}@harbor.example", "192.0.2.66", 1)[0] for n in range(32)]
    assert codes == [401] * 30 + [429] * 2
    assert house.browser("192.0.2.66").sign_in(DESK).status_code == 429
    assert house.browser("192.0.2.7").sign_in(DESK).status_code == 302


@ON_SQLITE
def test_a_whole_clinic_behind_one_address_can_sign_in_of_a_morning(house: FrontDoor) -> None:
    house.person(DESK)
    assert {house.browser().sign_in(DESK).status_code for _ in range(40)} == {302}


@ON_SQLITE
def test_a_thief_of_an_open_browser_cannot_guess_the_password_at_leisure(house: FrontDoor) -> None:
    browser = house.inside(DESK)
    tries = [browser.post("/account/recovery-codes", password=f"guess {n}").status_code for n in range(6)]
    assert tries == [403] * 5 + [429]
    assert browser.post("/account/password", password=PASSWORD, new="another four words").status_code == 429


@ON_SQLITE
def test_old_tallies_are_swept_out(house: FrontDoor) -> None:
    house.person(DESK)
    wrong(house, "nobody@harbor.example", "192.0.2.66", 3)
    house.later(days=1, minutes=1)
    house.browser("192.0.2.7").sign_in(DESK)
    kept = [tally.since for tally in house.tallies()]
    assert kept == [house.clock()]


def test_tries_at_once_in_two_processes_are_counted_one_by_one(
    store: Store, database_url: str, now: datetime
) -> None:
    """Each thread has a store of its own, as a process has."""
    waits: list[timedelta] = []

    def tries() -> None:
        mine = open_store(database_url)
        for _ in range(5):
            with mine.write() as session:
                waits.append(limits.knock(session, "k", now, free=7, longest=timedelta(minutes=15)))
        mine.close()

    _all_at_once(tries, tries)
    assert sorted(bool(wait) for wait in waits) == [False] * 7 + [True] * 3


def test_a_window_lets_so_many_through_and_opens_again(store: Store, now: datetime) -> None:
    """What the API counts by."""
    with store.write() as session:
        taken = [
            limits.spend(session, "api:1", now + timedelta(seconds=at), limit=2, per=timedelta(minutes=1))
            for at in (0, 10, 20, 59, 60, 61, 62)
        ]
    assert [int(wait.total_seconds()) for wait in taken] == [0, 0, 40, 1, 0, 0, 58]


def test_one_code_given_twice_at_once_opens_once(store: Store, now: datetime, database_url: str) -> None:
    house = FrontDoor(store, now)
    phone, paper = house.enrol(house.inside(DESK))
    house.later(seconds=30)
    for code in (house.code(phone), paper[0]):
        taken: list[str] = []
        both = threading.Barrier(2)

        def give(code: str = code, taken: list[str] = taken, both: threading.Barrier = both) -> None:
            mine = open_store(database_url)
            both.wait(timeout=10)
            with mine.write() as session:
                taken.append(factor.accept(session, session.get_one(Staff, 1), code, house.clock()))
            mine.close()

        _all_at_once(give, give)
        assert sorted(map(bool, taken)) == [False, True]
    house.close()


def test_one_link_used_twice_at_once_works_once(store: Store, now: datetime, database_url: str) -> None:
    house = FrontDoor(store, now)
    house.person(DESK)
    with store.write() as session:
        _, token = make_link(session, session.get_one(Staff, 1), "reset", now)
    used: list[bool] = []
    both = threading.Barrier(2)

    def use() -> None:
        mine = open_store(database_url)
        with mine.read() as session:
            found = find_link(session, token, now)
        assert found is not None
        both.wait(timeout=10)
        with mine.write() as session:
            used.append(use_link(session, found[0], now))
        mine.close()

    _all_at_once(use, use)
    assert sorted(used) == [False, True]
    house.close()


def _all_at_once(*work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
