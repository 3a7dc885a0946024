"""Whatever is put into a form of the console: no server error, and no row that breaks a rule."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from followup.console.guard import roles_of
from followup.store import Store
from tests.clinic_day import ClinicDay
from tests.security.two_clinics import both, staff_of_harbor

pytestmark = [
    pytest.mark.long,
    pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True),
]

_FIELDS = (
    "choice", "note", "end", "back", "how", "outcome", "question", "answer", "value", "name", "given_name",
    "family_name", "phone", "patient_id", "procedure_id", "performed_at", "baseline_score", "agent", "levels",
    "side", "kind", "status", "consent", "language", "channel", "timezone", "birth_year", "email", "role",
    "password", "code", "day", "version", "sending", "text", "words", "number", "reason", "q", "file", "seen",
)  # fmt: skip
_ODD = (
    "", " ", "0", "-1", "7", "99999999999999999999", "1e309", "NaN", "\u0663", "\0", "a\0b", "\ud7ff",
    "\U0001f642" * 50, "x" * 5000, "<script>", "'; --", "../../etc/passwd", "//evil.example",
    "javascript:alert(1)", "2026-02-30", "2026-03-10", "0001-01-01", "9999-12-31T23:59", "true", "[]", "{}",
    "%s%n", "\r\nSet-Cookie: a=b",
)  # fmt: skip
_ENDS_IT = ("sign_out", "change_password", "set_second_factor")


@pytest.fixture
def day(store: Store) -> Iterator[ClinicDay]:
    made = both(store)
    yield made
    made.close()


def test_no_form_with_anything_in_it_is_a_server_error(day: ClinicDay) -> None:
    """Seeded, so that a failure can be had again; each form a few dozen times, with its token."""
    dice = random.Random(7)
    posted = 0
    broken: dict[str, object] = {}
    for role in ("frontdesk", "provider", "admin"):
        browser = staff_of_harbor(day, role)
        token = browser.token()
        for rule in day.app.url_map.iter_rules():
            if "POST" not in (rule.methods or ()) or role not in roles_of(day.app, rule.endpoint):
                continue
            if rule.endpoint.rpartition(".")[2] in _ENDS_IT:
                continue
            for _ in range(12):
                arguments = {
                    name: dice.choice((1, 2, 10**9))
                    if name.endswith("_id")
                    else dice.choice(("x", "2026-03-10"))
                    for name in rule.arguments
                }
                built = rule.build(arguments)
                assert built is not None
                fields = {name: dice.choice(_ODD) for name in dice.sample(_FIELDS, 14)}
                answer = browser.client.post(built[1], data={**fields, "csrf_token": token})
                if answer.status_code >= 500:
                    broken[rule.endpoint] = (built[1], fields)
                location = answer.headers.get("Location", "/")
                assert location.startswith("/") and not location.startswith("//"), (built[1], location)  # noqa: PT018
                posted += 1
    assert broken == {}
    assert posted > 300
    with day.store.read() as session:
        assert session.execute(text("SELECT count(*) FROM patient")).scalar_one() >= 3
