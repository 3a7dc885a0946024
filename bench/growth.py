"""What must not notice how long the past is: texts that come in, ticks, the digest, the worklist, the search.

One past for each database, filled once and grown from size to size; everything is measured on it in one run.

python bench/growth.py [FOLLOW_UPS ...]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text
from sqlmodel import select

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import digest, worklist
from bench.fill import A_DAY, SIZES, History, databases
from bench.inbound import Speed, load, requests_of, server
from bench.page import Line, milliseconds
from bench.people import add_people, let_go
from followup.digest.deliver import owe_digests
from followup.outreach.mail import Mailbox
from followup.outreach.outcome import Accepted
from followup.outreach.send import Post
from followup.store import Store, open_store
from followup.store.models import Clinic, DigestRun
from scheduler.rounds import one_round

TEXTS = 600
DUE = 100
MORNING = datetime(2026, 3, 12, 17, tzinfo=UTC)  # no holiday, whenever this is run, and after the busy day
CLINICS = 1000
OPEN = A_DAY + worklist.OPEN  # cases, on the digest and on the worklist
ASKED = 20  # times each page is asked for
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
    digest.busy_day(store)
    patient = worklist.busy_day(store)
    for size in sizes:
        seconds = history.grow(size)
        print(f"{kind}: {history.made:,} follow-ups, filled in {seconds:.0f} s", flush=True)
        found[size] = {**_pages(store, url, patient), **_ticks(store)}
        found[size] |= {"speeds": _speeds(store, kind, url, str(size))}
        print(f"  {found[size]}", flush=True)
    yield from _lines(kind, sizes, found)
    yield from _many_clinics(kind, store)
    store.close()


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
    nothing, later, due = _idle(store), MORNING + timedelta(minutes=10), []
    for _ in range(5):
        add_people(store, DUE, later - timedelta(minutes=1), asked=False)
        due.append(milliseconds(lambda: _tick(store, later), times=1))
        let_go(store)
    return {"nothing": nothing, "due": median(due)}


def _tick(store: Store, now: datetime = MORNING) -> None:
    post = Post(Instant(), Mailbox(""), "https://followup.example", threads=1)  # type: ignore[arg-type]
    assert one_round(store, post, "bench", lambda: now) == 0


def _idle(store: Store) -> float:
    """Milliseconds of a tick with nothing due, a dozen to the minute: one looks at the clinics' files."""
    for _ in range(30):  # the nights that were never compared, and what the past still owes
        _tick(store)
    assert owe_digests(store, MORNING) == 0, "a tick would have something to do"
    moments = [MORNING + timedelta(seconds=5 * step) for step in range(12 * 5)]
    took = [milliseconds(lambda at=at: _tick(store, at), times=1) for at in moments]  # type: ignore[misc]
    minutes = [took[start : start + 12] for start in range(0, len(took), 12)]
    return median(sum(minute) / len(minute) for minute in minutes)


def _pages(store: Store, url: str, patient: int) -> dict[str, float]:
    told = worklist.answers(store, url, patient, ASKED)
    return {
        "digest": milliseconds(lambda: digest.built(store, page=True), 5),
        "late": worklist.late(told["the worklist"]),
        **{name: median(took) for name, took in told.items()},
    }


def _many_clinics(kind: str, store: Store) -> Iterator[Line]:
    """The same idle tick with a thousand clinics, against the one clinic there was."""
    one = _idle(store)
    with store.write() as session:
        first = session.exec(select(Clinic)).one()
        for number in range(2, CLINICS + 1):  # as they are stored; to check each file takes longer than all
            session.add(
                Clinic(
                    code=f"harbor-{number}", sender=f"+1202666{number:04d}", file=first.file,
                    source=first.source, created_at=first.created_at, changed_at=first.changed_at,
                )
            )  # fmt: skip
        session.flush()
        for number in session.exec(
            select(Clinic.id).where(Clinic.id != first.id)
        ).all():  # this morning's is out
            session.add(DigestRun(clinic_id=number, day=MORNING.date(), slot="07:30", at=MORNING))
    many = _idle(store)
    yield Line(
        f"a tick with nothing due, {CLINICS:,} clinics against one", kind,
        f"{many / one:.2f} × ({many:.1f} and {one:.1f} ms)", "≤ 5 ms", many <= 5,
    )  # fmt: skip


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
    late = [found[size]["late"] for size in sizes]
    yield Line(
        f"the worklist with {OPEN} open: first byte, 95th percentile", on, _all(late, "{:.0f} ms"),
        f"≤ {worklist.LIMIT} ms", max(late) <= worklist.LIMIT,
    )  # fmt: skip
    for what, name in (
        ("a tick with nothing due", "nothing"), (f"a tick with {DUE} due", "due"),
        (f"the digest of {OPEN} with its page", "digest"), ("the worklist", "the worklist"),
        ("search by name", "a name"), ("search by number", "a number"), ("search by chart id", "a chart id"),
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
