"""A text given in a webhook's answer is a row like any other, with its own receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from followup.inbox import twiml
from followup.protocol import segments
from followup.store.models import CheckIn, Clinic, Inbound, Outbound

# Without a receipt for this long the sweep asks the carrier whether the answer ever left.
RECEIPT_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Reply:
    step: str  # question | closing | safety | notice
    body: str
    question: str = ""


def keep_replies(
    session: Session,
    inbound: Inbound,
    replies: Sequence[Reply],
    check_in: CheckIn | None,
    public_url: str,
    now: datetime,
) -> str:
    """Store each reply as a row not yet known to have left, and return them as TwiML."""
    if not replies or inbound.clinic_id is None:
        return twiml.NOTHING
    # Opt-outs are kept by what the clinic texts from: its number, or its messaging service.
    sender = session.get_one(Clinic, inbound.clinic_id).sender or inbound.sender
    rows = []
    for number, reply in enumerate(replies, start=1):
        row = Outbound(
            dedupe=f"inbound:{inbound.id}:answer:{number}",
            clinic_id=inbound.clinic_id,
            patient_id=inbound.patient_id,
            check_in_id=check_in.id if check_in else None,
            channel="answer",
            step=reply.step,
            question=reply.question,
            turn=check_in.turn if check_in else 0,
            sender=sender,
            to=inbound.from_number,
            to_hash=inbound.from_hash,
            body=reply.body,
            state="unsure",
            reason="given in an answer, no receipt yet",
            due_at=now,
            started_at=now,
            deadline=now + RECEIPT_WITHIN,
            attempts=1,
            segments=segments(reply.body),
            created_at=now,
            changed_at=now,
        )
        session.add(row)
        rows.append(row)
    session.flush()
    return twiml.texts([(r.body, f"{public_url}/twilio/sms/status?o={r.id}") for r in rows])
