"""What each role is offered in the browser, and what becomes of asking for more all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from followup.console.accounts import add_staff
from followup.console.guard import roles_of
from followup.store.models import Clinic, Decision, DeskAct, Procedure, Staff
from followup.store.models.people import ROLES
from tests.browsers import open_page, sign_in
from tests.clinic_day import ClinicDay
from tests.console.every_page import PAGES

pytestmark = pytest.mark.browser
PASSWORD = "long enough to be safe"
# Every link and form of a page; not `form.action`, which a field of that name would hide.
OFFERS = """() => [...document.querySelectorAll("a[href], form, [hx-get], [hx-post]")].flatMap(one => [
    one.matches("a") ? ["GET", one.getAttribute("href")] : null,
    one.matches("form") ? [one.method.toUpperCase(), one.getAttribute("action") || location.pathname] : null,
    one.hasAttribute("hx-get") ? ["GET", one.getAttribute("hx-get")] : null,
    one.hasAttribute("hx-post") ? ["POST", one.getAttribute("hx-post")] : null,
].filter(Boolean)).filter(([, where]) => where.startsWith("/"))"""
# A form that no page has, with a token that the page has: what whoever knows the address would send.
SENDS = """where => {
    const form = Object.assign(document.createElement("form"), {method: "post", action: where});
    form.append(document.querySelector("input[name=csrf_token]").cloneNode());
    document.body.append(form);
    form.submit();
}"""


@pytest.fixture(scope="module")
def staffed(busy: ClinicDay) -> ClinicDay:
    busy.app.config["SESSION_COOKIE_SECURE"] = False  # the test has no certificate
    with busy.store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        for role in ROLES:
            add_staff(session, clinic, f"{role}@harbor.example", role, PASSWORD, busy.clock())
    return busy


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(staffed: ClinicDay, chromium: Browser, role: str) -> Iterator[Page]:
    page = open_page(chromium, [], staffed.carrier.webhooks.deliver_to)
    sign_in(page, f"{role}@harbor.example", PASSWORD)
    yield page
    page.context.close()


def endpoint(app: Flask, method: str, where: str) -> str:
    try:
        return app.url_map.bind("").match(where.partition("?")[0], method)[0]
    except HTTPException as problem:
        raise AssertionError(f"{method} {where} leads nowhere: {problem}") from None


def refused_to(app: Flask, role: str) -> list[tuple[str, Rule]]:
    return [
        (method, rule)
        for rule in app.url_map.iter_rules()
        if (roles := roles_of(app, rule.endpoint)) and role not in roles
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def test_a_role_is_offered_what_it_may_do_and_nothing_else(staffed: ClinicDay, page: Page, role: str) -> None:
    offered: dict[str, str] = {}
    for name, addresses in PAGES.items():
        if role not in roles_of(staffed.app, f"console.{name}"):
            continue
        for address in addresses:
            page.goto(address)
            for method, where in page.evaluate(OFFERS):
                offered.setdefault(endpoint(staffed.app, method, where), address)
    too_much = {
        name: address
        for name, address in offered.items()
        if (roles := roles_of(staffed.app, name)) and role not in roles
    }
    assert too_much == {}
    # And what its day is made of is there: a page that offers nothing would pass the line above.
    own = {
        "frontdesk": {"call_outcome", "finish_task", "correct_answer", "change_contact", "import_preview"},
        "provider": {"decide_case", "correct_answer", "ask_more", "call_outcome"},
        "admin": {"settings_section", "invite", "switch_off", "audit_export", "brake", "wording_of"},
    }[role]
    assert {f"console.{name}" for name in own} <= set(offered)


def test_a_role_that_asks_for_more_is_refused_and_nothing_changes(
    staffed: ClinicDay, page: Page, role: str
) -> None:
    before = everything(staffed)
    tried = refused_to(staffed.app, role)
    assert len(tried) >= 9
    for method, rule in tried:
        url = rule.build({name: 1 if "id" in name else "x" for name in rule.arguments})
        assert url is not None
        if method == "GET":
            answer: Any = page.goto(url[1])
        else:
            page.goto("/account")
            with page.expect_navigation() as gone:
                page.evaluate(SENDS, url[1])
            answer = gone.value
        assert answer.status == 403, f"{method} {url[1]}"
        expect(page.get_by_role("heading", name="Not for this account")).to_be_visible()
    assert everything(staffed) == before


def everything(day: ClinicDay) -> list[object]:
    """What the refused forms were about."""
    with day.store.read() as session:
        clinic = session.exec(select(Clinic)).one()
        return [
            clinic.file, clinic.paused,
            [(one.role, one.active, one.password_hash) for one in session.exec(select(Staff))],
            [one.ended for one in session.exec(select(Procedure))],
            list(session.exec(select(Decision.id))), list(session.exec(select(DeskAct.id))),
        ]  # fmt: skip
