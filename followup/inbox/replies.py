"""A text given in a webhook's answer is a row like any other, with its own receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from followup.inbox import twiml
from followup.protocol import segments
from followup.store import insert_now
from followup.store.models import CheckIn, Inbound, Outbound

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
    sender: str,
    replies: Sequence[Reply],
    check_in: CheckIn | None,
    public_url: str,
    now: datetime,
) -> str:
    """Store each reply as a row not yet known to have left, and return them as TwiML.

    `sender` is what the clinic texts from, its number or its messaging service: opt-outs are kept by it.
    """
    if not replies or inbound.clinic_id is None:
        return twiml.NOTHING
    given = []
    for number, reply in enumerate(replies, start=1):
        id = insert_now(
            session,
            Outbound,
            dedupe=f"inbound:{inbound.id}:answer:{number}",
            clinic_id=inbound.clinic_id,
            patient_id=inbound.patient_id,
            check_in_id=check_in.id if check_in else None,
            channel="answer",
            step=reply.step,
            question=reply.question,
            turn=check_in.turn if check_in else 0,
            sender=sender or inbound.sender,
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
        given.append((reply.body, f"{public_url}/twilio/sms/status?o={id}"))
    return twiml.texts(given)
