"""What must be true after the morning: the carrier's ledger held against the database, as `simulate` does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import select

from followup.digest.reconcile import reconcile
from followup.store import Store
from followup.store.models import Clinic
from tests.morning.patients import Patients

_OPENS, _CLOSES = 9, 19
_AT_ONCE = 1.0  # seconds after which nothing may be created for somebody whose STOP was answered


def violations(store: Store, made: list[dict[str, Any]], patients: Patients, now: datetime) -> list[str]:
    """A sentence for each thing that must not be."""
    return [
        *_nothing_twice(made),
        *_nothing_out_of_hours(store, made),
        *_nothing_after_stop(made, patients.stopped),
        *_nobody_forgotten(store, now),
        *_every_reply_stored(store, patients),
        *_one_bucket_each(store, now),
    ]


def _nothing_twice(made: list[dict[str, Any]]) -> Iterator[str]:
    rows = Counter(one["row"] for one in made)
    yield from (f"row {row} was sent {n} times" for row, n in rows.items() if n > 1)
    words = Counter((one["to"], one["body"]) for one in made if one["body"])
    yield from (f"the phone {to} got the same words {n} times" for (to, _), n in words.items() if n > 1)


def _nothing_out_of_hours(store: Store, made: list[dict[str, Any]]) -> Iterator[str]:
    with store.read() as session:
        zones = {
            clinic.sender: ZoneInfo(json.loads(clinic.file)["clinic"]["timezone"])
            for clinic in session.exec(select(Clinic)).all()
        }
    for one in made:
        local = datetime.fromtimestamp(one["at"], UTC).astimezone(zones[one["from"]])
        if not _OPENS <= local.hour < _CLOSES:
            yield f"a contact left at {local:%H:%M} there"


def _nothing_after_stop(made: list[dict[str, Any]], stopped: dict[str, float]) -> Iterator[str]:
    for one in made:
        if one["real"] > stopped.get(one["to"], one["real"]) + _AT_ONCE:
            yield f"the phone {one['to']} was contacted after its STOP was answered"


def _nobody_forgotten(store: Store, now: datetime) -> Iterator[str]:
    with store.read() as session:
        never = session.execute(text("SELECT COUNT(*) FROM check_in WHERE first_asked_at IS NULL")).scalar()
        doubt = "SELECT COUNT(*) FROM outbound WHERE state IN ('sending', 'unsure') AND due_at <= :now"
        in_doubt = session.execute(text(doubt), {"now": now}).scalar()
    if never:
        yield f"{never} patients were never asked"
    if in_doubt:
        yield f"{in_doubt} messages are still in doubt"


def _every_reply_stored(store: Store, patients: Patients) -> Iterator[str]:
    yield from (f"{n} replies were answered with {s}" for s, n in patients.answers.items() if s != 200)
    with store.read() as session:
        heard = session.execute(text("SELECT COUNT(*) FROM inbound WHERE state = 'read'")).scalar() or 0
    if heard != patients.answers.total():
        yield f"{patients.answers.total()} replies were answered, {heard} were read"


def _one_bucket_each(store: Store, now: datetime) -> Iterator[str]:
    day = date(2026, 3, 10)
    with store.read() as session:
        for clinic in session.exec(select(Clinic)).all():
            found = reconcile(session, clinic, day, now)
            counts = found.counts
            if not found.ok or counts["digest entries"] != counts["check-ins due"]:
                yield f"{clinic.code} does not add up: {'; '.join(found.missing)} {counts}"
