"""The seven days that end with the digest's day, reconciled in one sum.

A day that added up on its own evening can come apart later, when a roster line moves or a row is mended by
hand; nobody would open its page again. Counted from a few plain columns: seven pages need not be built.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from followup.digest import roster
from followup.digest.model import WeekSum
from followup.digest.place import BUCKETS, place
from followup.digest.rows import among
from followup.digest.words import day_words
from followup.store.models import Alert, CheckIn, Decision, Procedure, Proposal
from followup.tongue import _

_DAYS = 7


def reconcile_week(session: Session, clinic_id: int, day: date) -> WeekSum:
    """Place every procedure whose check-in was due in the seven days ending with `day`, and miss none.

    Each day's roster lines are held against the procedures stored, each procedure against the buckets.
    """
    first = day - timedelta(days=_DAYS - 1)
    placed = _placed(session, clinic_id, first, day)
    buckets = Counter(bucket for _, _, bucket in placed)
    # The newest day has its own, closer reconciliation on the page.
    named = roster.accepted(session, clinic_id, first - timedelta(days=1), day - timedelta(days=2))
    known = {reference for reference, _, _ in placed} | _stored(session, clinic_id, set(named))
    missing = [
        _(
            "procedure {reference}: in the roster of {day}, but not stored",
            reference=reference,
            day=day_words(named[reference]),
        )
        for reference in sorted(set(named) - known)
    ]
    twice = [r for r, times in Counter(reference for reference, _, _ in placed).items() if times > 1]
    missing += [
        _("procedure {reference}: counted twice in the week", reference=reference)
        for reference in sorted(twice)
    ]
    by_day = Counter(due for _, due, _ in placed)
    return WeekSum(
        first=first,
        last=day,
        procedures=len({reference for reference, _, _ in placed}),
        by_day=tuple(by_day[first + timedelta(days=n)] for n in range(_DAYS)),
        buckets={bucket: buckets[bucket] for bucket in BUCKETS},
        missing=missing,
    )


def _placed(session: Session, clinic_id: int, first: date, last: date) -> list[tuple[str, date, str]]:
    """Reference, day due and bucket of every procedure of the week."""
    within = (col(CheckIn.clinic_id) == clinic_id, col(CheckIn.due_on).between(first, last))
    cases = session.execute(
        select(
            *(getattr(Procedure, name) for name in ("id", "reference", "ended", "status")),
            *(getattr(CheckIn, name) for name in ("id", "due_on", "state")),
        )
        .join(CheckIn, col(CheckIn.id) == col(Procedure.check_in_id))
        .where(*within)
    ).all()
    alarmed = _ids(
        session,
        select(col(Alert.check_in_id)).where(
            col(Alert.clinic_id) == clinic_id, col(Alert.resolved_at).is_(None)
        ),
    )
    of_the_week = select(col(Procedure.id)).join(CheckIn, col(CheckIn.id) == col(Procedure.check_in_id))
    inside = of_the_week.where(*within)
    decided = _ids(session, select(col(Decision.procedure_id)).where(col(Decision.procedure_id).in_(inside)))
    proposals = session.execute(
        select(*(getattr(Proposal, name) for name in ("procedure_id", "disposition")))
        .where(col(Proposal.procedure_id).in_(inside))
        .order_by(col(Proposal.seq))
    ).all()
    proposed = {row.procedure_id: row.disposition for row in proposals}  # the newest of each
    return [
        (
            reference,
            due_on,
            place(
                open_alert=check_in in alarmed,
                ended=ended or ("cancelled" if status == "cancelled" else ""),
                decided=procedure in decided,
                conversation_open=state != "closed",
                disposition=proposed.get(procedure, ""),
            ),
        )
        for procedure, reference, ended, status, check_in, due_on, state in cases
    ]


def _stored(session: Session, clinic_id: int, references: set[str]) -> set[str]:
    ours = select(col(Procedure.reference)).where(col(Procedure.clinic_id) == clinic_id)
    return {row.reference for row in among(session, ours, col(Procedure.reference), references)}


def _ids(session: Session, query: Any) -> set[int]:
    return set(session.execute(query).scalars())
