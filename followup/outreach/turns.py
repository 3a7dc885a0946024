"""Whose turn it is: the due rows of one claim, a few of each clinic.

Oldest first over all would let one clinic's thousand patients, due at ten, keep another's three waiting who
are due at five past. So what answers somebody goes first; then each clinic has its turn, oldest first within
it, which also keeps a patient's contacts in order. A clinic whose sender is out of breath has no turn.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest

import sqlalchemy
from sqlalchemy import ColumnElement, Exists, exists, literal_column
from sqlmodel import Session, col, select

from followup.checkin.clinics import readable_clinics
from followup.clinic import ClinicFile
from followup.outreach.pace import Key, Paces, key_of, out_of_breath, rate
from followup.store.models import Clinic, Outbound
from followup.store.models.messages import PROMPTS

_AT_ONCE = 50  # turns in one claim: more clinics than that take turns at having one
_SENDERS = 8  # senders held at once, while their turns fill the claim: the others are for other workers
_STEPS: list[ColumnElement[str]] = [literal_column(f"'{step}'") for step in PROMPTS]
# Literals, not parameters: neither database would use the partial indexes for them.
_PLANNED = col(Outbound.state) == literal_column("'planned'")
_PROMPT = col(Outbound.step).in_(_STEPS)
_URGENT = col(Outbound.step).not_in(_STEPS)


@dataclass(frozen=True, slots=True)
class Due:
    """A row whose time has come, before it is opened: what it is counted on."""

    id: int
    clinic_id: int
    sender: str
    channel: str
    step: str


_FIELDS = (Outbound.id, Outbound.clinic_id, Outbound.sender, Outbound.channel, Outbound.step)


@dataclass(frozen=True, slots=True)
class _Turn:
    clinic_id: int
    channel: str
    file: ClinicFile | None  # None: not readable; each of its rows is put off and shown to people
    key: Key | None


def due_rows(session: Session, paces: Paces, now: datetime, limit: int) -> list[Due]:
    """Up to `limit` due rows, ours until the transaction ends; on PostgreSQL others skip them meanwhile."""
    rows = _due(session, now, limit, _URGENT)
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
        for channel in ("text", "call")
        for clinic_id in session.exec(select(Clinic.id).where(_has_due(channel, now))).all()
    ]
    files = {clinic.id: file for clinic, file in readable_clinics(session, {clinic for clinic, _ in due})}
    breathless = out_of_breath(session, now)
    found = []
    for clinic_id, channel in due:
        file = files.get(clinic_id)
        key = key_of(file, file.sender, channel) if file else None
        if key not in breathless:
            found.append(_Turn(clinic_id or 0, channel, file, key))
    # By chance and not by number: who lost this time is not the one who loses each time.
    return found if len(found) <= _AT_ONCE else random.sample(found, _AT_ONCE)


def _has_due(channel: str, now: datetime) -> Exists:
    return exists().where(
        col(Outbound.clinic_id) == col(Clinic.id),
        col(Outbound.channel) == literal_column(f"'{channel}'"),
        _PLANNED,
        _PROMPT,
        col(Outbound.due_at) <= now,
    )


def _a_few_of_each(
    session: Session, paces: Paces, turns: Sequence[_Turn], now: datetime, limit: int
) -> list[Due]:
    share = -(-limit // len(turns))
    taken = [
        _due(
            session,
            now,
            min(share, paces.room(turn.key, rate(turn.file, turn.channel)))
            if turn.file and turn.key
            else share,
            _PROMPT,
            col(Outbound.clinic_id) == turn.clinic_id,
            col(Outbound.channel) == literal_column(f"'{turn.channel}'"),
        )
        for turn in turns
    ]
    return [row for row in chain.from_iterable(zip_longest(*taken)) if row is not None][:limit]


def _due(session: Session, now: datetime, limit: int, *which: ColumnElement[bool]) -> list[Due]:
    if limit <= 0:
        return []
    found = session.execute(
        sqlalchemy.select(*(col(field) for field in _FIELDS))
        .where(_PLANNED, *which, col(Outbound.due_at) <= now)
        .order_by(col(Outbound.due_at), col(Outbound.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Due(*row) for row in found]
