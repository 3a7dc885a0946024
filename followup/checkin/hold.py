"""Take a check-in for a change: one transaction at a time.

SQLite has one writer and needs none of this. On PostgreSQL a reply, a receipt, a roster and a worker may be
at the same check-in at once; without the lock each would decide on what the others are about to change.
Order: the check-in before its planned outbound rows, else two transactions wait for each other. A worker
claims outbound rows first and therefore never waits for a check-in (`outreach/claim.py`).
"""

from __future__ import annotations

from sqlmodel import Session

from followup.store.models import CheckIn


def hold(session: Session, check_in_id: int | None) -> CheckIn:
    """The check-in as its last change left it, ours alone until this transaction ends."""
    session.flush()  # reading it anew would drop what was changed here and not written yet
    return session.get_one(CheckIn, check_in_id, with_for_update=True)
