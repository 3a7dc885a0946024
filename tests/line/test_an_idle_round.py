"""A round leaves out what is certainly not due, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, update
from sqlmodel import col, func, select

from bench.growth import Instant
from bench.people import add_people
from followup.audit.record import record
from followup.outreach.mail import Mailbox
from followup.outreach.send import Post
from followup.store import Store
from followup.store.models import AuditSeal, Heartbeat, Outbound
from scheduler import due
from scheduler.rounds import one_round
from tests.digest.clinic_day import add_alert, add_case, add_clinic

TEN = datetime(2026, 3, 10, 14, 0, 5, tzinfo=UTC)


def a_round(store: Store, at: datetime) -> None:
    post = Post(Instant(), Mailbox(""), "https://x.example", threads=1)
    assert one_round(store, post, "worker", lambda: at) == 0


def settled(store: Store, at: datetime) -> None:
    """Rounds until nothing is left to do in this minute."""
    for _ in range(20):
        a_round(store, at)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", listen)
    yield seen
    event.remove(store.engine, "before_cursor_execute", listen)


def test_a_round_with_nothing_due_asks_one_question_and_leaves_one_mark(store: Store) -> None:
    with store.write() as session:
        add_clinic(session)
    settled(store, TEN)
    with statements(store) as seen:
        a_round(store, TEN)
    assert [statement.split()[0] for statement in seen] == ["UPDATE", "SELECT"]
    with store.read() as session:
        assert session.get_one(Heartbeat, "clock").at == TEN


def test_the_files_are_gone_through_when_a_minute_has_turned_and_not_before(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(store, TEN)
    looked: list[datetime] = []
    monkeypatch.setattr("scheduler.rounds.owe_digests", lambda _store, now: looked.append(now))
    turned = TEN + timedelta(seconds=55)
    for at in (TEN, TEN + timedelta(seconds=50), turned, turned + timedelta(seconds=5)):
        a_round(store, at)
    assert looked == [turned]
    a_round(store, TEN - timedelta(days=1))
    assert len(looked) == 2, "a mark from the future, left by a clock that was wrong, holds nothing up"


def test_a_look_that_found_something_or_failed_is_taken_again_at_the_next_round(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    purged: list[int] = []

    def purge(*_: object) -> int:
        purged.append(1)
        if len(purged) == 2:
            raise ValueError
        return 200 if len(purged) == 1 else 0

    monkeypatch.setattr("scheduler.rounds.purge_nightly", purge)
    post = Post(Instant(), Mailbox(""), "https://x.example", threads=1)
    failed = [one_round(store, post, "worker", lambda: TEN) for _ in range(5)]
    assert failed == [0, 1, 0, 0, 0]
    assert len(purged) == 3


def test_what_a_step_makes_due_leaves_in_the_same_round(store: Store) -> None:
    """A dead worker's row, not begun, is planned again by one step and sent by a later one."""
    with store.write() as session:
        add_clinic(session)
    settled(store, TEN)
    past = TEN - timedelta(minutes=1)
    add_people(store, 1, past, asked=False)
    with store.write() as session:
        session.execute(update(Outbound).values(state="sending", deadline=past))
    a_round(store, TEN)
    with store.read() as session:
        assert session.exec(select(Outbound.state).order_by(col(Outbound.id))).first() == "sent"


def test_every_kind_of_work_is_seen_by_its_question(store: Store) -> None:
    """Each row by itself, on a database where nothing else is due."""
    with store.write() as session:
        clinic = add_clinic(session)
        case = add_case(session, clinic, 1, "Ann Example", said={"pain_now": 3}, words="3")
        check_in_id = case.check_in_id
        text = session.exec(select(Outbound).where(col(Outbound.check_in_id) == check_in_id)).first()
        assert text is not None
        text_id = text.id
    settled(store, TEN)
    past = TEN - timedelta(minutes=1)

    def row(**values: object) -> Callable[[], None]:
        def change() -> None:
            with store.write() as session:
                found = session.get_one(Outbound, text_id)
                for name, value in values.items():
                    setattr(found, name, value)

        return change

    def alert() -> None:
        with store.write() as session:
            add_alert(session, session.merge(clinic), session.merge(case), at=past)

    def told() -> None:
        with store.write() as session:
            record(session, action="purge.run", now=TEN)

    for name, change in {
        "sending": row(state="planned", due_at=past, deadline=None),
        "claims": row(state="sending", deadline=past),
        "doubts": row(state="unsure", deadline=past),
        "calls": row(state="sent", channel="call", deadline=past),
        "texts": row(state="sent", channel="answer", deadline=past),
        "record": told,
        "pages": alert,
    }.items():
        assert name not in asked(store), name
        change()
        assert name in asked(store), name


def asked(store: Store) -> set[str]:
    found = due.Due(store, "worker", lambda: TEN)
    return {name for name in due._BY_INDEX if name in found}


def test_a_question_that_cannot_be_asked_leaves_no_step_out(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with store.write() as session:
        record(session, action="purge.run", now=TEN)
    monkeypatch.setattr(due, "_ASK", "no statement")
    a_round(store, TEN)
    with store.read() as session:
        assert session.exec(select(func.count()).select_from(AuditSeal)).one() == 1
    assert "could not ask what is due" in caplog.text
