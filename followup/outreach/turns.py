"""Whose turn it is: the due rows of one claim, a few of each clinic.

Oldest first over all would let one clinic's thousand patients, due at ten, keep another's three waiting who
are due at five past. So what answers somebody goes first; then each clinic has its turn, oldest first within
it, which also keeps a patient's contacts in order. A clinic whose sender is out of breath has no turn.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, select
from sqlmodel import Session

from followup.checkin.clinics import readable_clinics
from followup.clinic import ClinicFile
from followup.outreach.pace import Key, Paces, key_of, out_of_breath, rate
from followup.store import NOW, table_of, word
from followup.store.models import Clinic, Outbound
from followup.store.models.messages import PROMPTS

_AT_ONCE = 50  # turns in one claim: more clinics than that take turns at having one
_SENDERS = 8  # senders held at once, while their turns fill the claim: the others are for other workers

# Literals, not parameters: neither database would use the partial indexes for them.
_row, _clinics = table_of(Outbound).c, table_of(Clinic).c
_PLANNED = _row.state == word("planned")
_PROMPTS: list[ColumnElement[str]] = [word(step) for step in PROMPTS]


@dataclass(frozen=True, slots=True)
class Due:
    """A row whose time has come, before it is opened: what it is counted on."""

    id: int
    clinic_id: int
    sender: str
    channel: str
    step: str


def _due(*which: ColumnElement[bool]) -> Select[Any]:
    """Built once: a claim asks for some rows of each of its clinics, and to put it together costs more than
    to have it answered."""
    return (
        select(*(_row[field.name] for field in fields(Due)))
        .where(_PLANNED, *which, _row.due_at <= NOW)
        .order_by(_row.due_at, _row.id)
        .limit(bindparam("at_most", type_=Integer()))
        .with_for_update(skip_locked=True)
    )


_URGENT = _due(_row.step.not_in(_PROMPTS))
_OF_CLINIC = {
    channel: _due(
        _row.step.in_(_PROMPTS), _row.clinic_id == bindparam("clinic_id"), _row.channel == word(channel)
    )
    for channel in ("text", "call")
}
_HAVE_DUE = {
    channel: select(_clinics.id).where(
        exists().where(
            _row.clinic_id == _clinics.id, _row.channel == word(channel), _PLANNED,
            _row.step.in_(_PROMPTS), _row.due_at <= NOW,
        )
    )
    for channel in ("text", "call")
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Turn:
    clinic_id: int
    channel: str
    file: ClinicFile | None  # None: not readable; each of its rows is put off and shown to people
    key: Key | None


def due_rows(session: Session, paces: Paces, now: datetime, limit: int) -> list[Due]:
    """Up to `limit` due rows, ours until the transaction ends; on PostgreSQL others skip them meanwhile."""
    rows = _rows(session, _URGENT, now, limit)
    waiting = _turns(session, now) if len(rows) < limit else []
    while waiting and len(rows) < limit:
        paces.hold((turn.key for turn in waiting if turn.key), _SENDERS)
        ours = [turn for turn in waiting if turn.key is None or turn.key in paces]
        if not ours:
            break  # other workers have all of them this moment
        rows += _a_few_of_each(session, paces, ours, now, limit - len(rows))
        waiting = [turn for turn in waiting if turn.key is not None and turn.key not in paces]
    return rows


def _turns(session: Session, now: datetime) -> list[_Turn]:
    due = [
        (clinic_id, channel)
        for channel, have_due in _HAVE_DUE.items()
        for clinic_id in session.connection().execute(have_due, {"now": now}).scalars()
    ]
    files = {clinic.id: file for clinic, file in readable_clinics(session, {clinic for clinic, _ in due})}
    breathless = out_of_breath(session, now)
    found = []
    for clinic_id, channel in due:
        file = files.get(clinic_id)
        key = key_of(file, file.sender, channel) if file else None
        if key not in breathless:
            found.append(_Turn(clinic_id, channel, file, key))
    # By chance and not by number: who lost this time is not the one who loses each time.
    return found if len(found) <= _AT_ONCE else random.sample(found, _AT_ONCE)


def _a_few_of_each(
    session: Session, paces: Paces, turns: Sequence[_Turn], now: datetime, limit: int
) -> list[Due]:
    share = -(-limit // len(turns))
    taken = []
    for turn in turns:
        room = paces.room(turn.key, rate(turn.file, turn.channel)) if turn.file and turn.key else share
        taken.append(
            _rows(session, _OF_CLINIC[turn.channel], now, min(share, room), clinic_id=turn.clinic_id)
        )
    return [row for row in chain.from_iterable(zip_longest(*taken)) if row is not None][:limit]


def _rows(session: Session, due: Select[Any], now: datetime, at_most: int, **of: int) -> list[Due]:
    if at_most <= 0:
        return []
    found = session.connection().execute(due, {"now": now, "at_most": at_most, **of})
    return [Due(*row) for row in found]
