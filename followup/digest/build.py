"""Build a day's digest: read, place, price, reconcile. Reads only, and knows no rendering."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel import Session

from followup.checkin.clinics import clinic_file
from followup.digest.attention import attention
from followup.digest.cost import cost
from followup.digest.entries import entries
from followup.digest.model import Cost, Digest
from followup.digest.period import load_period
from followup.digest.reconcile import compare
from followup.digest.rows import Rows, load
from followup.digest.week import reconcile_week
from followup.digest.weeks import first_day, minutes_to_reply, weeks
from followup.store.models import CheckIn, Clinic

_TREND = 4  # weeks


def build(session: Session, clinic: Clinic, day: date, now: datetime) -> Digest:
    """The digest of the clinic's local day `day` as it stands at `now` (aware).

    Every check-in due on the day, every earlier one not yet closed, and any with an unresolved alert.
    """
    assert clinic.id is not None
    file = clinic_file(clinic)
    rows = load(session, clinic.id, day)
    page = entries(rows, file)
    yesterday = day - timedelta(days=1)
    past = load_period(session, clinic.id, first_day(yesterday, _TREND), yesterday, whole=False)
    due = [c for c in rows.check_ins.values() if c.due_on == day and c.outcome != "cancelled"]
    return Digest(
        clinic=clinic.code,
        clinic_name=file.clinic.name,
        zone=file.zone,
        day=day,
        generated_at=now,
        entries=page,
        attention=attention(session, clinic, file, rows, day, now),
        cost=_cost(rows, due),
        reconciliation=compare(session, clinic.id, file, day, page),
        week=reconcile_week(session, clinic.id, day),
        trend=weeks(past, _TREND),
        reply_minutes=minutes_to_reply(past.follow_ups),
        callback_number=file.clinic.callback_number,
        asked=sum(c.first_asked_at is not None for c in due),
        answered=sum(c.outcome == "answered" for c in due),
    )


def _cost(rows: Rows, due: list[CheckIn]) -> Cost:
    """The day's own check-ins only: a case carried over was paid for on its day."""
    sent = [row for c in due for row in rows.sent[c.id or 0] if row.state == "sent"]
    return cost(
        segments_out=sum(row.segments for row in sent if row.channel in ("text", "answer")),
        segments_in=sum(row.segments for c in due for row in rows.came[c.id or 0]),
        calls=[row.seconds for row in sent if row.channel == "call"],
        completed=sum(c.outcome == "answered" for c in due),
    )
