"""What is asked at every tick and on every page goes through an index, however many years lie behind it.

Asked of the databases themselves, on a past of two thousand follow-ups: what scans there, scans for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import select

from bench.fill import History
from bench.growth import Instant
from followup.alerts.page import page_due
from followup.audit.seal import seal_new
from followup.desk.worklist import worklist
from followup.digest.build import build
from followup.inbox.receive import receive_text
from followup.outreach.ask import ask_how_calls_ended, ask_how_texts_ended
from followup.outreach.mail import Mailbox
from followup.outreach.send import Post, send_due
from followup.outreach.sweep import clear_doubts, close_overdue, expire_claims
from followup.store import Store
from followup.store.models import Clinic
from followup.vitals import vitals
from scheduler.rounds import one_round
from tests.digest.clinic_day import DAY, NOW

BIG = {
    "outbound",
    "inbound",
    "answer",
    "procedure",
    "check_in",
    "receipt",
    "proposal",
    "patient",
    "roster_line",
    "digest",
    "purge",
    "audit",
}


@pytest.fixture
def past(store: Store) -> Iterator[Store]:
    History(store).grow(2000)
    if store.is_sqlite:  # its counts say that so little is read faster whole; a million rows would not be
        with store.engine.begin() as connection:
            connection.execute(text("DELETE FROM sqlite_stat1"))
        store.engine.dispose()
    yield store
    with store.write() as session:
        session.execute(text("DROP TABLE fill_copy"))


def scans(store: Store, work: Callable[[], object]) -> set[tuple[str, str]]:
    """(table, statement) of every look through a whole large table that `work` makes."""
    seen: list[tuple[str, Any]] = []

    def listen(_c: object, _cursor: object, statement: str, parameters: Any, _x: object, many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
            seen.append((statement, parameters[0] if many else parameters))

    event.listen(store.engine, "before_cursor_execute", listen)
    try:
        work()
    finally:
        event.remove(store.engine, "before_cursor_execute", listen)
    found = set()
    with store.engine.connect() as connection:
        cursor = connection.connection.cursor()
        if not store.is_sqlite:  # two thousand rows are read faster whole; a million would not be
            cursor.execute("SET enable_seqscan = off")
        for statement, parameters in seen:
            explain = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
            cursor.execute(explain + statement, parameters)
            for row in cursor.fetchall():
                table = _whole(str(row[-1]), store.is_sqlite)
                if table in BIG:
                    found.add((table, " ".join(statement.split())[-160:]))
    return found


def _whole(step: str, is_sqlite: bool) -> str:
    """The table that this step of a plan looks through from end to end, "" when none."""
    words = step.split()
    if is_sqlite:
        return words[1] if words[0] == "SCAN" and "USING" not in words else ""
    return words[words.index("Scan") + 2] if "Seq Scan on" in step else ""


def test_neither_a_tick_nor_a_text_nor_a_page_scans(past: Store) -> None:
    form = {"MessageSid": "SM1", "From": "+12025550199", "To": "+12025550123", "Body": "I can't move my legs"}

    post = Post(Instant(), Mailbox(""), "https://x.example", threads=1)

    def tick() -> None:
        assert one_round(past, post, "worker", lambda: NOW) == 0
        with past.read() as session:
            vitals(session, NOW)

    def sweeps() -> None:
        """What a tick leaves out while its question is answered with no."""
        with past.write() as session:
            expire_claims(session, NOW)
        clear_doubts(past, post.carrier, lambda: NOW)
        ask_how_calls_ended(past, post.carrier, lambda: NOW)
        ask_how_texts_ended(past, post.carrier, lambda: NOW)
        close_overdue(past, NOW)
        seal_new(past, NOW)
        page_due(past, NOW)
        send_due(past, post, "worker", lambda: NOW)

    def text_in() -> None:
        receive_text(past, form, "https://x.example", NOW)

    def pages() -> None:
        with past.read() as session:
            clinic = session.exec(select(Clinic)).one()
            build(session, clinic, DAY, NOW)
            worklist(session, clinic, NOW)

    def careless() -> None:
        with past.read() as session:
            session.execute(text("SELECT id FROM outbound WHERE subject = 'x'")).all()

    found = {work.__name__: scans(past, work) for work in (tick, sweeps, text_in, pages)}
    assert found == {"tick": set(), "sweeps": set(), "text_in": set(), "pages": set()}
    assert {table for table, _ in scans(past, careless)} == {"outbound"}, "and a scan would be seen"
