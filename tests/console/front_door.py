"""The console's front door for tests: the real app and database, browsers, and phones that show codes."""

from __future__ import annotations

import re
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from followup.clock import SetClock
from followup.config import Settings
from followup.console.accounts import add_staff
from followup.intake.clinics import set_clinic
from followup.store import Store
from followup.store.models import Clinic, Staff, Tally
from tests.clinic_day import CLINIC
from webhooks.app import create_app

PASSWORD = "four words put together"
PINE = CLINIC.replace('"harbor"', '"pine"').replace("Harbor", "Pine").replace("+12025550123", "+12025550124")


class Browser:
    """A browser with its cookies, at one network address."""

    def __init__(self, house: FrontDoor, address: str = "192.0.2.1", **headers: str) -> None:
        self.client: FlaskClient = house.app.test_client()
        self._from = {"environ_overrides": {"REMOTE_ADDR": address}, "headers": headers}

    def get(self, page: str) -> TestResponse:
        return self.client.get(page, **self._from)

    def post(self, page: str, **fields: Any) -> TestResponse:
        """Post a form with the token that a page of this browser has."""
        return self.client.post(page, data={"csrf_token": self.token(), **fields}, **self._from)

    def token(self) -> str:
        for page in ("/account", "/sign-in/code", "/sign-in/second-factor", "/sign-in"):
            found = re.search(r'name="csrf_token" value="([^"]+)"', said(self.get(page)))
            if found:
                return found[1]
        raise AssertionError("no page of this browser has a form")

    def sign_in(self, email: str, password: str = PASSWORD, page: str = "/sign-in") -> TestResponse:
        return self.post(page, email=email, password=password)

    def is_in(self) -> bool:
        return self.get("/account").status_code == 200

    def cookie(self) -> str:
        found = self.client.get_cookie("followup")
        return found.value if found else ""

    def steal(self, cookie: str) -> None:
        """Have somebody else's cookie."""
        self.client.set_cookie("followup", cookie)


class FrontDoor:
    """The app, its clock, and a clinic called harbor; `rules` is its section [sign_in]."""

    def __init__(
        self,
        store: Store,
        now: datetime,
        rules: str = "",
        public_url: str = "https://followup.example",
        **settings: Any,
    ) -> None:
        self.store, self.clock = store, SetClock(now)
        self.settings = Settings(
            database_url="", public_url=public_url, auth_tokens=("a-token",),
            secret_key="0123456789abcdef", spool=tempfile.mkdtemp(prefix="spool-"), **settings,
        )  # fmt: skip
        self.app = create_app(self.settings, store, self.clock)
        with store.write() as session:
            set_clinic(session, f"{CLINIC}[sign_in]\n{rules}\n", now)

    def close(self) -> None:
        Path(self.settings.spool).rmdir()

    def browser(self, address: str = "192.0.2.1", **headers: str) -> Browser:
        return Browser(self, address, **headers)

    def person(
        self, email: str, role: str = "frontdesk", code: str = "harbor", password: str = PASSWORD
    ) -> int:
        """An account; returns its id."""
        with self.store.write() as session:
            clinic = session.exec(select(Clinic).where(Clinic.code == code)).one()
            staff = add_staff(session, clinic, email, role, password, self.clock())
            session.flush()
            assert staff.id is not None
            return staff.id

    def inside(self, email: str, role: str = "frontdesk", **more: Any) -> Browser:
        """A browser in which a person with this role is signed in."""
        self.person(email, role, **more)
        browser = self.browser()
        assert browser.sign_in(email).status_code == 302
        assert browser.is_in()
        return browser

    def later(self, **time: float) -> None:
        self.clock.set(self.clock() + timedelta(**time))

    def staff(self, staff_id: int) -> Staff:
        with self.store.read() as session:
            return session.get_one(Staff, staff_id)

    def rows(self, table: type[Any]) -> list[Any]:
        with self.store.read() as session:
            return list(session.exec(select(table).order_by(table.id)).all())

    def tallies(self) -> list[Tally]:
        with self.store.read() as session:
            return list(session.exec(select(Tally)).all())

    def phone(self, browser: Browser, page: str = "/account/second-factor") -> pyotp.TOTP:
        """A phone that has scanned the key of an enrolment page."""
        key = re.search(r"<code>([A-Z2-7 ]+)</code>", said(browser.get(page)))
        assert key
        return pyotp.TOTP(key[1].replace(" ", ""))

    def code(self, phone: pyotp.TOTP, steps: int = 0) -> str:
        return phone.at(self.clock() + timedelta(seconds=30 * steps))

    def enrol(self, browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
        """Set up the second factor of the person signed in; returns the phone and the codes on paper."""
        phone = self.phone(browser)
        answer = browser.post("/account/second-factor", code=self.code(phone), password=PASSWORD)
        assert answer.status_code == 200
        return phone, re.findall(r"<code>([a-z0-9-]{19})</code>", said(answer))


def said(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)
