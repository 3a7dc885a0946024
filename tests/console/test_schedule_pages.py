"""The schedule: what is missing is seen and put right there, and rosters are looked at before they go in."""

from __future__ import annotations

import html
import io
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from followup.console import roster_pages
from followup.store.models import Audit, CheckIn, Outbound, Patient, Procedure, RosterDraft, RosterLine
from tests.clinic_day import CLINIC, ClinicDay
from tests.console.test_guards import client, token

HEADER = "patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,consent"
ANA = "C1,Ana,Lopez,202-555-0201,P1,2026-03-09 09:30,8,yes"


def desk(day: ClinicDay) -> FlaskClient:
    return client(day, "frontdesk")


def post(browser: FlaskClient, url: str, **form: str) -> TestResponse:
    return browser.post(url, data={"csrf_token": token(browser, "/schedule/new"), **form})


def words(answer: TestResponse) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def upload(browser: FlaskClient, *lines: str, header: str = HEADER) -> TestResponse:
    data = "\r\n".join((header, *lines)).encode()
    form = {"csrf_token": token(browser, "/schedule/import"), "roster": (io.BytesIO(data), "roster.csv")}
    return browser.post("/schedule/import", data=form)


def confirm(browser: FlaskClient, preview: TestResponse) -> TestResponse:
    found = re.search(r'action="(/schedule/import/\d+/confirm)"', preview.get_data(as_text=True))
    assert found
    return post(browser, found[1])


def test_a_day_shows_who_comes_and_what_is_missing(day: ClinicDay) -> None:
    day.roster(ANA, "C2,Ben,Kane,,P2,2026-03-09 10:00,,no", header=HEADER)
    page = words(desk(day).get("/schedule/2026-03-09"))
    assert "2 procedures · 1 lacks something" in page
    assert "Ben Kane C2" in page
    for gap in ("no phone", "no consent", "no pain score from before"):
        assert f"! {gap}" in page
    assert "Ben" not in words(desk(day).get("/schedule/2026-03-10"))
    assert ("schedule.view", "2026-03-09") in [(row.action, row.detail) for row in day.rows(Audit)]


def test_what_is_missing_is_filled_in_on_the_spot(day: ClinicDay) -> None:
    day.roster("C2,Ben,Kane,,P2,2026-03-09 10:00,,no", header=HEADER)
    browser = desk(day)
    post(browser, "/schedule/procedures/1/fill", phone="202-555-0202", consent="yes", baseline_score="7")
    assert "nothing is missing" in words(browser.get("/schedule/2026-03-09"))
    assert [(row.state, row.to) for row in day.rows(Outbound)] == [("planned", "+12025550202")]
    assert day.rows(CheckIn)[0].state == "planned"


def test_a_wrong_cell_is_refused_beside_the_name_and_changes_nothing(day: ClinicDay) -> None:
    day.roster("C2,Ben,Kane,,P2,2026-03-09 10:00,,yes", header=HEADER)
    browser = desk(day)
    post(browser, "/schedule/procedures/1/fill", phone="555")
    assert "Ben: Phone: Has too few or too many digits; write it like" in words(browser.get("/schedule"))
    assert day.rows(Patient)[0].phone == ""


def test_one_is_added_by_hand_with_four_cells(day: ClinicDay) -> None:
    browser = desk(day)
    answer = post(browser, "/schedule/new", patient_id="C7", given_name="Gus", phone="202-555-0207",
                  performed_at="2026-03-09T13:30", status="performed", baseline_score="7")  # fmt: skip
    assert answer.location == "/schedule/2026-03-09"
    assert "Gus is on the schedule." in words(browser.get(answer.location))
    assert day.rows(Procedure)[0].baseline == 7
    assert [line.result for line in day.rows(RosterLine)] == ["new"]
    added = [row for row in day.rows(Audit) if row.action == "procedure.add"]
    assert [(row.subject, row.subject_id) for row in added] == [("procedure", 1)]


def test_a_refused_cell_is_named_on_top_and_at_its_field_and_what_was_typed_stays(day: ClinicDay) -> None:
    answer = post(desk(day), "/schedule/new", patient_id="C7", given_name="Gus", phone="12",
                  performed_at="2026-03-09T13:30")  # fmt: skip
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.count("Has too few or too many digits; write it like +1 202 555 0123") == 2
    assert 'id="phone" name="phone" type="tel" value="12"' in page
    assert 'aria-invalid="true"' in page
    assert day.rows(Patient) == []


def test_a_chart_number_that_is_known_says_whose_it_is(day: ClinicDay) -> None:
    day.roster(ANA, header=HEADER)
    browser = desk(day)
    assert "Ana Lopez has this chart number." in words(post(browser, "/schedule/known", patient_id="C1"))
    assert "A new patient" in words(post(browser, "/schedule/known", patient_id="C9"))
    assert ("patient.view", 1) in [(row.action, row.subject_id) for row in day.rows(Audit)]


def edit(browser: FlaskClient, **cells: str) -> TestResponse:
    page = browser.get("/schedule/procedures/1").get_data(as_text=True)
    form = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        form[name] = chosen[1] if chosen else ""
    return browser.post("/schedule/procedures/1", data={**form, **cells})


def test_a_changed_time_and_number_move_what_has_not_left(day: ClinicDay) -> None:
    day.roster(ANA, header=HEADER)
    browser = desk(day)
    assert "Nothing was different." in words(browser.get(edit(browser).location))
    answer = edit(browser, performed_at="2026-03-11T09:30", phone="202-555-0299")
    assert answer.location == "/schedule/2026-03-11"
    planned = [(row.to, row.due_at.day) for row in day.rows(Outbound) if row.state == "planned"]
    assert planned == [("+12025550299", 12)]


def test_a_form_that_is_older_than_somebody_elses_change_writes_over_nothing(day: ClinicDay) -> None:
    day.roster(ANA, header=HEADER)
    browser = desk(day)
    answer = edit(browser, version="2026-03-09T00:00:00", phone="202-555-0299")
    assert answer.status_code == 409
    assert "Somebody changed this meanwhile" in words(answer)
    assert day.rows(Patient)[0].phone == "+12025550201"


def test_cancelling_takes_back_what_was_not_sent_and_can_be_undone(day: ClinicDay) -> None:
    day.roster(ANA, header=HEADER)
    browser = desk(day)
    post(browser, "/schedule/procedures/1/fill", status="cancelled")
    assert "Cancelled. What had not been sent was taken back." in words(browser.get("/schedule/2026-03-09"))
    assert [row.state for row in day.rows(Outbound)] == ["withdrawn"]
    post(browser, "/schedule/procedures/1/fill", status="performed")
    assert [row.state for row in day.rows(Outbound)][-1] == "planned"
    assert [row.action for row in day.rows(Audit) if row.action.startswith("procedure.")] == [
        "procedure.cancel",
        "procedure.change",
    ]


def test_a_roster_is_shown_line_by_line_before_anything_of_it_goes_in(day: ClinicDay) -> None:
    day.roster(ANA, header=HEADER)
    browser = desk(day)
    shown = upload(browser, ANA.replace("0201", "0211"), "C2,Ben,Kane,555,P2,31/12/2026,7-8,yes",
                   "C3,Cy,Moss,202-555-0203,P3,2026-03-09 11:00,6,yes")  # fmt: skip
    page = words(shown)
    assert "Phone (202) 555-0201 → (202) 555-0211" in page
    assert "Date and time 31/12/2026 Not a date we can read; write it like 2026-03-09 14:30" in page
    assert "Take in 2 lines" in page
    assert len(day.rows(Procedure)) == 1
    answer = confirm(browser, shown)
    told = words(browser.get(answer.location))
    assert "2 lines were taken in." in told
    assert "1 line was refused; it is on the digest until it is put right." in told
    assert {p.phone for p in day.rows(Patient)} == {"+12025550211", "+12025550203"}
    assert day.rows(RosterDraft) == []
    assert confirm(browser, shown).status_code == 410


def test_a_change_in_between_is_shown_again_and_not_imported_unseen(day: ClinicDay) -> None:
    day.roster(ANA, header=HEADER)
    browser = desk(day)
    shown = upload(browser, ANA)
    day.roster(ANA.replace("0201", "0222"), header=HEADER)
    again = confirm(browser, shown)
    assert again.status_code == 409
    assert "Phone (202) 555-0222 → (202) 555-0201" in words(again)
    assert day.rows(Patient)[0].phone == "+12025550222"


def test_a_file_that_is_no_roster_is_refused_whole_with_a_sentence(day: ClinicDay) -> None:
    browser = desk(day)
    answer = upload(browser, "a,b", header="one,two")
    assert answer.status_code == 422
    assert "The roster has no column patient_id, given_name, procedure_id and performed_at" in words(answer)
    assert post(browser, "/schedule/import").status_code == 422


def test_a_file_that_is_too_large_is_refused_and_a_long_one_is_not(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = desk(day)
    assert "Take in 1 line" in words(upload(browser, ANA, *["x" * 3000] * 100))
    monkeypatch.setattr(roster_pages.import_preview, "takes_up_to", 200_000)
    answer = upload(browser, "x" * 300_000)
    assert answer.status_code == 413
    assert "larger than 2 MB" in words(answer)


def test_a_file_that_would_keep_somebody_waiting_for_minutes_is_refused(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_pages, "MOST_LINES", 3)
    assert "The file has more than 3 lines." in words(upload(desk(day), *[ANA] * 4))


def test_nobody_confirms_what_somebody_else_looked_at(day: ClinicDay) -> None:
    shown = upload(desk(day), ANA)
    assert confirm(client(day, "provider"), shown).status_code == 410
    assert day.rows(Procedure) == []


@pytest.mark.parametrize("url", ["/schedule/procedures/1", "/schedule/2026-03-09"])
def test_another_clinics_schedule_is_not_there(day: ClinicDay, url: str) -> None:
    from followup.intake.clinics import set_clinic

    day.roster(ANA, header=HEADER)
    other = CLINIC.replace('"harbor"', '"pine"').replace("+12025550123", "+12025550124")
    with day.store.write() as session:
        set_clinic(session, other, day.clock())
    browser = client(day, "frontdesk", "pine")
    answer = browser.get(url)
    assert answer.status_code == (404 if "procedures" in url else 200)
    assert "Ana" not in answer.get_data(as_text=True)
    assert post(browser, "/schedule/procedures/1/fill", status="cancelled").status_code == 404
    assert day.rows(Procedure)[0].status == "performed"


def test_a_long_day_is_shown_in_pages(day: ClinicDay) -> None:
    rows = [f"C{n},Pat{n},Long,,P{n},2026-03-09 09:{n % 60:02d},8,yes" for n in range(130)]
    day.roster(*rows, header=HEADER)
    browser = desk(day)
    first = browser.get("/schedule/2026-03-09").get_data(as_text=True)
    more = re.search(r'href="(/schedule/2026-03-09\?after=[^"]+)"', first)
    assert more
    second = browser.get(more[1].replace("&amp;", "&")).get_data(as_text=True)
    seen = re.findall(r">(Pat\d+) Long<", first) + re.findall(r">(Pat\d+) Long<", second)
    assert len(seen) == len(set(seen)) == 130
