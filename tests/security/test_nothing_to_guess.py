"""Whoever guesses learns nothing: another clinic's and what never was get one answer, for the same work.

The work is counted in statements to the database: what a clock held against the answer would measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from followup.console.guard import roles_of
from followup.store import Store
from tests.clinic_day import ClinicDay
from tests.security.two_clinics import ROLES, both, ids_of_theirs, staff_of_harbor
from tests.webhooks.test_few_statements import counted

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_NEVER = 99_999_999


@pytest.fixture
def day(store: Store) -> Iterator[ClinicDay]:
    made = both(store)
    yield made
    made.close()


def said(answer: object, number: int) -> str:
    """What an answer says, without the guessed number and the token that differs each time."""
    text = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    return re.sub(rf"\b{number}\b", "N", re.sub(r'name="csrf_token" value="[^"]+"', "", text))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_guessed_number_that_exists_elsewhere_is_answered_like_one_that_never_was(
    day: ClinicDay, method: str
) -> None:
    known, tried = ids_of_theirs(day.store), 0
    for role in ROLES:
        browser = staff_of_harbor(day, role)
        form = {"csrf_token": browser.token(), "choice": "repeat", "end": "reached", "outcome": "open"}
        for rule in day.app.url_map.iter_rules():
            names = [name for name in rule.arguments if name.endswith("_id")]
            if method not in (rule.methods or ()) or role not in roles_of(day.app, rule.endpoint):
                continue
            if len(names) != 1 or len(rule.arguments) != 1 or not known.get(names[0]):
                continue
            answers = []
            for number in (known[names[0]][0], _NEVER):
                built = rule.build({names[0]: number})
                assert built is not None
                browser.client.get("/account")  # shows what the form before had to say
                with counted(day.store) as asked:
                    answer = browser.client.open(
                        built[1], method=method, data=form if method == "POST" else None
                    )
                answers.append((answer.status_code, said(answer, number), len(asked)))
            tried += 1
            assert answers[0] == answers[1], (role, rule.rule)
    assert tried >= 5


def test_a_search_for_another_clinics_patient_is_answered_like_one_for_nobody(day: ClinicDay) -> None:
    browser = staff_of_harbor(day, "frontdesk")
    token = browser.token()
    browser.client.post(
        "/search", data={"q": "anybody", "csrf_token": token}
    )  # this address is known from now on
    for theirs, nobodys in (
        ("Wilhelmina", "Wolfhelmina"), ("(202) 555-0241", "(202) 555-0249"), ("chart-5501", "chart-9901"),
    ):  # fmt: skip
        answers = []
        for words in (theirs, nobodys):
            with counted(day.store) as asked:
                answer = browser.client.post("/search", data={"q": words, "csrf_token": token})
            assert answer.status_code == 200
            answers.append((said(answer, 0).replace(words, "W"), len(asked)))
        assert answers[0] == answers[1], theirs
