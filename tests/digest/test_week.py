"""The week beside the day: what came apart after its own evening is named on the next page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from followup.digest.mail import count
from followup.digest.model import Digest
from followup.digest.render_text import render_text
from followup.digest.week import reconcile_week
from followup.store import Store
from followup.store.models import Clinic, Roster, RosterLine

from .clinic_day import DAY, FILE, NOW, REPEAT, TESTING, add_case, add_clinic, cancel, decide
from .earlier_weeks import add_earlier_weeks
from .test_reconcile import without_foreign_keys

Build = Callable[..., Digest]


def test_every_procedure_of_the_week_stands_in_one_bucket(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT)
        add_case(session, clinic, 2, said=TESTING, performed_at=NOW - timedelta(days=3))
        decide(
            session, add_case(session, clinic, 3, said=REPEAT, performed_at=NOW - timedelta(days=3)), "other"
        )
        cancel(session, clinic, add_case(session, clinic, 4, outcome="", sent=False))
        add_case(session, clinic, 5, said=REPEAT, performed_at=NOW - timedelta(days=8))  # the week before
        add_earlier_weeks(session, clinic)
        week = reconcile_week(session, clinic.id or 0, DAY)
    assert week.ok
    assert {name: size for name, size in week.buckets.items() if size} == {
        "candidate_repeat": 1, "candidate_further_testing": 1, "closed": 2,
    }  # fmt: skip
    assert week.by_day == (0, 0, 0, 0, 2, 0, 2)
    assert week.procedures == 4


def test_a_roster_line_of_an_earlier_day_without_a_procedure_is_the_headline(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT)
        roster = Roster(clinic_id=clinic.id, at=NOW - timedelta(days=4), lines=1)
        session.add(roster)
        session.flush()
        session.add(
            RosterLine(
                clinic_id=roster.clinic_id,
                roster_id=roster.id,
                line=2,
                result="new",
                reference="P-77",
                performed_on=DAY - timedelta(days=4),
            )
        )
    made = digest()
    assert made.missing == ("this week: procedure P-77: in the roster of Fri 6 Mar, but not stored",)
    assert not made.reconciled
    assert count(made).missing == 1
    assert render_text(made).splitlines()[3:5] == ["!! DOES NOT ADD UP", f"   {made.missing[0]}"]


def test_a_procedure_lost_from_an_earlier_day_is_named(store: Store, clinic: Clinic, digest: Build) -> None:
    with store.write() as session:
        lost = add_case(session, clinic, 1, said=REPEAT, performed_at=NOW - timedelta(days=3)).id
    without_foreign_keys(store, f"DELETE FROM procedure WHERE id = {lost}")
    assert digest().missing == ("this week: procedure P-1: in the roster of Sat 7 Mar, but not stored",)


def test_another_clinics_week_is_not_counted(store: Store, clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT)
        from followup.store.models import Heartbeat

        session.get_one(Heartbeat, "clock").name = "other"
        session.flush()
        other = add_clinic(session, FILE.replace('code = "harbor"', 'code = "bay"'))
        assert reconcile_week(session, other.id or 0, DAY).procedures == 0
