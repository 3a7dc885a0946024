"""What is left to do when a message was kept but not understood: its warnings are still heard."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlmodel import Session, select

from followup.alerts.open import open_alert, worst
from followup.checkin.clinics import clinic_file
from followup.inbox import twiml
from followup.inbox.refusals import is_bare_stop
from followup.protocol import Manner, safety
from followup.reading import scan
from followup.store.models import Clinic, Inbound

log = logging.getLogger(__name__)


def polite_answer(body: str) -> str:
    """The TwiML when nothing is known but the words: a warning in them is still answered.

    Nothing to a bare STOP: the carrier has confirmed it, and one text more would be against it.
    """
    if is_bare_stop(body):
        return twiml.NOTHING
    nobody = Manner(lang="en", clinic="the clinic", number="")
    try:
        urgent = any(not sign.denied for sign in scan(body))
    except Exception:  # the reader itself may be what failed
        urgent = False
    kept = "Thanks, we have your message and staff will read it. Emergency: 911."
    return twiml.texts([(safety("E", nobody) if urgent else kept, "")])


def warn_anyway(session: Session, inbound: Inbound, now: datetime) -> None:
    """Open the alert and page for a message whose understanding failed, and took its alert with it."""
    try:
        with session.begin_nested():
            reported = worst(scan(inbound.body))
            clinic = session.exec(
                select(Clinic).where(Clinic.sender == inbound.sender).order_by(Clinic.id)  # type: ignore[arg-type]
            ).first()
            if reported and clinic is not None and clinic.id is not None:
                open_alert(
                    session, clinic_id=clinic.id, file=clinic_file(clinic), inbound=inbound,
                    tier=reported[0], kinds=reported[1], now=now,
                )  # fmt: skip
    except Exception as problem:
        log.error("inbound %s: no alert could be opened: %s", inbound.id, type(problem).__name__)
