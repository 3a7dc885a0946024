"""Status callbacks: each one kept, in whatever order, number and repetition they come.

A receipt that names our row proves that the message left, even when the answer to our own request was lost.
What it says of the message is in `checkin/text_progress.py` and `checkin/call_progress.py`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from followup.checkin.departure import adopt
from followup.checkin.text_progress import text_told
from followup.store import Store
from followup.store.models import Outbound, Receipt

log = logging.getLogger(__name__)


def receive_receipt(store: Store, form: Mapping[str, str], outbound_id: int | None, now: datetime) -> None:
    """Keep a message's status callback once and move its row forward; unknown ids are kept too."""
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    status = (form.get("MessageStatus") or form.get("SmsStatus") or "")[:24]
    error = (form.get("ErrorCode") or "")[:8]

    def apply(session: Session, row: Outbound) -> None:
        adopt(session, row, sid, now)
        text_told(session, row, status, error, now)

    keep_receipt(store, (sid, status, error), form, outbound_id, apply, now)


def keep_receipt(
    store: Store,
    what: tuple[str, str, str],
    form: Mapping[str, str],
    outbound_id: int | None,
    apply: Callable[[Session, Outbound], None],
    now: datetime,
) -> None:
    """Keep (carrier's id, status, error) once, and apply it to the row it is about when that is known."""
    sid, status, error = what
    try:
        with store.write() as session:
            if _is_kept(session, sid, status, error):
                return
            row = _row(session, outbound_id, sid)
            session.add(
                Receipt(
                    sid=sid[:64],
                    status=status,
                    error=error,
                    outbound_id=row.id if row else None,
                    raw=json.dumps(dict(form), ensure_ascii=False),
                    received_at=now,
                )
            )
            session.flush()
            if row is not None:
                apply(session, row)
    except IntegrityError:
        return  # the same receipt came twice at once; the other one is kept
    log.info("receipt for outbound %s: %s %s", row.id if row else "unknown", status, error)


def _is_kept(session: Session, sid: str, status: str, error: str) -> bool:
    found = session.exec(
        select(Receipt.id).where(Receipt.sid == sid, Receipt.status == status, Receipt.error == error)
    ).first()
    return found is not None


def _row(session: Session, outbound_id: int | None, sid: str) -> Outbound | None:
    """The row the callback address names, unless it already belongs to another message."""
    query = select(Outbound).with_for_update()
    named = session.exec(query.where(Outbound.id == outbound_id)).one_or_none() if outbound_id else None
    if named is not None and named.sid in ("", sid):
        return named
    # The first of its id: words put into a call later bear the call's id too.
    return session.exec(query.where(Outbound.sid == sid).order_by(col(Outbound.id))).first() if sid else None
