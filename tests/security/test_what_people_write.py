"""Whatever a patient, a roster or a caller brings, it is words: shown as written, and never run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest

from followup.console.accounts import add_staff
from followup.console.guard import roles_of
from followup.digest.build import build
from followup.digest.render_html import render_html
from followup.export.as_csv import as_csv
from followup.export.cases import cases
from followup.simulator.scripts import Scripted
from followup.store import Store
from followup.store.models import Clinic, Inbound, Patient
from tests.clinic_day import CLINIC, PROCEDURE_DAY, ClinicDay
from tests.console.front_door import PASSWORD, Browser
from tests.voice.caller import ABOUT_HEALTH

SCRIPT = "<script>alert(7)</script>"
IMAGE = "7 <img src=x onerror=alert(1)>"
QUOTES = "\"'><svg/onload=alert(2)>"
SQL = "7'; DROP TABLE patient; --"
TWIML = "</Message><Dial>+19005550100</Dial><Message>"
TEMPLATE = "{{ 7*7 }} {% raw %} %(x)s ${7*7}"
FORMULA = '=HYPERLINK("https://evil.example";"7")'
HOSTILE = (SCRIPT, IMAGE, QUOTES, SQL, TWIML, TEMPLATE, FORMULA)
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MARKUP = ("<script>alert", "<img src=x", "<svg/onload", "<Dial>", "49 {%")
ROLES = ("frontdesk", "provider", "admin")
HEADER = "patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,provider,consent"


@pytest.fixture
def hostile(store: Store) -> Iterator[ClinicDay]:
    """Each hostile text is a name, a chart id, a provider and a reply."""
    day = ClinicDay(store)
    lines = [
        ",".join(
            f'"{cell.replace(chr(34), chr(34) * 2)}"'
            for cell in (words, words, words, f"+120255502{n:02d}", f"p{n}{words}"[:64],
                         "2026-03-09 12:00", "8", words, "yes")
        )
        for n, words in enumerate(HOSTILE, start=1)
    ]  # fmt: skip
    day.roster(*lines, header=HEADER)
    for n, words in enumerate(HOSTILE, start=1):
        day.person(f"+120255502{n:02d}", [words])
    day.at("11:00")
    with store.write() as session:
        clinic = session.get_one(Clinic, 1)
        for role in ROLES:
            add_staff(session, clinic, f"{role}@harbor.example", role, PASSWORD, day.clock())
    yield day
    day.close()


def test_what_is_hostile_is_kept_as_written_shown_as_words_and_run_nowhere(hostile: ClinicDay) -> None:
    """One day for all of it, since a day takes a while: tables, pages, digest, spreadsheet, texts."""
    assert {row.body for row in hostile.rows(Inbound)} == set(HOSTILE)
    assert len(hostile.rows(Patient)) >= 1
    every_page_shows_words(hostile)
    the_digest_as_a_file_shows_words(hostile)
    a_spreadsheet_runs_nothing(hostile)
    nothing_of_ours_does_what_it_says(hostile)


def raw(page: str) -> list[str]:
    """What of the hostile texts stands in a page as markup, and not as words."""
    return [found for found in MARKUP if found in page]


def every_page_shows_words(day: ClinicDay) -> None:
    shown = 0
    for role in ROLES:
        browser = Browser(day)  # type: ignore[arg-type]
        assert browser.sign_in(f"{role}@harbor.example").status_code == 302
        for rule in day.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or role not in roles_of(day.app, rule.endpoint):
                continue
            many = range(1, 8) if any(name.endswith("_id") for name in rule.arguments) else [1]
            for number in many:
                values = {name: "2026-03-10" if name == "day" else number for name in rule.arguments}
                built = rule.build(values)
                if built is None or built[1].endswith(".pdf"):
                    continue
                answer = browser.client.get(built[1], query_string={"q": SCRIPT, "name": QUOTES})
                page = answer.get_data(as_text=True)
                assert answer.status_code < 500, built[1]
                if answer.mimetype in ("text/html", "image/svg+xml"):
                    assert raw(page) == [], built[1]
                    shown += "&lt;" in page
                else:
                    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert shown >= 3, "some page must have had something to show"


def the_digest_as_a_file_shows_words(day: ClinicDay) -> None:
    with day.store.read() as session:
        made = build(session, session.get_one(Clinic, 1), PROCEDURE_DAY.replace(day=10), day.clock())
    page = str(render_html(made, standalone=True))
    assert raw(page) == []
    assert "&lt;" in page


def a_spreadsheet_runs_nothing(day: ClinicDay) -> None:
    (found,) = cases(day.store, 1, PROCEDURE_DAY, PROCEDURE_DAY)
    lines = "".join(as_csv(found))
    cells = [cell for line in csv.reader(io.StringIO(lines)) for cell in line]
    assert f"'{FORMULA}" in cells
    assert [cell for cell in cells if cell[:1] in ("=", "@", "+", "\t") and cell] == []


def nothing_of_ours_does_what_it_says(day: ClinicDay) -> None:
    """A name goes into texts and into what is spoken: neither may become a verb of the carrier's."""
    assert [fact for fact in day.carrier.log.of("call") if "900555" in fact["to"]] == []
    assert [fact["to"] for fact in day.carrier.log.of("arrive") if "900555" in fact["to"]] == []
    assert [fact["code"] for fact in day.carrier.log.of("alert")] == []
    said = " ".join(fact["body"] for fact in day.carrier.log.of("arrive"))
    assert "49" not in re.sub(r"\d{3,}", "", said)


def test_a_spoofed_caller_learns_nothing_and_changes_nothing(store: Store) -> None:
    """Caller ID is whatever the caller wants: nothing of health is said before it is known who speaks."""
    day = ClinicDay(store, clinic=CLINIC + '[calling]\nfrom = "+12025550123"\n')
    victim = day.patient()
    day.at("10:01")
    before = [(row.id, row.phone, row.consent, row.phone_state) for row in day.rows(Patient)]
    for minute, acts in enumerate(([], ["2"], ["9", "9", "9"], ["#", "*1"])):
        day.carrier.add_person(victim, Scripted(acts=acts))
        call = day.carrier.call_in(victim, "+12025550123")
        day.at(f"10:{10 + minute * 5}")
        spoken = " ".join(fact["words"] for fact in day.carrier.log.of("said") if fact["sid"] == call.sid)
        assert spoken
        assert not ABOUT_HEALTH.search(spoken), (acts, spoken)
    assert [(row.id, row.phone, row.consent, row.phone_state) for row in day.rows(Patient)] == before
    day.close()
