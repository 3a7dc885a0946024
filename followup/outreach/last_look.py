"""The last look before a call, and giving back what does not leave after all.

A reply, a STOP, a roster change or the end of the contact hours may come between "claimed" and "sent". So one
more UPDATE right before the call demands of each row that it is still ours and still wanted. A row it does
not move is not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, or_, tuple_, update
from sqlmodel import Session, col

from followup.checkin.day_of import STEP as DAY_OF
from followup.outreach.claim import ANYWAY, Envelope
from followup.outreach.known import Known
from followup.store import known_hashes
from followup.store.models import CheckIn, OptOut, Outbound


def still_wanted(
    session: Session, envelopes: Sequence[Envelope], owner: str, now: datetime
) -> list[Envelope]:
    """Those to be sent at once: still ours, inside hours, their question open, nobody opted out or warned.

    Counts the attempt in the same UPDATE, so that a crash right after it is seen as a possible send. Who is
    looked at a second time, because the call did not begin at once, has still tried once.
    """
    if not envelopes:
        return []
    late = [one for one in envelopes if one.not_after is not None and now >= one.not_after]
    give_back(session, late, owner, now)
    known = Known(session, envelopes, now)
    wanted = {
        one.id
        for one in envelopes
        if one not in late and not (one.step == DAY_OF and known.warned(one.to, one.planned_at))
    }
    hashes = [(one.id, found) for one in envelopes for found in known_hashes("phone", one.to)]
    no_opt_out = ~exists().where(
        col(OptOut.sender) == col(Outbound.sender),
        col(OptOut.phone_hash).in_([found for _, found in hashes]),
        tuple_(col(Outbound.id), col(OptOut.phone_hash)).in_(hashes),
        col(OptOut.stopped),
    )
    # The text on the day asks nothing: its check-in is still planned, and stays so.
    question_open = exists().where(
        col(CheckIn.id) == col(Outbound.check_in_id),
        col(CheckIn.state) == case((col(Outbound.step) == DAY_OF, "planned"), else_="open"),
        col(CheckIn.turn) == col(Outbound.turn),
    )
    tried = case((col(Outbound.started_at).is_(None), 1), else_=0)
    begun = set(
        session.connection()
        .execute(
            update(Outbound.__table__)  # type: ignore[attr-defined]
            .where(
                col(Outbound.id).in_(wanted),
                col(Outbound.state) == "sending",
                col(Outbound.owner) == owner,
                col(Outbound.deadline) > now,
                or_(
                    col(Outbound.check_in_id).is_(None),
                    col(Outbound.step).in_(ANYWAY),
                    question_open & no_opt_out,
                ),
            )
            .values(attempts=col(Outbound.attempts) + tried, started_at=now, changed_at=now)
            .returning(col(Outbound.id))
        )
        .scalars()
    )
    _let_go(session, [one for one in envelopes if one.id not in begun and one not in late], owner, now)
    return [one for one in envelopes if one.id in begun]


def _let_go(session: Session, envelopes: Sequence[Envelope], owner: str, now: datetime) -> None:
    """Nobody wants them any more. One whose lease has run out is the sweep's, which plans it again."""
    values = {
        "state": "withdrawn", "reason": "answered, stopped or cancelled meanwhile", "changed_at": now,
        "deadline": None,  # or every tick would look at the row again, for ever
    }  # fmt: skip
    _leave(session, envelopes, owner, values, col(Outbound.deadline) > now)


def give_back(session: Session, envelopes: Sequence[Envelope], owner: str, now: datetime) -> None:
    """Let somebody else send them, or us later: nothing has left, and what was looked at was no try."""
    tried = case((col(Outbound.started_at).is_(None), 0), else_=1)
    values = {
        "state": "planned", "owner": "", "deadline": None, "started_at": None, "changed_at": now,
        "attempts": col(Outbound.attempts) - tried,
    }  # fmt: skip
    _leave(session, envelopes, owner, values)


def _leave(
    session: Session,
    envelopes: Sequence[Envelope],
    owner: str,
    values: dict[str, Any],
    *where: ColumnElement[bool],
) -> None:
    if envelopes:
        session.connection().execute(
            update(Outbound.__table__)  # type: ignore[attr-defined]
            .where(
                col(Outbound.id).in_([one.id for one in envelopes]),
                col(Outbound.state) == "sending",
                col(Outbound.owner) == owner,
                *where,
            )
            .values(**values)
        )
