"""What must not notice how long the past is: texts that come in, ticks, the digest, the worklist.

python bench/growth.py [FOLLOW_UPS ...]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import select

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.fill import SIZES, History, databases
from bench.inbound import Speed, load, requests_of, server
from bench.page import Line, milliseconds
from bench.people import add_people, let_go
from followup.desk.worklist import worklist
from followup.digest.build import build
from followup.outreach.mail import Mailbox
from followup.outreach.outcome import Accepted
from followup.outreach.send import Post
from followup.store import Store, open_store
from followup.store.models import Clinic
from scheduler.rounds import one_round

TEXTS = 600
DUE = 100
MORNING = datetime(2026, 3, 10, 17, tzinfo=UTC)  # no holiday, whenever this is run
SERVERS = {"SQLite": (1, 8), "PostgreSQL": (2, 4)}  # workers and threads, as docs/running.md says


class Instant:
    """A carrier that takes everything at once: what is timed is ours."""

    account_sid = "AC" + "0" * 32
    sent = 0

    def send_text(self, **_: object) -> Accepted:
        self.sent += 1
        return Accepted(f"SM{self.sent:032d}")

    def __getattr__(self, name: str) -> Any:
        return lambda *_: []  # lists nothing, finds nothing


def measure(kind: str, url: str, sizes: Sequence[int]) -> Iterator[Line]:
    store = open_store(url)
    history, found = History(store), {}
    _furnish(store)
    for size in sizes:
        seconds = history.grow(size)
        print(f"{kind}: {history.made:,} follow-ups, filled in {seconds:.0f} s", flush=True)
        found[size] = {**_ticks(store), **_pages(store)}
        found[size] |= {"speeds": _speeds(store, kind, url, str(size))}
        print(f"  {found[size]}", flush=True)
    store.close()
    yield from _lines(kind, sizes, found)


def _furnish(store: Store) -> None:
    with store.write() as session:
        number = "SERIAL" if not store.is_sqlite else "INTEGER"
        blob = "BYTEA" if not store.is_sqlite else "BLOB"
        session.execute(
            text(
                f"CREATE TABLE bare (id {number} PRIMARY KEY, sid VARCHAR(64) UNIQUE, body {blob},"
                " at TIMESTAMP)"
            )
        )
        clinic = session.exec(select(Clinic)).one()
        clinic.file = clinic.file.replace('"segments_per_second":1.0', '"segments_per_second":1000.0')


def _speeds(store: Store, kind: str, url: str, mark: str) -> tuple[Speed, Speed]:
    """(bare, ours): each after some requests that are not counted."""
    found = []
    for app in ("bench.bare:app", "webhooks.wsgi:app"):
        phones = add_people(store, TEXTS + 100, datetime.now(UTC), asked=True)
        posts = requests_of(phones, "7", f"{app[0]}{mark}x")
        with server(app, url, *SERVERS[kind]) as (port, _):
            load(port, posts[:100])
            found.append(load(port, posts[100:]))
        let_go(store)
    return found[0], found[1]


def _ticks(store: Store) -> dict[str, float]:
    post = Post(Instant(), Mailbox(""), "https://followup.example", threads=1)  # type: ignore[arg-type]

    def tick() -> None:
        assert one_round(store, post, "bench", lambda: MORNING) == 0

    for _ in range(10):  # the nights that were never compared, and what the past still owes
        tick()
    nothing = milliseconds(tick)
    due = []
    for _ in range(5):
        add_people(store, DUE, MORNING - timedelta(minutes=1), asked=False)
        due.append(milliseconds(tick, times=1))
        let_go(store)
    return {"nothing": nothing, "due": sorted(due)[2]}


def _pages(store: Store) -> dict[str, float]:
    day = date(2026, 3, 9)
    now = datetime(2026, 3, 9, 20, 30, tzinfo=UTC)

    def digest() -> None:
        with store.read() as session:
            build(session, session.exec(select(Clinic)).one(), day, now)

    def rows() -> None:
        with store.read() as session:
            worklist(session, session.exec(select(Clinic)).one(), now)

    return {"digest": milliseconds(digest, 7), "worklist": milliseconds(rows, 7)}


def _lines(kind: str, sizes: Sequence[int], found: dict[int, dict[str, Any]]) -> Iterator[Line]:
    steps = " / ".join(f"{size:,}" for size in sizes)
    on = f"{kind}, {steps} follow-ups"
    bare, ours = ([found[size]["speeds"][n] for size in sizes] for n in (0, 1))
    ratios = [o.a_second / b.a_second for o, b in zip(ours, bare, strict=True)]
    tails = [o.p99 / b.p99 for o, b in zip(ours, bare, strict=True)]
    yield Line("signed inbound text: rate against a bare route", on, _all(ratios, "{:.2f}"), "≥ 0.6",
               min(ratios) >= 0.6)  # fmt: skip
    yield Line("signed inbound text: p99 against its p99", on, _all(tails, "{:.1f}"), "≤ 2", max(tails) <= 2)
    absolute = ", ".join(f"{o.a_second:.0f}/s (bare {b.a_second:.0f}), p99 {o.p99:.0f} ms ({b.p99:.0f})"
                         for o, b in zip(ours, bare, strict=True))  # fmt: skip
    yield Line("the same, absolute", on, absolute)
    slower = ours[0].a_second / ours[-1].a_second
    yield Line("inbound as the past grows", on, f"{slower:.2f} × slower", "≤ 1.3", slower <= 1.3)
    nothing = [found[size]["nothing"] for size in sizes]
    yield Line("a tick with nothing due", on, _all(nothing, "{:.1f} ms"), "≤ 5 ms", max(nothing) <= 5)
    for what, name in (
        ("a tick with nothing due", "nothing"), (f"a tick with {DUE} due", "due"),
        ("the digest", "digest"), ("the worklist", "worklist"),
    ):  # fmt: skip
        times = [found[size][name] for size in sizes]
        grown = times[-1] / times[0]
        measured = f"{grown:.2f} × ({_all(times, '{:.1f}')} ms)"
        yield Line(f"{what}, as the past grows", on, measured, "≤ 1.3 ×", grown <= 1.3)


def _all(values: Sequence[float], form: str) -> str:
    return " / ".join(form.format(value) for value in values)


def run(sizes: Sequence[int] = SIZES) -> list[Line]:
    with databases() as each:
        return [line for kind, url in each for line in measure(kind, url, sizes)]


if __name__ == "__main__":
    for line in run(sorted(int(word) for word in sys.argv[1:]) or SIZES):
        print(line)
