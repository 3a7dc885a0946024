"""One cell at a time: every spelling that means one thing is taken, every other is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from followup.intake import fields
from followup.intake.fields import UnreadableError

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-09 14:30", "2026-03-09T14:30", "2026-03-09 14:30:00", "2026-03-09T14:30:00.000",
        "3/9/2026 2:30 PM", "03/09/2026 02:30 pm", "3/9/2026 14:30", "3/9/26 2:30 PM", "3/9/2026 2:30:00 PM",
        "3/9/2026 2:30PM", "3/9/2026 2:30 p.m.", "2026-3-9 14:30", "2026-03-09 2:30 PM",
        "2026-03-09T18:30Z", "2026-03-09T11:30-07:00",
    ],
)  # fmt: skip
def test_one_moment_in_every_usual_spelling_is_the_same_moment(written: str) -> None:
    assert fields.moment(written, NEW_YORK) == datetime(2026, 3, 9, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("31/12/2026 14:30", "not a date we can read"),
        ("31/12/2026", "not a date we can read"),
        ("2/30/2026 14:30", "not a date we can read"),
        ("2026-03-09 25:30", "not a date we can read"),
        ("yesterday", "not a date we can read"),
        ("46090.604", "not a date we can read"),
        ("2026-03-09", "has no time of day"),
        ("3/9/2026", "has no time of day"),
        ("0001-01-01 00:00", "the year cannot be right"),
        ("9999-12-31 23:59", "the year cannot be right"),
    ],
)
def test_a_date_that_is_not_one_moment_is_refused(written: str, why: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        fields.moment(written, NEW_YORK)
    assert refused.value.why == why
    assert refused.value.instead == "write it like 2026-03-09 14:30 or 3/9/2026 2:30 PM"


def test_a_time_the_clocks_skip_moves_forward_and_one_that_comes_twice_is_the_first() -> None:
    assert fields.moment("2026-03-08 02:30", NEW_YORK) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 3:30 EDT
    assert fields.moment("2026-11-01 01:30", NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # EDT


@pytest.mark.parametrize(
    "written",
    [
        "+12025550123", "2025550123", "12025550123", "(202) 555-0123", "+1 (202) 555-0123", "202.555.0123",
        "202-555-0123", "1-202-555-0123", "202 555 0123", "1 202 555 0123", "202–555–0123",
    ],
)  # fmt: skip
def test_a_us_number_in_every_usual_spelling_is_one_number(written: str) -> None:
    assert fields.phone(written) == "+12025550123"


def test_a_number_abroad_is_kept_with_its_country() -> None:
    assert fields.phone("+52 55 1234 5678") == "+525512345678"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("202-555-0123 x5", "has an extension, which cannot be texted"),
        ("202-555-0123 ext. 12", "has an extension, which cannot be texted"),
        ("555-0123", "has no area code"),
        ("202-555-012", "has too few or too many digits"),
        ("202-555-0123 / 202-555-0124", "not a phone number"),
        ("202-555-0123 202-555-0124", "not a phone number"),
        ("2025550123.0", "has too few or too many digits"),
        ("000-000-0000", "no US number looks like this"),
        ("123-456-7890", "no US number looks like this"),
        ("202-055-0123", "no US number looks like this"),
        ("none", "not a phone number"),
        ("2.02555E+09", "not a phone number"),
        ("202-555-0123 (wife)", "not a phone number"),
        ("()", "not a phone number"),
    ],
)
def test_what_cannot_be_texted_is_not_a_phone(written: str, why: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        fields.phone(written)
    assert refused.value.why == why
    assert "leave it empty when there is none" in refused.value.instead


@pytest.mark.parametrize(
    ("reader", "written", "value"),
    [
        (fields.yes_no, "Yes", True), (fields.yes_no, "Y", True), (fields.yes_no, "TRUE", True),
        (fields.yes_no, "1", True), (fields.yes_no, "sí", True), (fields.yes_no, "No", False),
        (fields.yes_no, "n", False), (fields.yes_no, "0", False), (fields.yes_no, "false", False),
        (fields.language, "EN", "en"), (fields.language, "English", "en"), (fields.language, "es", "es"),
        (fields.language, "Spanish", "es"), (fields.language, "Español", "es"),
        (fields.channel, "SMS", "text"), (fields.channel, "voice", "call"),
        (fields.status, "Scheduled", "planned"), (fields.status, "canceled", "cancelled"),
        (fields.kind, "Medial Branch Block", "mbb"), (fields.kind, "FACET", "facet"),
        (fields.side, "L", "left"), (fields.side, "Rt.", "right"), (fields.side, "bilateral", "both"),
        (fields.intent, "Dx", "diagnostic"), (fields.intent, "Therapeutic", "therapeutic"),
        (fields.agent, "Lidocaine 2%", "lidocaine"), (fields.agent, "0.5% Marcaine", "bupivacaine"),
        (fields.agent, "Naropin", "ropivacaine"), (fields.agent, "mepivacaine", "other"),
        (fields.agent, "lidocaine + bupivacaine", "other"), (fields.agent, "levobupivacaine", "other"),
        (fields.timezone, "america/new_york", "America/New_York"),
        (fields.timezone, "America/New York", "America/New_York"),
        (fields.timezone, "EST", "America/New_York"), (fields.timezone, "Pacific", "America/Los_Angeles"),
        (fields.score, "7", Decimal(7)), (fields.score, "7.0", Decimal(7)),
        (fields.score, "7.5", Decimal("7.5")), (fields.score, "7/10", Decimal(7)),
        (fields.score, "0", Decimal(0)), (fields.score, "10", Decimal(10)),
        (fields.count, "2", 2), (fields.count, "2.0", 2), (fields.positives, "yes", 1),
        (fields.positives, "no", 0), (fields.positives, "1", 1), (fields.positives, "2", 2),
        (fields.levels, "L4-L5;L5-S1", "L4-L5;L5-S1"), (fields.levels, "L4-5, L5/S1", "L4-L5;L5-S1"),
        (fields.levels, "l4 - l5 and L5-S1", "L4-L5;L5-S1"), (fields.levels, "L3 L4 L4", "L3;L4"),
        (fields.levels, "C5/6", "C5-C6"),
    ],
)  # fmt: skip
def test_a_spelling_of_one_thing_is_that_thing(
    reader: Callable[[str], Any], written: str, value: Any
) -> None:
    assert reader(written) == value
    assert type(reader(written)) is type(value)


@pytest.mark.parametrize(
    ("reader", "written", "instead"),
    [
        (fields.yes_no, "maybe", "write yes or no"),
        (fields.language, "Vietnamese", "write en or es"),
        (fields.channel, "fax", "write text or call"),
        (fields.status, "no show", "write planned, performed or cancelled"),
        (fields.kind, "epidural", "write facet or mbb"),
        (fields.side, "middle", "write left, right or both"),
        (fields.intent, "curious", "write diagnostic or therapeutic"),
        (fields.timezone, "Gotham", "write it like America/New_York or Eastern"),
        (fields.score, "11", "write one number from 0 to 10"),
        (fields.score, "7.3", "write one number from 0 to 10"),
        (fields.score, "-1", "write one number from 0 to 10"),
        (fields.score, "7-8", "write one number from 0 to 10"),
        (fields.score, "7,5", "write one number from 0 to 10"),
        (fields.score, "٧", "write one number from 0 to 10"),
        (fields.count, "1.5", "write it like 2"),
        (fields.count, "-1", "write it like 2"),
        (fields.count, "100", "write it like 2"),
        (fields.levels, "lower back", "write it like L4-L5;L5-S1"),
        (fields.levels, ";", "write it like L4-L5;L5-S1"),
        (fields.short_text(3), "Anna", "shorten it"),
    ],
)
def test_a_cell_that_could_mean_two_things_is_refused_with_what_to_write(
    reader: Callable[[str], Any], written: str, instead: str
) -> None:
    with pytest.raises(UnreadableError) as refused:
        reader(written)
    assert refused.value.instead.startswith(instead)


def test_a_year_of_birth_is_a_year_and_not_a_date() -> None:
    assert fields.birth_year("1961", 2026) == "1961"
    assert fields.birth_year("1961.0", 2026) == "1961"
    for written in ("61", "1899", "2027", "1961-04-02"):
        with pytest.raises(UnreadableError, match="write only the year, like 1961"):
            fields.birth_year(written, 2026)
