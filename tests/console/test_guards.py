"""Who may see and do what in the console, route by route."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from followup.console.accounts import AccountError, add_staff
from followup.console.guard import roles_of, watcher_of
from followup.store.models import Alert, Audit, Clinic, Decision, Place, Procedure
from followup.store.models.people import ROLES
from tests.clinic_day import CLINIC, ClinicDay
from tests.console.front_door import FrontDoor

PASSWORD = "long enough to be safe"
OPEN = {
    "/sign-in", "/forgotten", "/link/<token>", "/language", "/healthz", "/readyz",
    "/static/<path:filename>", "/console/<path:filename>",
}  # fmt: skip


def client(day: ClinicDay, role: str, code: str = "harbor") -> FlaskClient:
    """A browser signed in as a member of this clinic's staff."""
    with day.store.write() as session:
        clinic = session.exec(select(Clinic).where(Clinic.code == code)).one()
        add_staff(session, clinic, f"{role}@{code}.example", role, PASSWORD, day.clock())
    browser = day.app.test_client()
    answer = browser.post(
        "/sign-in",
        data={"email": f"{role}@{code}.example", "password": PASSWORD, "csrf_token": token(browser)},
    )
    assert answer.status_code == 302
    return browser


def token(browser: FlaskClient, page: str = "/sign-in") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).get_data(as_text=True))
    assert found
    return found[1]


def answered(day: ClinicDay) -> None:
    day.person(day.patient(baseline=7), ["7", "N", "7"])
    day.at("12:00")


def test_every_route_says_who_may_use_it(day: ClinicDay) -> None:
    """A view without `@allowed` or `@watched_by` is one somebody forgot to guard."""
    unsaid = []
    for rule in day.app.url_map.iter_rules():
        roles, watcher = roles_of(day.app, rule.endpoint), watcher_of(day.app, rule.endpoint)
        if bool(roles) == bool(watcher):
            unsaid.append(rule.rule)
        assert (watcher == "signature") == rule.rule.startswith("/twilio/"), rule.rule
        assert watcher != "nobody" or rule.rule in OPEN, f"{rule.rule} is open to everybody"
    assert unsaid == []


def test_every_route_for_staff_asks_a_stranger_to_sign_in(day: ClinicDay) -> None:
    browser = day.app.test_client()
    seen = 0
    for rule in day.app.url_map.iter_rules():
        if not roles_of(day.app, rule.endpoint):
            continue
        url = re.sub(r"<int:\w+>", "1", rule.rule).replace("<day>", "2026-03-10")
        url = re.sub(r"<\w+>", "x", url)
        if "GET" in (rule.methods or ()):
            answer = browser.get(url)
        else:
            answer = browser.post(url)
        assert answer.status_code == 302, url
        assert answer.headers["Location"].startswith("/sign-in"), url
        seen += 1
    assert seen >= 20


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_refused_every_route_of_the_others(house: FrontDoor, role: str) -> None:
    """Escalation by address: every route is tried as it stands, by somebody who may not use it."""
    browser, refused = house.inside(f"{role}@harbor.example", role), 0
    form_token = browser.token()
    for rule in house.app.url_map.iter_rules():
        roles = roles_of(house.app, rule.endpoint)
        if not roles or role in roles:
            continue
        url = rule.build({name: 1 if "id" in name else "x" for name in rule.arguments})
        assert url is not None
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = browser.client.open(url[1], method=method, data={"csrf_token": form_token})
            assert answer.status_code == 403, f"{method} {rule.rule}"
            refused += 1
    assert refused >= 1


def test_a_view_that_says_nothing_is_refused_to_everybody(day: ClinicDay) -> None:
    day.app.view_functions["console.outcomes"] = lambda: "forgotten"
    assert day.app.test_client().get("/outcomes").status_code == 403
    assert client(day, "admin").get("/outcomes").status_code == 403


def test_what_was_seen_and_done_is_on_record(day: ClinicDay) -> None:
    answered(day)
    browser = client(day, "provider")
    fresh = token(browser, "/digest/2026-03-10")
    browser.get("/cases/1/series")
    browser.get("/cases/99/series")
    browser.post("/cases/1/decide", data={"choice": "repeat", "note": "asks for it", "csrf_token": fresh})
    told = [(row.action, row.subject, row.subject_id, row.detail, row.staff_id) for row in day.rows(Audit)]
    assert told == [
        ("sign_in.done", "staff", 1, "password", 1),
        ("digest.view", "digest", None, "2026-03-10", 1),
        ("patient.view", "patient", 1, "series", 1),
        ("decision.sign", "procedure", 1, "repeat", 1),
    ]
    assert {row.address for row in day.rows(Place)} == {"127.0.0.1"}


def test_a_form_without_its_token_is_refused(day: ClinicDay) -> None:
    browser = client(day, "provider")
    assert browser.post("/cases/1/decide", data={"choice": "repeat"}).status_code == 400


def test_a_provider_signs_and_the_case_is_closed(day: ClinicDay) -> None:
    answered(day)
    browser = client(day, "provider")
    browser.post(
        "/cases/1/decide",
        data={"choice": "further_testing", "note": "as proposed", "csrf_token": token(browser, "/")},
    )
    decision = day.rows(Decision)[0]
    assert (decision.choice, decision.note, decision.proposal_id) == ("further_testing", "as proposed", 1)
    assert day.rows(Procedure)[0].ended == "decided"


def test_the_front_desk_may_close_but_not_decide(day: ClinicDay) -> None:
    answered(day)
    browser = client(day, "frontdesk")
    fresh = token(browser, "/")
    refused = browser.post(
        "/cases/1/decide", data={"choice": "repeat", "note": "asks for it", "csrf_token": fresh}
    )
    assert refused.status_code == 403
    assert day.rows(Decision) == []
    browser.post("/cases/1/close", data={"end": "reached", "csrf_token": fresh})
    assert day.rows(Procedure)[0].ended == "reached"


def test_another_clinics_staff_can_neither_see_nor_touch_a_case(day: ClinicDay) -> None:
    from followup.intake.clinics import set_clinic

    answered(day)
    other = CLINIC.replace('"harbor"', '"pine"').replace("+12025550123", "+12025550124")
    with day.store.write() as session:
        set_clinic(session, other, day.clock())
    browser = client(day, "provider", "pine")
    assert "Ann" not in browser.get("/digest/2026-03-10").get_data(as_text=True)
    fresh = token(browser, "/")
    for url in ("/cases/1/decide", "/cases/1/close"):
        assert (
            browser.post(url, data={"choice": "repeat", "end": "reached", "csrf_token": fresh}).status_code
            == 404
        )
    assert day.rows(Decision) == []
    assert day.rows(Procedure)[0].ended == ""


def test_an_alert_is_acknowledged_and_resolved_by_name(day: ClinicDay) -> None:
    day.person(day.patient(), ["I can't move my legs"])
    day.at("10:30")
    browser = client(day, "frontdesk")
    fresh = token(browser, "/digest/2026-03-10")
    browser.post("/alerts/1/acknowledge", data={"csrf_token": fresh})
    assert day.rows(Alert)[0].acknowledged_by == "staff 1"
    assert day.rows(Alert)[0].resolved_at is None
    browser.post("/alerts/1/resolve", data={"how": "seen in the ER", "csrf_token": fresh})
    assert day.rows(Alert)[0].resolved_how == "seen in the ER"


def test_pages_carry_a_strict_policy_and_are_not_kept(day: ClinicDay) -> None:
    answer = client(day, "provider").get("/")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_short_password_or_a_bad_address_makes_no_account(day: ClinicDay) -> None:
    with day.store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        with pytest.raises(AccountError, match="at least 12"):
            add_staff(session, clinic, "a@b.example", "admin", "short", day.clock())
        with pytest.raises(AccountError, match="not an e-mail address"):
            add_staff(session, clinic, "nobody", "admin", PASSWORD, day.clock())
