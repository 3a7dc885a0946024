"""What one inbound text means, and what is answered.

The order is the order of safety: warnings before everything, then whether the person wants to be asked
at all, then whose answer it is, then the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from followup.alerts.duty import on_duty
from followup.alerts.open import worst
from followup.checkin.begin import begin, is_due
from followup.checkin.clinics import clinic_file, manner
from followup.checkin.course import course_of
from followup.checkin.tasks import open_task
from followup.inbox import twiml
from followup.inbox.converse import after_emergency, converse, greet, is_pleasantry, is_usable, late
from followup.inbox.heard import Heard
from followup.inbox.loops import not_too_often
from followup.inbox.match import Match, match
from followup.inbox.number import known_of
from followup.inbox.on_call import duties_of, from_on_call
from followup.inbox.polite import polite_answer
from followup.inbox.refusals import refused, restarted, wrong_number
from followup.inbox.replies import Reply, keep_replies
from followup.protocol import listening, safety, say
from followup.reading import read_message, scan
from followup.store.models import CheckIn, Inbound, Patient

_THEIRS = (
    select(CheckIn, Patient)
    .join(Patient, col(Patient.id) == col(CheckIn.patient_id))
    .where(col(CheckIn.id) == bindparam("check_in_id"))
    .options(*(defer(sealed) for sealed in (Patient.chart, Patient.family_name, Patient.birth_year)))  # type: ignore[arg-type]
    .with_for_update(of=CheckIn)
)


def answer(
    session: Session, inbound: Inbound, form: Mapping[str, str], public_url: str, now: datetime
) -> str:
    """Match, scan, read and act on a stored text; returns the TwiML to answer."""
    found = match(session, (form.get("MessagingServiceSid", ""), inbound.sender), inbound.from_number, now)
    if found.clinic is None:
        open_task(
            session,
            dedupe=f"unmatched:{inbound.id}",
            kind="unmatched",
            reason="A text came to a number that belongs to no clinic here.",
            inbound=inbound,
            now=now,
        )
        return polite_answer(inbound.body) if worst(scan(inbound.body)) else twiml.NOTHING
    file = clinic_file(found.clinic)
    duties = duties_of(found.clinics or [found.clinic], inbound.from_number)
    if duties:
        inbound.clinic_id = found.clinic.id
        to_staff = from_on_call(session, duties, inbound, now)
        if to_staff is not None:
            inbound.clinic_id = duties[0].clinic.id
            sender = duties[0].clinic.sender
            return keep_replies(session, inbound, sender, to_staff, None, public_url, now)
    patient, check_in = (None, None) if found.shared else _theirs(session, found)
    if check_in and patient and is_due(check_in, file, now) and not is_pleasantry(inbound.body):
        begin(check_in, file, patient, now)
    words = manner(file, patient)
    course = course_of(session, check_in) if check_in else None
    question, previous = listening(course) if course else ("", "")
    message = read_message(question, "sms", words.lang, inbound.body, previous)
    inbound.clinic_id = found.clinic.id
    inbound.patient_id = patient.id if patient else None
    inbound.check_in_id = check_in.id if check_in else None
    inbound.question, inbound.intent = question, message.reading.intent
    heard = Heard(session, inbound, form, now, found.clinic, file, words, message, course, patient, check_in)
    heard.signs = scan(inbound.body, blood_thinner=bool(patient and patient.blood_thinner))
    if reported := worst(heard.signs):
        heard.open_alert(*reported)
    number = known_of(session, file.sender, inbound.from_number, found.clinic.id, inbound.check_in_id, now)
    routine = _routine(heard, found.shared, number.stopped)
    replies = [*safety_first(heard), *not_too_often(heard, routine, number.in_a_row, number.this_hour)]
    return keep_replies(session, inbound, found.clinic.sender, replies, check_in, public_url, now)


def _theirs(session: Session, found: Match) -> tuple[Patient | None, CheckIn | None]:
    """The patient, and the check-in to answer to: ours alone until this transaction ends (`hold`), so that
    two replies are taken one after the other, each seeing what the last one left."""
    if found.check_in_id is None:
        return session.get(Patient, found.patient_id) if found.patient_id else None, None
    check_in, patient = session.execute(_THEIRS, {"check_in_id": found.check_in_id}).one()
    return patient, check_in


def safety_first(heard: Heard) -> list[Reply]:
    """The safety text for a warning, whatever else the message says, also after STOP."""
    if heard.alert is None:
        return []
    body = safety(
        heard.alert.tier,
        heard.manner,
        suicidal=any(sign.suicidal and not sign.denied for sign in heard.signs),
        on_duty=bool(on_duty(heard.file, heard.now)),
    )
    return [Reply("safety", body)]


def _routine(heard: Heard, shared: bool, stopped: bool) -> list[Reply]:
    """Everything but warnings. After a warning of tier E nothing routine is said any more."""
    intent = heard.message.reading.intent
    if heard.form.get("OptOutType") == "STOP":
        intent = "opt_out"  # the carrier knows more words for it than we do, and has acted on it
    if intent == "opt_out":
        replies = refused(heard, already=stopped)
    elif intent == "opt_in":
        replies = restarted(heard)
    elif heard.message.who:
        replies = [Reply("notice", say("who", heard.manner))]
    elif intent == "wrong_person":
        replies = wrong_number(heard)
    elif intent == "help":
        # With Advanced Opt-Out the carrier has answered already and says so.
        replies = [] if heard.form.get("OptOutType") else [Reply("notice", say("help", heard.manner))]
    elif shared:
        heard.task(
            "shared_phone", "More than one patient uses this phone; we do not know whose text this is."
        )
        replies = [Reply("notice", say("shared_phone", heard.manner))]
    elif heard.patient is None:
        heard.task("unmatched", "A text from a number that no patient here has.")
        replies = [Reply("notice", say("unknown_number", heard.manner))]
    elif heard.alert is not None and heard.alert.tier == "E":
        after_emergency(heard)
        replies = []
    elif not heard.inbound.body.strip():
        heard.task("no_words", "A photo or an empty text came in.")
        replies = [Reply("notice", say("no_words", heard.manner))]
    elif heard.check_in is not None and heard.check_in.state == "open":
        replies = converse(heard) if heard.check_in.asked_at or is_usable(heard) else greet(heard)
    else:
        replies = late(heard)
    silent = stopped or (heard.alert is not None and heard.alert.tier == "E")
    # Whoever asked us to stop hears from us again only what START, or a warning, brings.
    return [] if silent and intent not in ("opt_in", "opt_out") else replies
