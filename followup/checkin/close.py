"""End a check-in: what was not sent is withdrawn, and what was said is judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from followup.checkin.course import course_of
from followup.checkin.propose import propose
from followup.clinic import ClinicFile
from followup.protocol import contact
from followup.store.models import CheckIn, Outbound

ROUTINE = ("text", "call")


def close(session: Session, check_in: CheckIn, file: ClinicFile, outcome: str, now: datetime) -> None:
    """Close with an outcome of the decision table (or `missed`, `cancelled`) and propose for each procedure.

    The open question stays on the row: an answer that comes too late is read against it.
    """
    check_in.state, check_in.outcome = "closed", outcome
    check_in.closed_at = check_in.changed_at = now
    check_in.give_up_at = None
    withdraw(session, check_in, f"the check-in was closed: {outcome.replace('_', ' ')}", now)
    session.flush()
    propose(session, check_in, file, now)


def withdraw(
    session: Session, check_in: CheckIn, reason: str, now: datetime, channels: Sequence[str] = ROUTINE
) -> None:
    """Take back every routine contact of this check-in that has not left yet.

    Rows already claimed (`sending`) are not touched: the claim's owner looks again just before the call.
    """
    session.flush()
    session.execute(
        update(Outbound)
        .where(
            col(Outbound.check_in_id) == check_in.id,
            col(Outbound.state) == "planned",
            col(Outbound.channel).in_(channels),
        )
        .values(state="withdrawn", reason=reason, changed_at=now)
    )


def outcome_so_far(session: Session, check_in: CheckIn) -> str:
    """How a check-in that ends now has ended: a score that was given counts, even half-way through.

    Whoever wrote back without a score (asked to be called, or could not be read) has not been silent.
    """
    return contact(course_of(session, check_in), "unclear" if check_in.hand_over else "no_answer")
