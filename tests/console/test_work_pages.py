"""The worklist in the console: what each row allows, who has it, what comes by itself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from followup.desk.worklist import handle
from followup.store.models import Answer, Audit, CaseLock, DeskAct, Procedure, Task
from tests.clinic_day import CLINIC, ClinicDay
from tests.console.test_guards import client, token

HX = {"HX-Request": "true"}


def words(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def post(browser: FlaskClient, url: str, *, hx: bool = True, **form: str) -> TestResponse:
    data = {"csrf_token": token(browser, "/"), "back": "/", **form}
    return browser.post(url, data=data, headers=HX if hx else {})


def silent(day: ClinicDay) -> None:
    day.patient(baseline=8)
    day.at("19:00")


def test_the_list_shows_who_why_and_what_next(busy: ClinicDay) -> None:
    page = words(client(busy, "frontdesk").get("/"))
    assert "10 cases need somebody" in page
    for said in (
        "Ben Baker", "(202) 555-0202", "my legs feel numb since last night", "numbness or weakness",
        "28 h", "Sign: Candidate for confirmatory block", "87.5 %",
    ):  # fmt: skip
        assert said in page
    assert page.index("Ben Baker") < page.index("Luis Lopez") < page.index("Ann Abbot")


def test_the_filter_stands_in_the_address_without_a_name(busy: ClinicDay) -> None:
    browser = client(busy, "provider")
    page = browser.get(f"/?provider={handle('Dr Osei')}").get_data(as_text=True)
    assert "Carla Castillo" in page
    assert "Ann Abbot" not in page
    assert f'href="/?provider={handle("Dr Osei")}&amp;only=decide"' in page
    assert "Osei" not in "".join(re.findall(r'(?:href|action|hx-get)="[^"]*"', page))


def test_what_rests_is_counted_and_shown_when_asked_for(busy: ClinicDay) -> None:
    browser = client(busy, "frontdesk")
    assert "4 rest: waiting for an answer, or put off" in words(browser.get("/"))
    assert "Wait for an answer" in words(browser.get("/?only=rest"))


def test_an_odd_address_shows_the_list_and_no_error(busy: ClinicDay) -> None:
    browser = client(busy, "admin")
    for odd in ("/?page=-1", "/?page=99999", "/?page=x", "/?only=everything", "/?provider=nobody"):
        assert browser.get(odd).status_code == 200
    assert browser.get("/worklist/news?newest=yesterday").status_code == 404


def test_pages_carry_no_script_and_no_style_of_their_own(busy: ClinicDay) -> None:
    browser = client(busy, "provider")
    for page in ("/", "/patients/1", "/patients/2", "/?only=rest"):
        html = browser.get(page).get_data(as_text=True)
        assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son\w+=", html), page


def test_an_opened_row_is_one_persons_until_it_runs_out(quick: ClinicDay) -> None:
    silent(quick)
    ana, kim = client(quick, "frontdesk"), client(quick, "provider")
    opened = post(ana, "/worklist/1/call", outcome="open")
    assert "Usual pain now, 0 to 10" in words(opened)
    assert opened.get_data(as_text=True).strip().startswith('<tbody id="row-c1"'), "one row, and no page"
    assert "frontdesk has it until 19:10" in words(kim.get("/"))
    refused = post(kim, "/worklist/1/call", outcome="reached")
    assert 'data-says="frontdesk has this case open."' in refused.get_data(as_text=True)
    assert quick.rows(Procedure)[0].ended == ""
    quick.clock.set(quick.clock() + timedelta(minutes=11))
    post(kim, "/worklist/1/call", outcome="reached")
    assert quick.rows(Procedure)[0].ended == "reached"


def test_a_row_put_back_is_free_at_once(quick: ClinicDay) -> None:
    silent(quick)
    ana, kim = client(quick, "frontdesk"), client(quick, "provider")
    post(ana, "/worklist/1/call", outcome="open")
    post(ana, "/worklist/1/call", outcome="put_back")
    assert "has it until" not in words(kim.get("/"))
    assert quick.rows(CaseLock)[0].until == quick.clock()


def test_no_answer_leaves_its_place_to_an_undo(quick: ClinicDay) -> None:
    silent(quick)
    ana = client(quick, "frontdesk")
    done = post(ana, "/worklist/1/call", outcome="no_answer")
    assert "Ann Example: No answer, back Wed 11 Mar 08:00 Undo" in words(done)
    assert "Ann Example" not in words(ana.get("/"))
    back = post(ana, "/acts/1/take-back", key="c1")
    assert "Ann Example" in words(back)
    assert [act.what for act in quick.rows(DeskAct)] == ["no_answer", "taken_back"]
    assert "Ann Example" in words(ana.get("/"))


def test_without_scripts_everything_leads_back_to_the_list(quick: ClinicDay) -> None:
    silent(quick)
    ana = client(quick, "frontdesk")
    answer = post(ana, "/worklist/1/call", hx=False, outcome="no_answer")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert "No answer" in words(ana.get("/"))


def test_answers_from_a_call_are_stored_and_a_wrong_one_is_explained(quick: ClinicDay) -> None:
    silent(quick)
    ana = client(quick, "frontdesk")
    post(ana, "/worklist/1/call", outcome="open")
    wrong = post(ana, "/worklist/1/answers", now="11", best="2", words="better")
    assert "Usual pain now: write a number from 0 to 10, in halves." in words(wrong)
    assert 'value="better"' in wrong.get_data(as_text=True), "what was typed is not lost"
    assert "Enter at least one answer" in words(post(ana, "/worklist/1/answers", words="hello"))
    assert quick.rows(Answer) == []
    right = post(ana, "/worklist/1/answers", now="2", best="1,5", hours="6", medicine="none", activity="yes")
    assert "Answers recorded" in words(right)
    assert {a.question for a in quick.rows(Answer)} == {
        "pain_now", "pain_best", "relief_hours", "took_medicine", "usual_activity",
    }  # fmt: skip


def test_a_task_is_done_once_and_can_be_taken_back(quick: ClinicDay) -> None:
    quick.text("+12025550999", "is the office open on friday")
    ana, kim = client(quick, "frontdesk"), client(quick, "provider")
    assert "is the office open on friday" in words(ana.get("/"))
    post(ana, "/tasks/1/done")
    assert quick.rows(Task)[0].closed_by == "staff 1"
    assert "Somebody else has done this already." in words(post(kim, "/tasks/1/done"))
    post(ana, "/acts/1/take-back", key="t1")
    assert quick.rows(Task)[0].closed_at is None


def test_what_comes_is_announced_and_moves_no_row(quick: ClinicDay) -> None:
    phone = quick.patient(baseline=8)
    quick.at("10:05")
    ana = client(quick, "frontdesk")
    page = ana.get("/").get_data(as_text=True)
    assert "Nothing waiting." in page
    found = re.search(r'hx-get="(/worklist/news[^"]*)"', page)
    assert found
    news = found[1].replace("&amp;", "&")
    assert 'data-fresh=""' in ana.get(news).get_data(as_text=True)
    quick.text(phone, "my legs are numb")
    fresh = ana.get(news).get_data(as_text=True)
    assert "1 new" in words(ana.get(news))
    assert "<tbody" not in fresh


def test_looking_and_doing_are_on_record_and_polling_is_not(quick: ClinicDay) -> None:
    silent(quick)
    ana = client(quick, "frontdesk")
    ana.get("/")
    for _ in range(3):
        ana.get("/worklist/news")
        ana.get("/strip")
    post(ana, "/worklist/1/call", outcome="no_answer")
    done = [a.action for a in quick.rows(Audit) if a.staff_id is not None and not a.action.startswith("sign")]
    assert done == ["worklist.view", "worklist.view", "call.no_answer"]


def test_a_stopped_clock_is_said_on_every_page(quick: ClinicDay) -> None:
    silent(quick)
    browser = client(quick, "provider")
    assert "The clock has stopped" not in words(browser.get("/"))
    quick.clock.set(quick.clock() + timedelta(minutes=6))
    for page in ("/", "/patients/1", "/digest/2026-03-10", "/outcomes"):
        assert "The clock has stopped (last sign of life 19:00): nothing leaves" in words(
            browser.get(page)
        ), page


def test_another_clinics_staff_can_do_nothing_from_a_row(quick: ClinicDay) -> None:
    from followup.intake.clinics import set_clinic

    silent(quick)
    quick.text("+12025550999", "is the office open on friday")
    post(client(quick, "frontdesk"), "/worklist/1/call", outcome="no_answer")
    other = CLINIC.replace('"harbor"', '"pine"').replace("+12025550123", "+12025550124")
    with quick.store.write() as session:
        set_clinic(session, other, quick.clock())
    pine = client(quick, "provider", "pine")
    for url in (
        "/worklist/1/call", "/worklist/1/answers", "/tasks/1/done", "/acts/1/take-back",
        "/patients/1/contact", "/check-ins/1/correct", "/check-ins/1/ask",
    ):  # fmt: skip
        form = {"outcome": "reached", "now": "3", "question": "pain_now", "value": "3", "action": "pause"}
        assert post(pine, url, **form).status_code == 404, url
    assert pine.get("/patients/1").status_code == 404
    assert "Ann" not in words(pine.get("/"))


@pytest.mark.parametrize(("asked", "lang"), [("es-MX,es;q=0.9", "es"), ("de", "en"), ("en-GB", "en")])
def test_the_page_says_which_language_it_is_in(quick: ClinicDay, asked: str, lang: str) -> None:
    browser = client(quick, "admin")
    page = browser.get("/", headers={"Accept-Language": asked}).get_data(as_text=True)
    assert f'<html lang="{lang}">' in page
    browser.post("/language", data={"language": "es", "back": "/", "csrf_token": token(browser, "/")})
    assert '<html lang="es">' in browser.get("/", headers={"Accept-Language": asked}).get_data(as_text=True)


def test_taking_a_warning_from_a_part_that_renewed_itself_leads_back_to_the_page(quick: ClinicDay) -> None:
    quick.person(quick.patient(), ["I can't move my legs"])
    quick.at("10:30")
    ana = client(quick, "frontdesk")
    came_from = {"HX-Request": "true", "HX-Current-URL": "https://followup.example/patients/1?check_in=1"}
    part = ana.get("/strip", headers=came_from).get_data(as_text=True)
    assert 'name="back" value="/patients/1?check_in=1"' in part
