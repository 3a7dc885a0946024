"""Clear up doubt: rows nobody knows the fate of, answers without a receipt, check-ins run out of time.

Nothing in doubt is sent again before the carrier was asked twice, some minutes apart. What the carrier has is
adopted; a text it does not have goes once more, a call never: to be rung twice in ten minutes by a machine
frightens people, so a person takes it from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, update
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.close import close, outcome_so_far
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.departure import adopt
from followup.checkin.hold import hold
from followup.checkin.reactions import hand_to_staff
from followup.checkin.tasks import open_task
from followup.outreach.carrier import Carrier
from followup.outreach.lookup import Seen, looked_up
from followup.outreach.outcome import SKEW
from followup.store import NOW, Store, is_one_of, word
from followup.store.models import CheckIn, Clinic, Outbound

log = logging.getLogger(__name__)

_SECOND_LOOK = timedelta(minutes=3)
_MANY = 500
_CARRIED = ("text", "answer", "call")  # channels whose messages the carrier can be asked about
# What the partial index says, word for word.
_NOT_CLOSED = col(CheckIn.state) != word("closed")
_LADDER_ENDED = (_NOT_CLOSED, col(CheckIn.state) == word("open"))
_NEVER_ASKED = (
    col(Outbound.check_in_id) == col(CheckIn.id), col(Outbound.state) == word("planned"),
    col(Outbound.step) != word(DAY_OF), _NOT_CLOSED, col(CheckIn.first_asked_at).is_(None),
)  # fmt: skip

# Whether the sweeps below have anything to do.
CLAIMS = exists().where(col(Outbound.state) == word("sending"), col(Outbound.deadline) <= NOW)
DOUBTS = exists().where(col(Outbound.state) == word("unsure"), col(Outbound.deadline) <= NOW)
OVERDUE = or_(
    exists().where(*_LADDER_ENDED, col(CheckIn.give_up_at) <= NOW),
    exists().where(*_NEVER_ASKED, col(Outbound.useless_after) <= NOW),
)


@dataclass(frozen=True, slots=True)
class Doubt:
    id: int
    channel: str
    to: str
    body: str
    since: datetime
    looks: int


def expire_claims(session: Session, now: datetime) -> int:
    """Claims past their deadline: their worker died.

    One that never came to the last look has certainly sent nothing, and is planned again. The others become
    `unsure`: it died before or after the request. Returns how many there were of both.
    """
    back = session.execute(
        update(Outbound)
        .where(
            col(Outbound.state) == word("sending"),
            col(Outbound.deadline) <= now,
            col(Outbound.started_at).is_(None),
        )
        .values(state="planned", owner="", deadline=None, changed_at=now)
    )
    done = session.execute(
        update(Outbound)
        .where(col(Outbound.state) == word("sending"), col(Outbound.deadline) <= now)
        .values(state="unsure", owner="", reason="not known to have left: the sender stopped", changed_at=now)
    )
    return int(back.rowcount + done.rowcount)  # type: ignore[attr-defined]


def clear_doubts(store: Store, carrier: Carrier, clock: Callable[[], datetime]) -> int:
    """Ask the carrier about unsure rows whose time has come; returns how many were asked about."""

    def look(doubt: Doubt) -> Seen:
        if doubt.channel not in _CARRIED:
            return []  # no message of the carrier's: an address is not for it to know
        find = carrier.find_calls if doubt.channel == "call" else carrier.find_texts
        return find(doubt.to, doubt.since - SKEW)

    with store.read() as session:
        doubts = _doubts(session, clock())
    asked = 0
    for doubt, seen in looked_up(doubts, look, clock):
        with store.write() as session:
            _settle_doubt(session, doubt, seen, clock())
        asked += 1
    return asked


def _doubts(session: Session, now: datetime) -> list[Doubt]:
    rows = session.exec(
        select(Outbound)
        .where(col(Outbound.state) == word("unsure"), col(Outbound.deadline) <= now)
        .order_by(col(Outbound.deadline))
        .limit(_MANY)
    ).all()
    return [Doubt(r.id or 0, r.channel, r.to, r.body, r.started_at or r.created_at, r.looks) for r in rows]


def _settle_doubt(session: Session, doubt: Doubt, seen: Seen, now: datetime) -> None:
    """1. A receipt may have come while we asked. 2. Adopt what was found. 3. Look once more. 4. Resend once.

    The row is taken by its state and its count of looks, so that of two sweeps only one acts.
    """
    row = session.exec(
        select(Outbound)
        .where(Outbound.id == doubt.id, Outbound.state == "unsure", Outbound.looks == doubt.looks)
        .with_for_update()
    ).one_or_none()
    if row is None:
        return
    row.changed_at = now
    if row.channel == "email":
        _send_again(row, now)
        return
    if row.channel == "live":
        row.state, row.deadline, row.reason = "withdrawn", None, "not known whether it was said"
        return
    found = next((s for s in seen or () if s.body == row.body and not _is_known(session, s.sid)), None)
    if found is not None:
        adopt(session, row, found.sid, now)
    elif seen is None:
        row.deadline = now + _SECOND_LOOK  # the carrier could not be asked: that is not "not found"
    elif row.looks == 0:
        row.looks, row.deadline = 1, now + _SECOND_LOOK
    elif row.channel == "call":
        _give_call_to_staff(session, row, now)
    elif _is_stale(session, row, now):
        row.state, row.deadline, row.reason = "withdrawn", None, "not found at the carrier, no longer needed"
    elif row.attempts < 2:
        _send_again(row, now)
    else:
        _give_to_staff(session, row, now)
    log.info("outbound %s in doubt: %s", row.id, row.state)


def _send_again(row: Outbound, now: datetime) -> None:
    if row.channel == "answer":
        row.channel, row.attempts = "text", 1  # the webhook's answer was lost: the question goes by REST
    row.state, row.due_at, row.deadline, row.owner = "planned", now, None, ""
    row.reason, row.looks = "not found at the carrier, sent again", 0


def _is_known(session: Session, sid: str) -> bool:
    """Whether another row has this message already: two equal texts to one phone must not both adopt it."""
    return session.exec(select(Outbound.id).where(Outbound.sid == sid)).first() is not None


def _is_stale(session: Session, row: Outbound, now: datetime) -> bool:
    """Whether sending again would only repeat what is settled: answered since, closed, or not a question."""
    if row.step == "safety":
        return _said_meanwhile(session, row)  # else better twice than never
    if row.check_in_id is None:
        return row.channel == "answer"
    check_in = session.get_one(CheckIn, row.check_in_id)
    if row.step == DAY_OF:
        return row.attempts > 1 or (row.useless_after is not None and now > row.useless_after)
    return check_in.state != "open" or check_in.turn != row.turn or not row.question


def _said_meanwhile(session: Session, row: Outbound) -> bool:
    """Whether the same safety text is on its way to this phone since: two warnings that were heard late
    together are answered once."""
    others = session.exec(
        select(Outbound).where(
            is_one_of(Outbound.to_hash, "phone", row.to),
            Outbound.step == "safety",
            Outbound.id != row.id,
            or_(
                col(Outbound.state).in_(("planned", "sending")),
                and_(col(Outbound.state) == "sent", col(Outbound.sent_at) >= row.created_at),
            ),
            col(Outbound.delivery).not_in(("failed", "undelivered")),
        )
    ).all()
    return any(other.body == row.body for other in others)


def _give_to_staff(session: Session, row: Outbound, now: datetime) -> None:
    row.state, row.deadline, row.reason = "refused", None, "sent twice and seen by the carrier neither time"
    check_in = hold(session, row.check_in_id) if row.check_in_id else None
    if check_in is None or check_in.state == "closed":
        return
    file = clinic_file(session.get_one(Clinic, row.clinic_id))
    close(session, check_in, file, "undeliverable", now)
    open_task(
        session,
        dedupe=f"lost:{row.id}",
        kind="undeliverable",
        reason="The carrier lost our text twice. Please phone the patient.",
        check_in=check_in,
        now=now,
    )


def _give_call_to_staff(session: Session, row: Outbound, now: datetime) -> None:
    row.state, row.deadline, row.reason = "refused", None, "not found at the carrier, and not placed again"
    check_in = hold(session, row.check_in_id) if row.check_in_id else None
    if check_in is not None and check_in.state == "open":
        file = clinic_file(session.get_one(Clinic, row.clinic_id))
        hand_to_staff(session, row, check_in, file, "We could not tell whether our call went out.", now)


def close_overdue(store: Store, now: datetime) -> int:
    """Give up on check-ins whose ladder has ended, and close as missed what is too old to be sent."""
    with store.write() as session:
        due = session.exec(
            select(CheckIn)
            .where(*_LADDER_ENDED, col(CheckIn.give_up_at) <= now)
            .limit(_MANY)
            .with_for_update(skip_locked=True)
        ).all()
        for check_in in due:
            _close_one(session, check_in, None, now)
        missed = session.exec(
            select(CheckIn)
            .join(Outbound, col(Outbound.check_in_id) == col(CheckIn.id))
            .where(*_NEVER_ASKED, col(Outbound.useless_after) <= now)
            .limit(_MANY)
            .with_for_update(of=CheckIn, skip_locked=True)
        ).all()
        for check_in in missed:
            _close_one(session, check_in, "missed", now)
    return len(due) + len(missed)


def _close_one(session: Session, check_in: CheckIn, outcome: str | None, now: datetime) -> None:
    """One by itself: a case that cannot be judged must not keep the others open."""
    try:
        with session.begin_nested():
            file = clinic_file(session.get_one(Clinic, check_in.clinic_id))
            close(session, check_in, file, outcome or outcome_so_far(session, check_in), now)
    except Exception as problem:
        log.error("check-in %s could not be closed: %s", check_in.id, type(problem).__name__)
