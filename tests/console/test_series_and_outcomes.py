"""The series and outcomes pages: who may see them, and what the browser is allowed to do with them."""

from __future__ import annotations

from html import escape

import pytest

from tests.clinic_day import CLINIC, ClinicDay

from .test_guards import answered, client

PAGES = ("/cases/1/series", "/cases/1/series.txt", "/cases/1/series.csv")


@pytest.mark.parametrize("page", [*PAGES, "/outcomes", "/outcomes/weeks.svg"])
def test_nobody_sees_them_without_a_sign_in(day: ClinicDay, page: str) -> None:
    answered(day)
    answer = day.app.test_client().get(page)
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]


def test_another_clinics_staff_find_no_series(day: ClinicDay) -> None:
    from followup.intake.clinics import set_clinic

    answered(day)
    other = CLINIC.replace('"harbor"', '"pine"').replace("+12025550123", "+12025550124")
    with day.store.write() as session:
        set_clinic(session, other, day.clock())
    browser = client(day, "provider", "pine")
    assert [browser.get(page).status_code for page in PAGES] == [404, 404, 404]
    assert "nothing to show yet" in browser.get("/outcomes").get_data(as_text=True)


def test_the_digest_leads_to_the_patient_and_so_to_the_series_and_its_files(day: ClinicDay) -> None:
    answered(day)
    browser = client(day, "provider")
    assert 'href="/patients/1"' in browser.get("/digest/2026-03-10").get_data(as_text=True)
    assert 'href="/cases/1/series"' in browser.get("/patients/1").get_data(as_text=True)
    page = browser.get("/cases/1/series")
    said = page.get_data(as_text=True)
    assert "Criteria not met" in said
    assert " style=" not in said
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    assert browser.get("/cases/1/series.csv").headers["Content-Disposition"] == (
        "attachment; filename=block-series.csv"
    )
    assert browser.get("/cases/1/series.txt").mimetype == "text/plain"


def test_a_case_that_is_not_there_is_not_found(day: ClinicDay) -> None:
    answered(day)
    assert client(day, "provider").get("/cases/99/series").status_code == 404


def test_the_pictures_come_as_files_that_may_do_nothing_but_look(day: ClinicDay) -> None:
    answered(day)
    browser = client(day, "frontdesk")
    page = browser.get("/outcomes?weeks=4&to=2026-03-10").get_data(as_text=True)
    for name in ("weeks", "funnel", "rungs"):
        assert f'src="/outcomes/{name}.svg?weeks=4&amp;to=2026-03-10"' in page
        for_a_phone = f"/outcomes/{name}.svg?weeks=4&to=2026-03-10&narrow=1"
        assert f'media="(max-width: 600px)" srcset="{escape(for_a_phone)}"' in page
        assert b'width="259.2pt"' in browser.get(for_a_phone).data
        picture = browser.get(f"/outcomes/{name}.svg?weeks=4&to=2026-03-10")
        assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
        assert picture.headers["Content-Security-Policy"] == ("default-src 'none'; style-src 'unsafe-inline'")
    assert 'alt="Funnel: procedures' in page


@pytest.mark.parametrize("wrong", ["/outcomes/pie.svg", "/outcomes?weeks=many", "/outcomes?to=yesterday",
                                   "/outcomes?to=0001-01-01"])  # fmt: skip
def test_a_wrong_address_is_not_found_and_no_error(day: ClinicDay, wrong: str) -> None:
    answered(day)
    assert client(day, "admin").get(wrong).status_code == 404


def test_outcomes_count_the_case_that_was_answered(day: ClinicDay) -> None:
    answered(day)
    page = client(day, "provider").get("/outcomes?to=2026-03-10").get_data(as_text=True)
    assert '<th scope="row">Answered</th><td class="n">1</td>' in page
