"""Whatever is typed into an address or a form, by whomever: never an error of ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clinic_day import ClinicDay
from tests.console.test_guards import answered, client, token

FIELDS = (
    "choice", "note", "end", "how", "role", "email", "password", "new", "code", "account", "back", "next",
    "language", "provider", "only", "page", "weeks", "to", "day", "question", "value", "number", "phone", "q",
    "key", "why", "newest", "stamp", "text", "first", "last", "who", "action", "subject", "id", "given_name",
)  # fmt: skip
ODD = (
    "", "0", "-1", "7", "2026-03-10", "9999-99-99", "'; DROP TABLE staff; --", "=1+1", "<script>", "a\x00b",
    "//evil.example", "../../etc/passwd", "1" * 40, "NaN", "½", "٣", "{{7*7}}",
)  # fmt: skip
TYPED = st.one_of(st.text(max_size=60), st.sampled_from(ODD))
NUMBERS = st.one_of(st.integers(0, 3), st.integers(2**31 - 1, 2**70))


@pytest.mark.long
@pytest.mark.parametrize("role", ["", "frontdesk", "provider", "admin"])
def test_no_address_and_no_form_brings_the_console_down(day: ClinicDay, role: str) -> None:
    answered(day)
    browser = client(day, role) if role else day.app.test_client()
    form_token = token(browser, "/" if role else "/sign-in")
    rules = [
        rule for rule in day.app.url_map.iter_rules()
        if not rule.rule.startswith(("/twilio/", "/api/", "/readyz")) and "static" not in rule.endpoint
        and rule.endpoint not in ("console.sign_out", "console.sign_in_with_password")
    ]  # fmt: skip

    @settings(
        max_examples=200, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(st.data())
    def typed(data: Any) -> None:
        rule = data.draw(st.sampled_from(rules))
        path = rule.rule
        for name in rule.arguments:
            kind = type(rule._converters[name]).__name__
            part = str(data.draw(NUMBERS)) if kind in ("RowNumber", "IntegerConverter") else data.draw(TYPED)
            path = path.replace(f"<int:{name}>", part).replace(f"<{name}>", part.replace("/", "") or "x")
        fields = data.draw(st.dictionaries(st.sampled_from(FIELDS), TYPED, max_size=5))
        if "POST" in (rule.methods or ()):
            answer = browser.post(path, data={"csrf_token": form_token, **fields})
        else:
            answer = browser.get(path, query_string=fields)
        assert answer.status_code < 500, (rule.rule, path, fields)

    typed()
