"""How a call goes on, as the carrier tells it: its states and, beside it, who picked up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from followup.checkin.call_progress import progressed
from followup.checkin.departure import adopt
from followup.inbox.receipts import keep_receipt
from followup.inbox.receive import count
from followup.store import Store
from followup.store.models import Inbound, Outbound
from followup.voice.machine import is_machine, plan_voicemail
from followup.voice.receive import call_of, line_of


def receive_status(store: Store, form: Mapping[str, str], outbound_id: int | None, now: datetime) -> None:
    """Keep a call's status callback once and move its row forward; unknown ids are kept too."""
    sid, status = form["CallSid"][:64], form.get("CallStatus", "")[:24]
    seconds = count(form.get("CallDuration", ""))

    def apply(session: Session, row: Outbound) -> None:
        adopt(session, row, sid, now)
        progressed(session, row, status, seconds, now)

    keep_receipt(store, (sid, status, ""), form, outbound_id, apply, now)


def receive_verdict(store: Store, form: Mapping[str, str], outbound_id: int | None, now: datetime) -> None:
    """Keep who the carrier thinks picked up, and plan the voicemail when it was a machine.

    1. The verdict stands on the call's row; the next answer to the call reads it.
    2. Only a machine, and only while nobody has said who they are, gets other words.
    """
    verdict = form.get("AnsweredBy", "")[:24]

    def apply(session: Session, row: Outbound) -> None:
        call = call_of(session, form, row.id, now)
        call.answered_by, call.changed_at = verdict, now
        nothing_said = Inbound(sid=call.sid, from_number="", raw="", channel="call", received_at=now)
        line = line_of(session, call, nothing_said, form, "", now)
        if line is not None and is_machine(call) and not call.confirmed:
            plan_voicemail(line)

    keep_receipt(store, (form["CallSid"][:64], verdict, ""), form, outbound_id, apply, now)
