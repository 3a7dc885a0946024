"""Stop, start again, wrong number: taken at once, for texts and calls, and shown to staff.

Who confirms a STOP differs: the carrier answers its own keywords by itself, and a second confirmation from us
would be one text too many. A refusal in other words is only ever heard by us.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.close import close
from followup.checkin.course import course_of
from followup.checkin.reactions import record_stop, running_check_ins, stop_number
from followup.inbox.heard import Heard
from followup.inbox.replies import Reply
from followup.protocol import record_only, say
from followup.store import is_one_of
from followup.store.models import Inbound, OptOut, Patient

# Twilio's default keywords, single and whole message, English only. Source: Twilio, opt-out keywords.
CARRIER_STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
CARRIER_START = {"START", "YES", "UNSTOP"}


def refused(heard: Heard, *, already: bool) -> list[Reply]:
    """Opt the number out of this sender. "7 stop" still counts as a 7."""
    if heard.check_in is not None and heard.check_in.state == "open":
        step = record_only(course_of(heard.session, heard.check_in), heard.message)
        for answered in step.record:
            heard.keep_answer(heard.check_in, answered, heard.message.reading)
        heard.session.flush()
    word = heard.inbound.body.strip().upper()
    how = "keyword" if word in CARRIER_STOP else "words"
    stop_number(heard.session, heard.file.sender, heard.inbound.from_number, how, heard.now, heard.inbound.id)
    if already or _carrier_answers(heard, CARRIER_STOP):
        return []
    return [Reply("notice", say("stopped", heard.manner))]


def stopped_anyway(session: Session, inbound: Inbound, now: datetime) -> bool:
    """Obey a bare STOP whose understanding failed, by what the request itself says and nothing more.

    The carrier has confirmed it to the patient already; a program that could not read it is no excuse.
    """
    if not is_bare_stop(inbound.body):
        return False
    service = str(json.loads(inbound.raw).get("MessagingServiceSid") or "")
    for sender in filter(None, (inbound.sender, service)):
        record_stop(session, sender, inbound.from_number, "keyword", now, inbound.id)
    return True


def is_bare_stop(body: str) -> bool:
    """Whether a text is one of the words that the carrier itself takes for a STOP, and confirms."""
    return body.strip().upper() in CARRIER_STOP


def restarted(heard: Heard) -> list[Reply]:
    """Lift an opt-out. The check-in that STOP closed stays closed: a person decides whether to ask again."""
    found = heard.session.exec(
        select(OptOut).where(
            OptOut.sender == heard.file.sender,
            is_one_of(OptOut.phone_hash, "phone", heard.inbound.from_number),
        )
    ).first()
    if found is not None and found.stopped:
        found.stopped, found.how, found.at, found.inbound_id = (
            False, "keyword", heard.now, heard.inbound.id,
        )  # fmt: skip
        heard.task("opt_in", "The patient wants our messages again. Please see whether to ask once more.")
    if _carrier_answers(heard, CARRIER_START):
        return []
    return [Reply("notice", say("started", heard.manner))]


def wrong_number(heard: Heard) -> list[Reply]:
    """Stop everything for this number: whoever has it is not our patient."""
    running = running_check_ins(heard.session, heard.file.sender, heard.inbound.from_number)
    for check_in, clinic in running:
        close(heard.session, check_in, clinic_file(clinic), "wrong_person", heard.now)
    for patient in heard.session.exec(
        select(Patient).where(
            is_one_of(Patient.phone_hash, "phone", heard.inbound.from_number),
            col(Patient.clinic_id).in_({clinic.id for _, clinic in running} | {heard.clinic.id}),
        )
    ).all():
        patient.phone_state, patient.changed_at = "stranger", heard.now
    heard.task("wrong_person", "Somebody else has this number. Please find the patient's right one.")
    return [Reply("notice", say("wrong_person", heard.manner))]


def _carrier_answers(heard: Heard, keywords: set[str]) -> bool:
    """Whether the carrier has answered already, or will."""
    if heard.form.get("OptOutType"):
        return True
    return heard.file.texting.stop_reply == "carrier" and heard.inbound.body.strip().upper() in keywords
