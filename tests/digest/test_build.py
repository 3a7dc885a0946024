"""What stands on a day's digest, and where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event
from sqlmodel import select

from followup.checkin.tasks import open_task
from followup.digest import words
from followup.digest.build import build
from followup.digest.cost import cost
from followup.digest.model import Digest
from followup.store import Store
from followup.store.models import (
    Answer,
    CheckIn,
    Clinic,
    Heartbeat,
    Outbound,
    Patient,
    Roster,
    RosterLine,
    Staff,
)

from .clinic_day import (
    DAY,
    FILE,
    INJECTED,
    NOW,
    REPEAT,
    TEN,
    TESTING,
    WORSE,
    add_alert,
    add_case,
    add_clinic,
    add_text,
    decide,
    references,
)
from .full_day import add_full_day

Build = Callable[..., Digest]


def bucket_of(digest: Digest, reference: str) -> str:
    [entry] = [e for e in digest.entries if e.reference == reference]
    return entry.bucket


def test_each_case_stands_in_the_bucket_of_its_proposal(store: Store, clinic: Clinic, digest: Build) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT)
        add_case(session, clinic, 2, said=TESTING)
        add_case(session, clinic, 3, said=WORSE)
        add_case(session, clinic, 4, outcome="no_answer")
        add_case(session, clinic, 5, outcome="")
    found = {name: references(entries) for name, entries in digest().buckets.items() if entries}
    assert found == {
        "candidate_repeat": ["P-1"],
        "candidate_further_testing": ["P-2"],
        "provider_review": ["P-3"],
        "unreachable_call": ["P-4"],
        "waiting": ["P-5"],
    }


def test_an_entry_shows_the_numbers_the_proposal_was_made_from(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT, words="7, but it was great till dinner")
    [entry] = digest().entries
    assert (entry.baseline, entry.best, entry.hours, entry.now) == (8, 1, 6, 7)
    assert (entry.pw, entry.pn, entry.rule) == (87.5, 12.5, "15/facet-v1")
    assert (entry.reason, entry.attempts, entry.screen) == ("relief_80_sustained", 1, "negative")
    assert entry.last_words == entry.words_now == "7, but it was great till dinner"
    assert entry.explanation.startswith("Candidate for confirmatory block: earliest 14 days after")


def test_the_words_worth_reading_are_quoted_and_not_a_last_bare_yes(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, said=REPEAT, words="7, but it was great till dinner")
        check_in = session.get_one(CheckIn, case.check_in_id)
        patient = session.get_one(Patient, case.patient_id)
        add_text(session, clinic, "Y", NOW, patient=patient, check_in=check_in)
        plain = add_case(session, clinic, 2, said=REPEAT, words="7")
        add_text(
            session, clinic, "N", NOW,
            patient=session.get_one(Patient, plain.patient_id),
            check_in=session.get_one(CheckIn, plain.check_in_id),
        )  # fmt: skip
    quoted = {entry.reference: (entry.own_words, entry.last_words) for entry in digest().entries}
    assert quoted == {"P-1": (("7, but it was great till dinner",), "Y"), "P-2": (("7",), "N")}


def test_an_open_warning_is_quoted_whatever_was_written_after_it(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, said=REPEAT, words="7")
        add_alert(session, clinic, case, said="legs feel numb since last night")
        add_text(
            session, clinic, "ok thanks for the quick answer", NOW,
            patient=session.get_one(Patient, case.patient_id),
            check_in=session.get_one(CheckIn, case.check_in_id),
        )  # fmt: skip
    assert digest().entries[0].own_words == ("legs feel numb since last night",)


def test_a_waiting_case_shows_the_answers_so_far_and_proposes_nothing(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said={"pain_now": 6}, words="6", outcome="")
    [entry] = digest().buckets["waiting"]
    assert (entry.now, entry.pn, entry.best, entry.disposition, entry.reason) == (6, 25, None, "", "")


def test_a_conversation_that_goes_on_again_has_outrun_its_last_proposal(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, outcome="no_answer")
        check_in = session.get_one(CheckIn, case.check_in_id)
        check_in.state, check_in.outcome, check_in.closed_at = "open", "", None
        session.add(Answer(check_in_id=check_in.id or 0, question="pain_now", number=Decimal(6), at=NOW))
    [entry] = digest().buckets["waiting"]
    assert (entry.now, entry.disposition, entry.reason) == (6, "", "")


def test_an_undecided_case_is_carried_over_until_it_is_closed(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=TESTING, performed_at=INJECTED - timedelta(days=3))
        done = add_case(session, clinic, 2, said=TESTING, performed_at=INJECTED - timedelta(days=3))
        decide(session, done, "further_testing")
    assert references(digest().entries) == ["P-1"]


def test_a_case_decided_today_stays_on_its_own_day_as_closed(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        decide(session, add_case(session, clinic, 1, said=REPEAT), "repeat")
    [entry] = digest().buckets["closed"]
    assert entry.decision is not None
    assert (entry.decision.choice, entry.decision.by, entry.decision.at) == (
        "repeat",
        "dr.k@harbor.example",
        NOW,
    )
    assert digest(DAY + timedelta(days=1)).entries == ()


def test_staff_are_named_and_not_numbered(store: Store, clinic: Clinic, digest: Build) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, said=REPEAT)
        decide(session, case, "repeat")
        staff = session.exec(select(Staff)).one()
        case.ended_by = f"staff {staff.id}"
        add_alert(session, clinic, case, acknowledged_at=TEN, acknowledged_by=f"staff {staff.id}")
    [entry] = digest().entries
    assert entry.alert is not None
    assert (entry.ended_by, entry.alert.acknowledged_by) == ("dr.k@harbor.example", "dr.k@harbor.example")


def test_an_unresolved_alert_brings_a_closed_case_of_last_week_back_to_the_top(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        old = add_case(session, clinic, 1, said=TESTING, performed_at=INJECTED - timedelta(days=7))
        decide(session, old, "further_testing", NOW - timedelta(days=6))
        add_alert(session, clinic, old, tier="S", kind="infection")
    [entry] = digest().buckets["urgent_call"]
    assert entry.alert is not None
    assert (entry.reference, entry.alert.tier, entry.alert.kind) == ("P-1", "S", "infection")


def test_acknowledging_an_alert_does_not_take_it_off_and_resolving_does(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, said=REPEAT)
        alert = add_alert(session, clinic, case, acknowledged_at=TEN, acknowledged_by="Dr K")
        alert_id = alert.id
    assert bucket_of(digest(), "P-1") == "urgent_call"
    with store.write() as session:
        session.get_one(type(alert), alert_id).resolved_at = NOW
    assert bucket_of(digest(), "P-1") == "candidate_repeat"


def test_a_warning_during_an_open_conversation_is_an_urgent_call_without_a_score(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_alert(session, clinic, add_case(session, clinic, 1, outcome=""), tier="S", kind="infection")
    [entry] = digest().buckets["urgent_call"]
    assert (entry.disposition, entry.reason) == ("urgent_call", "red_flag:infection")


def test_a_warning_says_when_somebody_was_paged_and_that_nobody_was(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    def seen() -> str:
        made = digest()
        return words.acknowledged(made.buckets["urgent_call"][0], made.zone, made.day)

    with store.write() as session:
        alert = add_alert(session, clinic, add_case(session, clinic, 1, said=REPEAT), at=TEN)
        alert_id = alert.id
    assert seen() == "nobody was paged, NOT ACKNOWLEDGED"
    page = {"clinic_id": clinic.id, "channel": "text", "step": "page", "to": "+12025550190", "due_at": TEN}
    page |= {"created_at": TEN, "changed_at": TEN, "state": "sent"}
    with store.write() as session:
        for number in (1, 2):
            at = TEN + timedelta(minutes=number)
            session.add(Outbound(dedupe=f"alert:{alert_id}:page:{number}", sent_at=at, **page))
    assert seen() == "paged 10:01, NOT ACKNOWLEDGED"
    with store.write() as session:
        alert = session.get_one(type(alert), alert_id)
        alert.acknowledged_at, alert.acknowledged_by = TEN + timedelta(minutes=8), "Dr K"
    assert seen() == "paged 10:01, acknowledged 10:08 by Dr K"


def test_emergencies_come_before_same_day_alerts_and_unseen_before_seen(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        cases = [add_case(session, clinic, n, said=REPEAT) for n in (1, 2, 3)]
        add_alert(session, clinic, cases[0], tier="S", at=TEN)
        add_alert(session, clinic, cases[1], at=TEN, acknowledged_at=TEN)
        add_alert(session, clinic, cases[2], at=NOW)
    assert references(digest().buckets["urgent_call"]) == ["P-3", "P-2", "P-1"]


def test_two_procedures_of_one_check_in_have_each_their_own_place(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        first = add_case(session, clinic, 1, said=REPEAT, outcome="")
        patient = session.get_one(Patient, first.patient_id)
        add_case(session, clinic, 2, patient=patient, baseline=None, outcome="answered", sent=False)
    made = digest()
    assert (bucket_of(made, "P-1"), bucket_of(made, "P-2")) == ("candidate_repeat", "provider_review")
    assert made.reconciliation.ok


def test_a_case_due_tomorrow_is_left_for_tomorrow(store: Store, clinic: Clinic, digest: Build) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, outcome="", performed_at=INJECTED + timedelta(days=1), sent=False)
    assert digest().entries == ()
    assert references(digest(DAY + timedelta(days=1)).buckets["waiting"]) == ["P-1"]


def test_the_cost_counts_what_left_and_what_came(store: Store, clinic: Clinic, digest: Build) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT, words="7")
        add_case(session, clinic, 2, outcome="no_answer")
        third = add_case(session, clinic, 3, outcome="", sent=False)
        unsure = session.exec(select(Outbound).where(Outbound.check_in_id == third.check_in_id)).one()
        unsure.state, unsure.segments = "unsure", 2  # nobody knows yet whether it left
    priced = digest().cost
    # two texts out at 0.0083 + 0.003, one in at 0.0083
    assert (priced.segments, priced.calls, str(priced.amount), priced.completed) == (3, 0, "0.0309", 1)


def test_a_call_is_charged_by_the_minute_begun_and_not_at_all_when_nobody_answered() -> None:
    priced = cost(segments_out=0, segments_in=0, calls=[61, 60, 0], completed=0)
    # three minutes at 0.014, detection on two answered calls at 0.0075
    assert (priced.calls, str(priced.amount)) == (3, "0.0570")


def test_nothing_answered_costs_nothing_per_follow_up_rather_than_dividing_by_none(
    clinic: Clinic, digest: Build
) -> None:
    assert digest().cost.per_completed is None


@pytest.mark.parametrize(("minutes", "late"), [(5, False), (6, True)])
def test_a_late_clock_is_on_the_page(
    store: Store, clinic: Clinic, digest: Build, minutes: int, late: bool
) -> None:
    with store.write() as session:
        session.get_one(Heartbeat, "clock").at = NOW - timedelta(minutes=minutes)
    words = [a.words for a in digest().attention if a.kind == "clock"]
    assert words == (
        ["The clock is late: its last sign of life is 6 minutes old. Nothing is sent."] if late else []
    )


def test_a_clock_that_never_ran_is_on_the_page(store: Store, clinic: Clinic, digest: Build) -> None:
    with store.write() as session:
        session.delete(session.get_one(Heartbeat, "clock"))
    assert [a.kind for a in digest().attention] == ["clock"]


def refuse(store: Store, clinic: Clinic, reference: str, result: str = "refused") -> None:
    with store.write() as session:
        roster = Roster(clinic_id=clinic.id or 0, at=TEN)
        session.add(roster)
        session.flush()
        session.add(
            RosterLine(
                clinic_id=roster.clinic_id,
                roster_id=roster.id or 0,
                line=2,
                result=result,
                reference=reference,
                said="line 2: no name",
            )
        )


def test_a_refused_roster_line_is_shown_until_a_later_line_is_accepted(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    refuse(store, clinic, "P-9")
    refuse(store, clinic, "P-9")
    assert [a.words for a in digest().attention] == ["Not imported: line 2: no name"]
    refuse(store, clinic, "P-9", result="new")
    assert digest().attention == ()


def test_a_refused_line_of_last_week_is_not_shown_for_ever(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    refuse(store, clinic, "P-9")
    assert digest(DAY + timedelta(days=2), NOW).attention == ()


def test_an_alert_without_a_procedure_is_not_lost(store: Store, clinic: Clinic, digest: Build) -> None:
    with store.write() as session:
        add_alert(session, clinic, None, kind="neuro,infection")
    [item] = digest().attention
    assert item.kind == "alert"
    assert item.words.startswith(
        "EMERGENCY (numbness or weakness, infection) in a message that belongs to no"
    )


def test_a_task_of_a_closed_case_of_an_earlier_day_is_still_shown(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, said=TESTING, performed_at=INJECTED - timedelta(days=4))
        decide(session, case, "further_testing")
        check_in = session.get_one(CheckIn, case.check_in_id)
        open_task(session, dedupe="late:1", kind="late", reason="A late text.", check_in=check_in, now=TEN)
    [item] = digest().attention
    assert (item.kind, item.words) == ("task", "A late text.")


def test_a_task_of_a_case_on_the_page_stands_with_the_case(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        case = add_case(session, clinic, 1, said=TESTING)
        check_in = session.get_one(CheckIn, case.check_in_id)
        open_task(session, dedupe="late:1", kind="late", reason="A late text.", check_in=check_in, now=TEN)
    assert (digest().attention, digest().entries[0].to_do) == ((), ("A late text.",))


def test_a_procedure_still_planned_a_day_after_its_time_is_asked_about(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, status="planned")
        add_case(session, clinic, 2, status="planned", performed_at=NOW - timedelta(hours=3))
    assert [a.words for a in digest().attention] == [
        "Procedure P-1 is still only planned, a day after its time. Was it done?"
    ]


def test_another_clinics_cases_alerts_and_tasks_stay_its_own(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        session.get_one(Heartbeat, "clock").name = "other"
        session.flush()
        other = add_clinic(session, FILE.replace('code = "harbor"', 'code = "bay"'))
        add_case(session, other, 1, said=REPEAT)
        add_alert(session, other, None)
    with store.read() as session:
        made = build(session, session.get_one(Clinic, clinic.id), DAY, NOW)
    assert (made.entries, made.attention) == ((), ())


def test_the_number_of_queries_does_not_depend_on_the_number_of_cases(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    with store.write() as session:
        add_case(session, clinic, 1, said=REPEAT, words="7")
    asked.clear()
    digest()
    with_one = len(asked)
    with store.write() as session:
        for number in range(2, 30):
            add_case(session, clinic, number, said=REPEAT, words="7")
    asked.clear()
    digest()
    assert len(asked) == with_one <= 60


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL plans by its tables' size
def test_no_query_of_the_digest_reads_a_table_from_end_to_end(store: Store, digest: Build) -> None:
    """SQLite's own plan is asked: a scan of history today is a page that takes minutes in five years."""
    with store.write() as session:
        add_full_day(session)
    asked: list[tuple[str, object]] = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    digest()
    queries = [(sql, given) for sql, given in asked if sql.startswith("SELECT")]
    small = ("SCAN heartbeat", "SCAN clinic")  # tables of a few rows
    with store.engine.connect() as connection:
        for sql, given in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all()  # type: ignore[arg-type]
            steps = [str(row[3]) for row in plan]
            assert not [s for s in steps if s.startswith("SCAN") and s not in small], (sql, steps)
            if "procedure.ended = ''" in sql:
                assert any("ix_procedure_open" in s for s in steps), (sql, steps)
            if "FROM roster_line" in sql:
                assert "roster_line.roster_id IN" in sql or "clinic_id=? AND" in steps[0], (sql, steps)
            if "alert.resolved_at IS NULL" in sql:
                assert any("ix_alert_open" in s for s in steps), (sql, steps)


def test_a_digest_prints_no_names(store: Store, digest: Build) -> None:
    with store.write() as session:
        add_full_day(session)
    made = digest()
    assert "Rosa" not in repr(made) + repr(made.entries)
