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

from sqlalchemy import ColumnElement, literal_column
from sqlmodel import Session, col, select

from followup.checkin.clinics import readable_clinics
from followup.outreach.pace import Paces, key_of, out_of_breath, rate
from followup.store.models import Clinic, Outbound
from followup.store.models.messages import PROMPTS

_AT_ONCE = 50  # turns in one claim: more clinics than that take turns at having one
_STEPS: list[ColumnElement[str]] = [literal_column(f"'{step}'") for step in PROMPTS]
# Literals, not parameters: neither database would use the partial indexes for them.
_PLANNED = col(Outbound.state) == literal_column("'planned'")
_PROMPT = col(Outbound.step).in_(_STEPS)
_URGENT = col(Outbound.step).not_in(_STEPS)


@dataclass(frozen=True, slots=True)
class _Turn:
    clinic_id: int
    channel: str


def due_rows(session: Session, paces: Paces, now: datetime, limit: int) -> list[Outbound]:
    """Up to `limit` due rows, ours until the transaction ends; on PostgreSQL others skip them meanwhile."""
    rows = _due(session, now, limit, _URGENT)
    if len(rows) < limit and (turns := _turns(session, now)):
        rows += _a_few_of_each(session, paces, turns, now, limit - len(rows))
    return rows


def _turns(session: Session, now: datetime) -> list[_Turn]:
    waiting = out_of_breath(session, now)
    found = []
    for channel in ("text", "call"):
        some = select(Outbound.id).where(
            col(Outbound.clinic_id) == col(Clinic.id),
            col(Outbound.channel) == literal_column(f"'{channel}'"),
            _PLANNED, _PROMPT, col(Outbound.due_at) <= now,
        )  # fmt: skip
        for clinic_id, sender in session.exec(select(Clinic.id, Clinic.sender).where(some.exists())).all():
            if channel == "call" or (sender, channel) not in waiting:
                found.append(_Turn(clinic_id or 0, channel))
    # By chance and not by number: who lost this time is not the one who loses each time.
    return found if len(found) <= _AT_ONCE else random.sample(found, _AT_ONCE)


def _a_few_of_each(
    session: Session, paces: Paces, turns: Sequence[_Turn], now: datetime, limit: int
) -> list[Outbound]:
    ids = {turn.clinic_id for turn in turns}
    files = {clinic.id: file for clinic, file in readable_clinics(session, ids)}
    # A clinic without a readable file has its turn too: each of its rows is put off and shown to people.
    keys = {
        turn: key_of(file, file.sender, turn.channel) for turn in turns if (file := files.get(turn.clinic_id))
    }
    paces.hold(keys.values())
    share = -(-limit // len(turns))
    taken = [
        _due(
            session,
            now,
            min(share, paces.room(key, rate(files[turn.clinic_id], turn.channel)))
            if (key := keys.get(turn))
            else share,
            _PROMPT,
            col(Outbound.clinic_id) == turn.clinic_id,
            col(Outbound.channel) == literal_column(f"'{turn.channel}'"),
        )
        for turn in turns
    ]
    return [row for row in chain.from_iterable(zip_longest(*taken)) if row is not None][:limit]


def _due(session: Session, now: datetime, limit: int, *which: object) -> list[Outbound]:
    if limit <= 0:
        return []
    return list(
        session.exec(
            select(Outbound)
            .where(_PLANNED, *which, col(Outbound.due_at) <= now)  # type: ignore[arg-type]
            .order_by(col(Outbound.due_at), col(Outbound.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
    )
