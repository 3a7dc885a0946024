"""The people of a clinic: invited, changed and shut out by its admins, and by nobody else."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from followup.intake.clinics import set_clinic
from followup.outreach.mail import Mailbox
from followup.store.models import Audit, Link, Outbound, Staff
from tests.clinic_day import CLINIC
from tests.console.front_door import PASSWORD, PINE, Browser, FrontDoor, said

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADMIN = "admin@harbor.example"
NEW = "new@harbor.example"
CHOSEN = "another four words here"


def mailed(house: FrontDoor) -> str:
    """The path of the link in the mail that was planned last."""
    mail = [row for row in house.rows(Outbound) if "/link/" in row.body][-1]
    found = re.search(r"https://\S+", mail.body)
    assert found
    assert found[0].startswith("https://followup.harbor.example/link/")
    return urlsplit(found[0]).path


def account(house: FrontDoor, email: str) -> Staff:
    return next(one for one in house.rows(Staff) if one.email == email)


def test_an_invited_person_chooses_a_password_sets_up_a_phone_and_is_in(house: FrontDoor) -> None:
    admin = house.inside(ADMIN, "admin")
    assert admin.post("/staff", email=NEW, role="provider").headers["Location"] == "/staff"
    assert "invited" in said(admin.get("/staff"))
    link, browser = mailed(house), house.browser()
    assert browser.sign_in(NEW, "").status_code == 401  # no password fits an account without one
    for _ in range(2):
        assert "Choose a password" in said(browser.get(link))  # a mail scanner looked first
    assert browser.post(link, password="short").status_code == 400
    assert browser.post(link, password=CHOSEN).headers["Location"] == "/sign-in"
    assert browser.sign_in(NEW, CHOSEN).headers["Location"] == "/sign-in/second-factor"
    phone = house.phone(browser, "/sign-in/second-factor")
    assert browser.post("/sign-in/second-factor", code=house.code(phone)).status_code == 200
    assert "provider" in said(browser.get("/account"))


def test_a_link_works_once_and_not_for_ever(house: FrontDoor) -> None:
    admin, browser = house.inside(ADMIN, "admin"), house.browser()
    admin.post("/staff", email=NEW, role="frontdesk")
    link = mailed(house)
    assert browser.post(link, password=CHOSEN).status_code == 302
    for answer in (browser.get(link), browser.post(link, password="yet another four words")):
        assert answer.status_code == 410
        assert "This link is over" in said(answer)
    assert house.browser().sign_in(NEW, CHOSEN).status_code == 302
    admin.post("/staff", email="later@harbor.example", role="frontdesk")
    late = mailed(house)
    house.later(days=3)
    assert browser.get(late).status_code == 410
    assert browser.post(late, password=CHOSEN).status_code == 410


def test_a_newer_link_ends_the_older_and_a_closed_account_ends_all(house: FrontDoor) -> None:
    admin, browser = house.inside(ADMIN, "admin"), house.browser()
    admin.post("/staff", email=NEW, role="frontdesk")
    first, who = mailed(house), account(house, NEW).id
    admin.post(f"/staff/{who}/link")
    second = mailed(house)
    assert browser.get(first).status_code == 410
    assert browser.get(second).status_code == 200
    admin.post(f"/staff/{who}/off")
    assert browser.get(second).status_code == 410


def test_the_mail_has_no_name_no_number_and_no_word_of_health(house: FrontDoor, tmp_path: Path) -> None:
    house.inside(ADMIN, "admin").post("/staff", email=NEW, role="frontdesk")
    row = house.rows(Outbound)[-1]
    assert (row.channel, row.state, row.to, row.sender) == (
        "email",
        "planned",
        NEW,
        "followup@harbor.example",
    )
    Mailbox(f"file:{tmp_path}").send(
        to=row.to, sender=row.sender, subject=row.subject, body=row.body, message_id="<1@followup>"
    )
    written = next(tmp_path.glob("*.eml")).read_text()
    for word in ("new", "patient", "injection", "pain", "spine", "clinic", "clínica", "admin"):
        assert word not in f"{row.subject} {row.body}".lower(), word
    assert "within three days" in written


def test_without_an_address_to_send_from_the_link_is_shown_once(house: FrontDoor) -> None:
    silent = re.sub(r"\[digest\].*", "", CLINIC, flags=re.DOTALL)
    with house.store.write() as session:
        set_clinic(session, silent, house.clock())
    admin = house.inside(ADMIN, "admin")
    page = said(admin.post("/staff", email=NEW, role="frontdesk"))
    found = re.search(r"https://followup\.example(/link/[\w-]+)", page)
    assert found
    assert found[1] not in said(admin.get("/staff"))
    assert house.browser().get(found[1]).status_code == 200
    assert house.rows(Outbound) == []


def test_a_forgotten_password_is_mailed_a_link_that_keeps_the_second_factor(house: FrontDoor) -> None:
    browser = house.inside(ADMIN, "admin")
    phone, _ = house.enrol(browser)
    stranger = house.browser()
    assert "a link is on its way" in said(stranger.post("/forgotten", email=f" {ADMIN.upper()} "))
    assert stranger.post(mailed(house), password=CHOSEN).headers["Location"] == "/sign-in"
    assert not browser.is_in()  # whoever was in, is out
    told = house.rows(Outbound)[-1]
    assert (told.to, told.subject) == (ADMIN, "Your sign-in was changed / Su acceso ha cambiado")
    assert stranger.sign_in(ADMIN, CHOSEN).headers["Location"] == "/sign-in/code"
    house.later(seconds=30)
    assert stranger.post("/sign-in/code", code=house.code(phone)).headers["Location"] == "/"


def test_asking_for_a_link_tells_nobody_who_has_an_account(house: FrontDoor) -> None:
    house.person(ADMIN, "admin")
    known, unknown = (house.browser().post("/forgotten", email=email) for email in (ADMIN, NEW))
    assert known.status_code == unknown.status_code == 200
    assert said(known).partition('value="')[0] == said(unknown).partition('value="')[0]
    assert [mail.to for mail in house.rows(Outbound)] == [ADMIN]


def test_nobodys_mailbox_is_flooded(house: FrontDoor) -> None:
    house.person(ADMIN, "admin")
    for number in range(6):
        house.browser(f"192.0.2.{number}").post("/forgotten", email=ADMIN)
    assert len(house.rows(Outbound)) == 3
    assert len(house.rows(Link)) == 1
    codes = [
        house.browser("192.0.2.99").post("/forgotten", email=f"n{n}@x.example").status_code for n in range(21)
    ]
    assert codes == [200] * 20 + [429]


def test_a_reset_link_works_for_an_hour(house: FrontDoor) -> None:
    house.person(ADMIN, "admin")
    house.browser().post("/forgotten", email=ADMIN)
    link = mailed(house)
    house.later(minutes=59)
    assert house.browser().get(link).status_code == 200
    house.later(minutes=1)
    assert house.browser().get(link).status_code == 410


@pytest.mark.parametrize("role", ["frontdesk", "provider"])
def test_only_admins_touch_staff_by_whatever_address_or_form(house: FrontDoor, role: str) -> None:
    house.person(ADMIN, "admin")
    browser = house.inside("somebody@harbor.example", role)
    me = account(house, "somebody@harbor.example").id
    assert browser.get("/staff").status_code == 403
    assert "/staff" not in said(browser.get("/account"))
    assert browser.post("/staff", email=NEW, role="admin").status_code == 403
    for action in ("role", "link", "off", "on", "factor", "sessions"):
        for staff in (me, 1):
            assert browser.post(f"/staff/{staff}/{action}", role="admin").status_code == 403
    assert {one.email: one.role for one in house.rows(Staff)} == {
        ADMIN: "admin",
        "somebody@harbor.example": role,
    }
    assert house.rows(Link) == []


def test_fields_that_no_form_has_do_nothing(house: FrontDoor) -> None:
    """Mass assignment: a form may bring what it likes; only the fields a view asks for are read."""
    desk = house.inside("desk@harbor.example")
    admin = house.inside(ADMIN, "admin")
    extra = {
        "role": "admin",
        "clinic_id": "2",
        "active": "",
        "id": "1",
        "staff_id": "1",
        "totp": "",
        "stage": "in",
    }
    desk.post("/account/password", password=PASSWORD, new=CHOSEN, **extra)
    house.browser().post("/sign-in", email="desk@harbor.example", password=CHOSEN, **extra)
    admin.post(
        "/staff", email=NEW, **{**extra, "role": "frontdesk", "password_hash": "x", "password": CHOSEN}
    )
    rows = {one.email: (one.role, one.clinic_id, one.active) for one in house.rows(Staff)}
    assert rows == {
        "desk@harbor.example": ("frontdesk", 1, True), ADMIN: ("admin", 1, True), NEW: ("frontdesk", 1, True),
    }  # fmt: skip
    assert account(house, NEW).password_hash == ""


@pytest.mark.parametrize("role", ["", "owner", "ADMIN", "admin,provider"])
def test_a_role_nobody_knows_is_refused(house: FrontDoor, role: str) -> None:
    admin = house.inside(ADMIN, "admin")
    assert admin.post("/staff", email=NEW, role=role).status_code == 400
    assert admin.post("/staff/1/role", role=role).status_code == 400
    assert [one.role for one in house.rows(Staff)] == ["admin"]


def test_another_clinics_people_are_not_there(house: FrontDoor) -> None:
    with house.store.write() as session:
        set_clinic(session, PINE, house.clock())
    theirs = house.person("desk@pine.example", code="pine")
    admin = house.inside(ADMIN, "admin")
    assert "pine.example" not in said(admin.get("/staff"))
    for action in ("role", "link", "off", "on", "factor", "sessions"):
        assert admin.post(f"/staff/{theirs}/{action}", role="admin").status_code == 404
    their = house.staff(theirs)
    assert (their.role, their.active) == ("frontdesk", True)
    assert house.rows(Link) == []


def test_the_last_admin_can_neither_leave_nor_step_down(house: FrontDoor) -> None:
    admin = house.inside(ADMIN, "admin")
    house.person("second@harbor.example", "admin")
    assert admin.post("/staff/2/off").status_code == 302
    for action in ("off", "role"):
        answer = admin.post(f"/staff/1/{action}", role="provider")
        assert answer.status_code == 400
        assert "last admin" in said(answer)
    admin.post("/staff/2/on")
    assert admin.post("/staff/1/role", role="provider").status_code == 302


def test_an_admin_does_not_take_the_own_second_factor_away_without_the_password(house: FrontDoor) -> None:
    admin = house.inside(ADMIN, "admin")
    house.enrol(admin)
    assert admin.post("/staff/1/factor").status_code == 400
    assert house.staff(1).totp is not None


def test_a_lost_phone_is_taken_away_and_the_next_sign_in_sets_up_another(house: FrontDoor) -> None:
    provider = house.inside("dr@harbor.example", "provider")
    house.enrol(provider)
    admin: Browser = house.inside(ADMIN, "admin")
    admin.post("/staff/1/factor")
    assert house.browser().sign_in("dr@harbor.example").headers["Location"] == "/sign-in/second-factor"


@pytest.mark.parametrize(
    "email", ["nobody", "a@b", "a b@c.example", "a@b.example, c@d.example", "<a@b.example>", "x" * 300]
)
def test_what_is_no_address_is_not_invited(house: FrontDoor, email: str) -> None:
    answer = house.inside(ADMIN, "admin").post("/staff", email=email, role="frontdesk")
    assert answer.status_code == 400
    assert "That is not an e-mail address" in said(answer)


def test_who_has_an_account_is_not_invited_again_and_who_was_shut_out_starts_anew(house: FrontDoor) -> None:
    admin = house.inside(ADMIN, "admin")
    house.person("desk@harbor.example")
    assert admin.post("/staff", email="desk@harbor.example", role="admin").status_code == 400
    assert account(house, "desk@harbor.example").role == "frontdesk"
    admin.post("/staff/2/off")
    admin.post("/staff", email="desk@harbor.example", role="provider")
    assert account(house, "desk@harbor.example").role == "provider"
    assert house.browser().sign_in("desk@harbor.example").status_code == 401  # the old password is none


def test_every_change_is_on_record_with_who_and_whom(house: FrontDoor) -> None:
    admin = house.inside(ADMIN, "admin")
    admin.post("/staff", email=NEW, role="frontdesk")
    for action in ("role", "link", "factor", "sessions", "off", "on"):
        admin.post(f"/staff/2/{action}", role="provider")
    told = [(row.action, row.staff_id, row.subject_id, row.detail) for row in house.rows(Audit)[1:]]
    assert told == [
        ("staff.invite", 1, 2, "frontdesk"),
        ("staff.role", 1, 2, "frontdesk-provider"),
        ("staff.invite", 1, 2, ""),
        ("factor.reset", 1, 2, ""),
        ("session.end_all", 1, 2, ""),
        ("staff.off", 1, 2, ""),
        ("staff.on", 1, 2, ""),
    ]
