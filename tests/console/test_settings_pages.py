"""Settings: changed on a page as in the clinic file, checked the same, on record, and for admins alone."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from followup.checkin.clinics import clinic_file
from followup.clinic import ClinicFile
from followup.keeping import Retention
from followup.store.models import Audit, Clinic, Outbound
from tests.clinic_day import ClinicDay
from tests.console.test_guards import client
from tests.console.test_schedule_pages import words

# What a page makes of a form is the same whatever database is behind it; `tests/intake` has both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGES = ("clinic", "hours", "ladder", "on_call", "digest", "thresholds", "sign_in", "retention")
NOW = "/settings/wording/pain_now.en.ask"
MINE = "202-555-0177"


@pytest.fixture
def admin(day: ClinicDay) -> FlaskClient:
    return client(day, "admin")


def form_of(browser: FlaskClient, url: str) -> dict[str, object]:
    """The page's fields as a browser would send them back."""
    text = browser.get(url).get_data(as_text=True)
    text = text[text.index('<main id="content"') : text.index("</main>")]
    form: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if found.get("type") == "checkbox" and " checked" not in tag:
            continue
        if found.get("name", "number") != "number":
            form.setdefault(found["name"], []).append(html.unescape(found.get("value", "")))  # type: ignore[attr-defined]
    for name, inside in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', text, re.DOTALL):
        form[name] = html.unescape(inside)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        form[name] = chosen[1] if chosen else ""
    return form


def save(browser: FlaskClient, url: str, **changed: object) -> TestResponse:
    """Send the page's form back with some fields changed; dots are written as two underscores."""
    form = form_of(browser, url) | {name.replace("__", "."): value for name, value in changed.items()}
    return browser.post(url, data=form)


def file(day: ClinicDay) -> ClinicFile:
    with day.store.read() as session:
        return clinic_file(session.get_one(Clinic, 1))


def done(day: ClinicDay) -> list[tuple[str, str]]:
    return [
        (row.action, row.detail)
        for row in day.rows(Audit)
        if not row.action.endswith(".view") and not row.action.startswith("sign_in")
    ]


@pytest.mark.parametrize("role", ["frontdesk", "provider"])
def test_settings_and_the_record_are_for_admins_alone(day: ClinicDay, role: str) -> None:
    browser = client(day, role)
    for url in ("/settings", "/settings/hours", "/settings/wording", NOW, "/audit", "/audit.csv",
                "/settings/clinic.toml"):  # fmt: skip
        assert browser.get(url).status_code == 403, url
    assert "Settings" not in words(browser.get("/health"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_sent_back_as_it_is_changes_nothing(day: ClinicDay, admin: FlaskClient, name: str) -> None:
    before = file(day)
    answer = save(admin, f"/settings/{name}")
    assert answer.status_code == 302, words(answer)
    assert "Nothing was different." in words(admin.get(answer.location))
    assert file(day) == before
    assert done(day) == []


def test_hours_are_changed_and_act_on_what_has_not_left(day: ClinicDay, admin: FlaskClient) -> None:
    day.patient()
    answer = save(admin, "/settings/hours", hours__check_in_time="11:30", hours__days=["mon", "tue"])
    assert "Saved. What has not left yet follows." in words(admin.get(answer.location))
    assert file(day).hours.days == (0, 1)
    assert day.rows(Outbound)[0].due_at.hour == 15  # half past eleven in New York
    assert done(day) == [("settings.change", "hours: check_in_time,days")]


def test_a_wrong_value_is_told_at_its_field_and_stays_as_typed(day: ClinicDay, admin: FlaskClient) -> None:
    answer = save(admin, "/settings/clinic", clinic__callback_number="555", clinic__name="")
    page = words(answer)
    assert answer.status_code == 422
    assert (
        "Number patients are told to call : '555' is not a phone number; write it like +12025550123." in page
    )
    assert "Is empty; write something." in page
    assert 'value="555"' in answer.get_data(as_text=True)
    assert file(day).clinic.name == "Harbor Spine Clinic"


def test_rungs_out_of_order_are_told_on_top(day: ClinicDay, admin: FlaskClient) -> None:
    answer = save(admin, "/settings/ladder", ladder__call="60")
    assert "The rungs must come one after the other" in words(answer)
    assert file(day).ladder.call == 360


def test_somebody_is_put_on_call_and_the_third_row_is_named_when_it_is_wrong(
    day: ClinicDay, admin: FlaskClient
) -> None:
    save(admin, "/settings/on_call", on_call__people__name=["Dr K", "", "Bo"],
         on_call__people__phone=["+12025550190", "", "+12025550191"],
         on_call__people__hours=["", "", "mon-fri 08:00-17:00"])  # fmt: skip
    assert [(p.name, p.hours) for p in file(day).on_call.people] == [
        ("Dr K", "always"),
        ("Bo", "mon-fri 08:00-17:00"),
    ]
    answer = save(admin, "/settings/on_call", on_call__people__phone=["+12025550190", "12", "", ""])
    assert "People : 2: '12' is not a phone number" in words(answer)


def test_the_day_of_text_is_switched_on_and_off(day: ClinicDay, admin: FlaskClient) -> None:
    save(admin, "/settings/ladder", day_of__at_minutes="90")
    assert file(day).day_of is not None
    save(admin, "/settings/ladder", day_of__at_minutes="")
    assert file(day).day_of is None


def test_what_is_let_go_is_set_in_days_refused_when_too_few_and_kept_when_empty(
    day: ClinicDay, admin: FlaskClient
) -> None:
    save(admin, "/settings/retention", retention__messages="400", retention__names="2600")
    assert (file(day).retention.messages, file(day).retention.names) == (400, 2600)
    answer = save(admin, "/settings/retention", retention__messages="3")
    assert answer.status_code == 422
    assert 'id="retention.messages-error"' in answer.get_data(as_text=True)
    answer = save(admin, "/settings/retention", retention__names="", retention__cases="400")
    assert "Cases cannot go before the names they belong to" in words(answer)
    assert (file(day).retention.messages, file(day).retention.cases) == (400, None)
    save(admin, "/settings/retention", retention__messages="", retention__names="")
    assert file(day).retention == Retention()
    assert done(day) == [("settings.change", "retention: messages,names")] * 2


def test_what_would_go_is_counted_before_it_is_saved(day: ClinicDay) -> None:
    day.person(day.patient(), ["7", "N", "7"])
    day.at("12:00")
    day.clock.set(day.clock() + timedelta(days=60))
    admin = client(day, "admin")
    form = form_of(admin, "/settings/retention")
    look = form | {"retention.messages": "30"}
    page = words(admin.post("/settings/retention/effect", data=look))
    assert "For good, unless the number is changed before: rosters: 1" in page
    assert "texts" not in page, "a conversation that is still open is not counted, since it does not go"
    assert page in words(admin.post("/settings/retention", data=look | {"look": "1"}))
    page = words(admin.post("/settings/retention/effect", data=look | {"retention.messages": "90"}))
    assert "Nothing is that old yet." in page
    page = words(admin.post("/settings/retention/effect", data=look | {"retention.messages": "7"}))
    assert "greater than or equal to 30" in page
    assert file(day).retention == Retention()


def test_an_older_form_writes_over_nothing(day: ClinicDay, admin: FlaskClient) -> None:
    old = form_of(admin, "/settings/hours")
    save(admin, "/settings/hours", hours__check_in_time="11:00")
    answer = admin.post("/settings/hours", data=old | {"hours.check_in_time": "12:00"})
    assert answer.status_code == 409
    assert "Somebody changed the settings meanwhile" in words(answer)
    assert file(day).hours.check_in_time.hour == 11


def test_fields_that_are_not_on_the_page_do_nothing(day: ClinicDay, admin: FlaskClient) -> None:
    save(admin, "/settings/hours", clinic__code="pine", texting__from="+12025550199", clinic__paused="yes")
    assert (file(day).clinic.code, file(day).sender) == ("harbor", "+12025550123")


def test_thresholds_show_what_they_would_have_done_before_they_are_saved(day: ClinicDay) -> None:
    day.person(day.patient(), ["3", "N", "3", "6", "N", "Y"])
    day.at("12:00")
    admin = client(day, "admin")
    form = form_of(admin, "/settings/thresholds") | {"thresholds.repeat_percent": "60"}
    shown = words(admin.post("/settings/thresholds/effect", data=form))
    assert "1 of 1 proposals of the last 90 days would have been placed otherwise." in shown
    assert "provider review → candidate for another block" in shown
    looked = admin.post("/settings/thresholds", data=form | {"look": "1"})
    assert "1 of 1 proposals" in words(looked)
    assert file(day).thresholds.repeat_percent == 80
    wrong = admin.post("/settings/thresholds/effect", data=form | {"thresholds.repeat_percent": "20"})
    assert "write a number of percent from 50 to 100" in words(wrong)


def test_the_brake_stops_what_is_unprompted_and_is_on_record(day: ClinicDay, admin: FlaskClient) -> None:
    phone = day.patient()
    token = form_of(admin, "/settings")["csrf_token"]
    admin.post("/settings/sending", data={"csrf_token": token, "paused": "yes"})
    day.at("11:00")
    assert day.creates(phone) == []
    admin = client(day, "admin")
    assert "Paused." in words(admin.get("/settings"))
    token = form_of(admin, "/settings")["csrf_token"]
    admin.post("/settings/sending", data={"csrf_token": token, "paused": "no"})
    day.at("12:00")
    assert len(day.creates(phone)) == 1
    assert done(day) == [("sending.pause", ""), ("sending.resume", "")]


def test_own_words_are_counted_by_the_server_saved_and_sent(day: ClinicDay, admin: FlaskClient) -> None:
    own = "Your usual back pain this minute? 0 = no pain, 10 = worst."
    form = form_of(admin, NOW) | {"words": own}
    assert "120 of 160 letters in its longest use: one message" in words(
        admin.post(f"{NOW}/count", data=form)
    )
    assert admin.post(NOW, data=form).status_code == 302
    assert "own words" in words(admin.get("/settings/wording"))
    phone = day.patient(name="Maria")
    day.at("10:05")
    assert day.creates(phone) == [f"Harbor Clinic: Hello Maria. {own} Reply STOP to opt out."]
    save(client(day, "admin"), NOW, standard="1")
    assert file(day).own_words == {}
    assert done(day) == [("wording.change", "pain_now.en.ask")] * 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("How is the pain after your injection? 0 = no pain, 10 = worst.", 'ays "inject"'),
        ("Your usual back pain, {name}? 0 = no pain, 10 = worst.", "{name}, which is not known here"),
        (
            f"Your usual back pain? {'Please tell us. ' * 6}0 = no pain, 10 = worst.",
            "too long for one message",
        ),
    ],
)
def test_words_that_break_a_rule_are_told_while_typing_and_never_saved(
    day: ClinicDay, admin: FlaskClient, typed: str, said: str
) -> None:
    form = form_of(admin, NOW) | {"words": typed}
    assert said in words(admin.post(f"{NOW}/count", data=form))
    answer = admin.post(NOW, data=form)
    assert answer.status_code == 422
    assert said in words(answer)
    assert file(day).own_words == {}


def test_safety_texts_are_not_to_be_worded(admin: FlaskClient) -> None:
    assert admin.get("/settings/wording/emergency.en").status_code == 404


def test_a_test_text_goes_to_ones_own_phone_alone(day: ClinicDay, admin: FlaskClient) -> None:
    day.patient()
    token = form_of(admin, "/settings")["csrf_token"]

    def ask(number: str, **more: str) -> str:
        admin.post("/settings/test", data={"csrf_token": token, "number": number, **more})
        return words(admin.get("/settings"))

    assert "The test leaves with the next round" in ask(MINE, key="closing.es")
    assert "This number is a patient's." in ask("202-555-0201")
    assert "too few or too many digits" in ask("55")
    day.tick()
    assert day.creates("+12025550177")[0].startswith("TEST: Gracias, es todo.")
    assert [action for action, _ in done(day)] == ["test.send"]


def test_the_clinic_file_is_given_as_it_was_written(day: ClinicDay, admin: FlaskClient) -> None:
    answer = admin.get("/settings/clinic.toml")
    assert 'spoken_name = "Harbor Clinic"' in answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"] == "attachment; filename=harbor.toml"
