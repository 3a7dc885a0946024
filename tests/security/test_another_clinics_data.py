"""Nobody sees or changes another clinic's data: every address the app has is tried, new ones included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.routing import Rule

from followup.cli import followup
from followup.console.guard import roles_of
from followup.store import Store
from tests.clinic_day import ClinicDay
from tests.security.two_clinics import ROLES, THEIRS, both, ids_of_theirs, staff_of_harbor, theirs

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

#: ends the session that the walk goes on with, or changes its own password
_OWN = ("sign_out", "password", "factor", "recovery", "end_other_sessions")
_WORDS = {"day": ["2026-03-10"], "action": ["acknowledge", "resolve"]}
#: what a search might call what it looks for
_ASKED = dict.fromkeys(("q", "name", "patient", "words", "search", "find"), "Wilhelmina") | {
    "chart": "chart-5501", "patient_id": "chart-5501", "phone": "+12025550241", "procedure_id": "pine-proc-1",
    "subject_id": "2", "clinic": "pine", "code": "pine", "clinic_id": "2",
}  # fmt: skip


_SAID = {
    "choice": "repeat", "end": "reached", "how": "phoned", "outcome": "reached", "role": "admin",
    "given_name": "Mallory", "consent": "yes", "answer": "7", "value": "7", "question": "pain_now",
    "sending": "paused",
}  # fmt: skip


@pytest.fixture
def day(store: Store) -> Iterator[ClinicDay]:
    made = both(store)
    yield made
    made.close()


def addresses(rule: Rule, known: dict[str, list[int]]) -> Iterator[str]:
    """Every address of a rule with the other clinic's ids in it, whatever its argument is called."""
    every = sorted({id for ids in known.values() for id in ids})
    values = [
        _WORDS.get(name) or (known.get(name) or every if name.endswith("_id") else [name])
        for name in sorted(rule.arguments)
    ]
    for chosen in product(*values):
        built = rule.build(dict(zip(sorted(rule.arguments), chosen, strict=True)))
        assert built is not None
        yield built[1]


def leaks(text: str, asked: dict[str, str] | None = None) -> list[str]:
    echoed = set((asked or {}).values())
    return [secret for secret in THEIRS if secret in text and not any(secret in word for word in echoed)]


def test_no_page_shows_anything_of_another_clinic(day: ClinicDay) -> None:
    known, seen = ids_of_theirs(day.store), 0
    for role in ROLES:
        browser = staff_of_harbor(day, role)
        for rule in day.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or role not in roles_of(day.app, rule.endpoint):
                continue
            for url, asked in product(addresses(rule, known), ({}, _ASKED)):
                if url.endswith(".pdf"):
                    continue  # printed from the page that is tried as it is
                answer = browser.client.get(url, query_string=asked, follow_redirects=True)
                assert answer.status_code < 500, url
                assert leaks(answer.get_data(as_text=True), asked) == [], (role, url)
                seen += 1
    assert seen >= 100


def test_no_form_changes_or_finds_anything_of_another_clinic(day: ClinicDay) -> None:
    known, before, tried = ids_of_theirs(day.store), theirs(day.store), 0
    for role in ROLES:
        browser = staff_of_harbor(day, role)
        fields = {**_ASKED, **_SAID, "csrf_token": browser.token()}
        for rule in day.app.url_map.iter_rules():
            if "POST" not in (rule.methods or ()) or role not in roles_of(day.app, rule.endpoint):
                continue
            if any(word in rule.endpoint for word in _OWN):
                continue
            for url in addresses(rule, known):
                answer = browser.client.post(url, data=fields)
                text = answer.get_data(as_text=True)
                assert answer.status_code < 500, url
                assert leaks(text, fields) == [], (role, url)
                assert "Oppenheimer" not in text, (role, url)
                tried += 1
    assert tried >= 50
    assert theirs(day.store) == before


def run(day: ClinicDay, *words: str) -> Any:
    url = day.store.engine.url.render_as_string(hide_password=False)
    keys = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    return CliRunner().invoke(followup, words, env={"DATABASE_URL": url, "FOLLOWUP_KEYS": keys})


_COMMANDS = (
    "digest --date 2026-03-10 --now 2026-03-10T15:00:00Z --format text",
    "digest --date 2026-03-10 --now 2026-03-10T15:00:00Z --format json",
    "digest --date 2026-03-10 --now 2026-03-10T15:00:00Z --format html",
    "reconcile --date 2026-03-10",
    "outcomes --date 2026-03-10",
    "export --from 2026-03-01 --to 2026-03-31 --format csv",
    "export --from 2026-03-01 --to 2026-03-31 --format fhir",
    "series --patient p1",
    "person export --patient p1",
)


def test_no_command_tells_one_clinic_of_the_other(day: ClinicDay) -> None:
    for command in _COMMANDS:
        ours = run(day, *command.split(), "--clinic", "harbor")
        assert ours.exit_code == 0, command
        assert leaks(ours.output) == [], command
    before = theirs(day.store)
    for command in ("series", "person export", "erase", "person hold"):
        found = run(day, *command.split(), "--clinic", "harbor", "--patient", "chart-5501")
        assert found.exit_code == 2, command
        assert leaks(found.output, {"chart": "chart-5501"}) == [], command
    assert theirs(day.store) == before
    digest = json.loads(run(day, *_COMMANDS[1].split(), "--clinic", "harbor").output)
    assert digest["procedures"] == 1
