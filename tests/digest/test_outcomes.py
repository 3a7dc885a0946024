"""Outcomes that flatter nobody, weeks that are whole, a funnel that adds up, and pictures that agree."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from sqlalchemy import event

from followup.digest.build import build
from followup.digest.charts import NAMES, draw, said
from followup.digest.model import Digest
from followup.digest.outcomes import Outcomes, Relief
from followup.digest.render_outcomes import OutcomesSheet, outcomes_sheet, relief_words, render_outcomes_html
from followup.digest.weeks import first_day
from followup.store import Store
from followup.store.models import CheckIn, Clinic

from .clinic_day import DAY, NOW, REPEAT, add_case
from .earlier_weeks import WEEKS, add_earlier_weeks

YESTERDAY = DAY - timedelta(days=1)


def sheet_of(store: Store, clinic: Clinic, count: int = 12) -> OutcomesSheet:
    with store.read() as session:
        return outcomes_sheet(session, session.get_one(Clinic, clinic.id), YESTERDAY, NOW, count)


@pytest.fixture
def past(store: Store, clinic: Clinic) -> Outcomes:
    with store.write() as session:
        add_earlier_weeks(session, session.get_one(Clinic, clinic.id))
    return sheet_of(store, clinic).found


def test_each_step_of_the_funnel_is_the_one_before_less_what_was_lost(past: Outcomes) -> None:
    assert past.funnel[0].count == sum(len(week) for week in WEEKS) == past.procedures
    for before, step in zip(past.funnel, past.funnel[1:], strict=False):
        assert step.count == before.count - sum(number for _, number in step.lost), step.name
    assert [(step.name, step.count) for step in past.funnel] == [
        ("Procedures", 24), ("May be contacted", 23), ("Sent", 23), ("Delivered", 22), ("Answered", 16),
        ("Decided", 11),
    ]  # fmt: skip
    assert past.funnel[4].lost == (("no answer", 5), ("wrong number", 1))


def test_what_the_rungs_added_is_what_the_funnel_says_was_answered(past: Outcomes) -> None:
    added = {rung.name: rung.added for rung in past.rungs}
    assert added == {"First contact": 11, "Reminder": 3, "Call": 1, "Second call": 1, "Staff by phone": 3}
    assert sum(added.values()) - added["Staff by phone"] == past.funnel[4].count


def test_the_share_at_the_bar_comes_with_its_range(past: Outcomes) -> None:
    assert (past.relief.reached, past.relief.known, past.relief.asked) == (5, 16, 23)
    low, share, high = past.relief.shares or (0, 0, 0)
    assert (low, share, high) == (500 / 23, 500 / 16, 1200 / 23)
    first, second = relief_words(past.relief)
    assert first == "31 % reached 80 % relief: 5 of 16 whose scores are known."
    assert "between 22 % (if the 7 without scores all failed) and 52 %" in second


def test_without_scores_no_share_is_made_up() -> None:
    assert Relief(Decimal(80), 0, 0, 4).shares is None


def test_a_score_now_counts_only_when_the_relief_is_still_there(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        ours = session.get_one(Clinic, clinic.id)
        day_before = NOW - timedelta(days=3)
        add_case(session, ours, 1, said={"pain_now": 1}, performed_at=day_before)
        add_case(session, ours, 2, said={"pain_now": 7}, performed_at=day_before)
    relief = sheet_of(store, clinic).found.relief
    assert (relief.reached, relief.known, relief.asked) == (1, 1, 2)


def test_a_gap_of_more_than_ten_points_is_said_with_its_counts(past: Outcomes) -> None:
    [gap] = past.gaps
    assert gap.startswith("English: 67 % of 18 answered, Spanish: 80 % of 5.")
    assert {(g.by, g.name, g.asked, g.answered) for g in past.groups} == {
        ("language", "English", 18, 12), ("language", "Spanish", 5, 4), ("channel", "By text", 23, 16),
    }  # fmt: skip


def test_the_weeks_count_whom_they_asked_and_leave_out_the_empty_ones_before(past: Outcomes) -> None:
    assert [(week.asked, week.answered, week.percent) for week in past.weeks] == [
        (5, 3, 60), (4, 2, 50), (4, 3, 75), (5, 4, 80), (5, 4, 80),
    ]  # fmt: skip
    assert sum(week.wrong_numbers for week in past.weeks) == 2
    assert [week.median_minutes for week in past.weeks] == [18, 194, 18, 18, 18]
    assert sum((week.cost.amount for week in past.weeks), Decimal(0)) == past.cost.amount


def test_weeks_end_on_the_day_before_and_are_seven_days() -> None:
    assert first_day(date(2026, 3, 9), 1) == date(2026, 3, 3)
    assert first_day(date(2026, 3, 9), 4) == date(2026, 2, 10)


def test_the_digest_has_the_trend_of_the_four_weeks_before_it(
    store: Store, clinic: Clinic, past: Outcomes
) -> None:
    with store.read() as session:
        made: Digest = build(session, session.get_one(Clinic, clinic.id), DAY, NOW)
    assert made.trend == past.weeks[1:]
    assert made.reply_minutes == 18


def test_a_cancelled_procedure_is_in_no_count(store: Store, clinic: Clinic, past: Outcomes) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 900, said=REPEAT, performed_at=NOW - timedelta(days=4))
        session.get_one(CheckIn, case.check_in_id).outcome = "cancelled"
        case.status = "cancelled"
    assert sheet_of(store, clinic).found.procedures == past.procedures


def test_the_number_of_queries_does_not_grow_with_the_weeks(
    store: Store, clinic: Clinic, past: Outcomes
) -> None:
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    sheet_of(store, clinic, count=1)
    one = len(asked)
    asked.clear()
    sheet_of(store, clinic, count=53)
    assert len(asked) == one <= 12


def test_a_picture_is_the_same_bytes_each_time_and_carries_no_script_or_date(past: Outcomes) -> None:
    for name in NAMES:
        first = draw(name, past)
        draw.cache_clear()
        assert draw(name, past) == first, name
        ElementTree.fromstring(first)
        assert "<script" not in first
        assert "<dc:date>" not in first
        assert "Matplotlib" not in first


def test_a_phones_picture_is_half_as_wide_and_its_letters_as_large(past: Outcomes) -> None:
    for name in NAMES:
        wide, narrow = (ElementTree.fromstring(draw(name, past, narrow=narrow)) for narrow in (False, True))
        assert [drawn.get("width") for drawn in (wide, narrow)] == ["518.4pt", "259.2pt"], name
        assert letters(wide) == letters(narrow) != set(), name


def letters(drawn: ElementTree.Element) -> set[str]:
    """How large the outlines of letters are drawn."""
    moved = (part.get("transform", "") for part in drawn.iter())
    return {move.rpartition("scale(")[2] for move in moved if "scale(" in move}


def test_each_picture_has_words_with_its_numbers(past: Outcomes) -> None:
    assert said("funnel", past) == (
        "Funnel: procedures 24, may be contacted 23, sent 23, delivered 22, answered 16, decided 11."
    )
    assert said("rungs", past).endswith(
        "first contact 11, reminder 3, call 1, second call 1, staff by phone 3."
    )
    assert said("weeks", past) == "Answered by week, 5 weeks: from 60 to 80 percent, median 75 percent."


def test_a_clinic_without_a_past_has_a_page_too(store: Store, clinic: Clinic) -> None:
    page = render_outcomes_html(sheet_of(store, clinic), standalone=True)
    assert "nobody has given scores yet" in page
    assert "there is nothing to show yet" in page
    assert "<img" not in page, "an empty chart says less than a sentence"


def test_the_digest_does_not_load_the_plotting_library() -> None:
    """It takes a second and tens of megabytes: a web process pays for it when somebody opens the page."""
    loaded = "import followup.console.app, followup.digest.deliver, sys; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
