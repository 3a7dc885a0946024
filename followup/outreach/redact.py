"""Take the words of texts away from the carrier, once their fate is known, for clinics that want it.

A carrier keeps messages for a year and longer. With its redaction on, the carrier's own STOP filter is off,
so the clinic file must have `stop_reply = "us"`: our list is then the only one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from followup.checkin.clinics import filed_clinics
from followup.checkin.tasks import open_task
from followup.outreach.carrier import Carrier
from followup.outreach.outcome import Accepted, Refused
from followup.store import Store
from followup.store.models import Inbound, Outbound

log = logging.getLogger(__name__)

_FINAL = ("delivered", "undelivered", "failed", "canceled")
_LONG_ENOUGH = timedelta(hours=13)  # "sent" may stay a text's last word; until then we may still ask for it
_SETTLED = timedelta(minutes=2)  # after which no repeat of a webhook is under way
_NO_LONGER = timedelta(days=30)  # what could not be redacted by then has been told to staff
_MANY = 50  # in one round, so that it does not hold up the sending
_NOT_YET, _GONE = 20009, 20404  # Twilio: the message is not final; there is no such message


def redact_texts(store: Store, carrier: Carrier, clock: Callable[[], datetime]) -> int:
    """Empty the bodies that may go, with no transaction open; returns how many. What fails is tried again."""
    with store.read() as session:
        clinics = [clinic.id for clinic in filed_clinics(session) if clinic.file.carrier.redact]
    return sum(_of_clinic(store, carrier, clinic_id, clock) for clinic_id in clinics)


def _of_clinic(store: Store, carrier: Carrier, clinic_id: int, clock: Callable[[], datetime]) -> int:
    with store.read() as session:
        wanted = _wanted(session, clinic_id, clock())
    done = 0
    for table, row_id, sid in wanted:
        outcome = carrier.redact_text(sid)
        if isinstance(outcome, Accepted) or outcome == Refused(_GONE):
            with store.write() as session:
                session.execute(update(table).where(col(table.id) == row_id).values(redacted_at=clock()))
            done += 1
        elif outcome == Refused(_NOT_YET):
            continue
        else:
            if isinstance(outcome, Refused):
                _tell(store, clinic_id, outcome.code, clock())
            break  # the carrier is away or refuses: it would do so for each of the others
    if done:
        log.info("clinic %s: %s texts redacted at the carrier", clinic_id, done)
    return done


def _wanted(
    session: Session, clinic_id: int, now: datetime
) -> list[tuple[type[Outbound] | type[Inbound], int, str]]:
    sent = session.execute(
        select(col(Outbound.id), col(Outbound.sid))
        .where(
            col(Outbound.clinic_id) == clinic_id,
            col(Outbound.channel).in_(("text", "answer")),
            col(Outbound.sid) != "",
            col(Outbound.redacted_at).is_(None),
            col(Outbound.sent_at) > now - _NO_LONGER,
            col(Outbound.state).not_in(("sending", "unsure")),
            or_(col(Outbound.delivery).in_(_FINAL), col(Outbound.sent_at) < now - _LONG_ENOUGH),
        )
        .order_by(col(Outbound.sent_at))
        .limit(_MANY)
    ).all()
    came = session.execute(
        select(col(Inbound.id), col(Inbound.sid))
        .where(
            col(Inbound.clinic_id) == clinic_id,
            col(Inbound.channel) == "sms",
            col(Inbound.redacted_at).is_(None),
            col(Inbound.received_at).between(now - _NO_LONGER, now - _SETTLED),
        )
        .order_by(col(Inbound.received_at))
        .limit(_MANY)
    ).all()
    return [*((Outbound, row[0], row[1]) for row in sent), *((Inbound, row[0], row[1]) for row in came)]


def _tell(store: Store, clinic_id: int, code: int, now: datetime) -> None:
    with store.write() as session:
        open_task(
            session,
            dedupe=f"redact:{clinic_id}:{code}:{now.date()}",
            kind="redaction",
            reason=f"The carrier refuses to empty texts (code {code}); their words stay there. Is redaction "
            "switched on in the account?",
            clinic_id=clinic_id,
            now=now,
        )
