"""A call's requests, from their fields to the TwiML answered: stored first and understood later, like texts.

Every request of a call bears the same id, so the turn stands in the address its answer is posted to. A repeat
gets the TwiML kept with its turn; a turn that has passed is kept, and the open question put again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from followup.checkin.clinics import clinic_file, filed_clinics, manner
from followup.checkin.hold import hold
from followup.inbox.match import match
from followup.inbox.receive import take
from followup.protocol import Manner, safety, say
from followup.reading import scan
from followup.store import Store, keyed_hash
from followup.store.models import Call, CheckIn, Clinic, Inbound, Outbound, Patient
from followup.voice import speech
from followup.voice.line import Line
from followup.voice.page import on_a_page
from followup.voice.talk import talk


def receive_turn(
    store: Store, form: Mapping[str, str], outbound_id: int | None, turn: int, public_url: str, now: datetime
) -> str:
    """Store one turn of a call and return the TwiML to answer. Turn 0 is the call being taken.

    `outbound_id` names our call; None is somebody calling us.
    """

    def understand(session: Session, inbound: Inbound) -> str:
        call = call_of(session, form, outbound_id, now)
        step = f"{public_url}/twilio/voice/step?" + (f"o={outbound_id}&t=" if outbound_id else "t=")
        line = line_of(session, call, inbound, form, step, now)
        if line is None:
            page = session.get(Outbound, outbound_id) if outbound_id else None
            return on_a_page(session, call, page, inbound, step, now) if page else _trouble(inbound)
        if turn != call.turn:
            return line.repeat() if call.asked not in ("", "desk") else line.hang_up()
        call.turn, call.changed_at = turn + 1, now
        return talk(line)

    return take(store, (form["CallSid"], turn), lambda: _arrived(form, turn, now), understand, _trouble, now)


def sorry(words: str = "") -> str:
    """The TwiML when nothing is known but the words: a warning in them is still answered."""
    english, spanish = (Manner(lang=lang, clinic="", number="", spoken=True) for lang in ("en", "es"))
    try:
        urgent = any(not sign.denied for sign in scan(words))
    except Exception:  # the reader itself may be what failed
        urgent = False
    if urgent:
        return speech.in_both_languages(safety("E", english), safety("E", spanish))
    return speech.in_both_languages(say("trouble", english), say("trouble", spanish))


def call_of(session: Session, form: Mapping[str, str], outbound_id: int | None, now: datetime) -> Call:
    """The call's row, locked; made at its first request, whichever that is."""
    sid = form["CallSid"][:64]
    found = session.exec(select(Call).where(Call.sid == sid).with_for_update()).one_or_none()
    if found is not None:
        return found
    call = Call(sid=sid, direction="out" if outbound_id else "in", created_at=now, changed_at=now)
    row = session.get(Outbound, outbound_id) if outbound_id else None
    if row is not None:
        call.outbound_id, call.clinic_id = row.id, row.clinic_id
        call.patient_id, call.check_in_id = row.patient_id, row.check_in_id
    elif not outbound_id:
        _find_caller(session, call, form, now)
    try:
        with session.begin_nested():
            session.add(call)
    except IntegrityError:
        # Its verdict and its first question came at once, and the other one has made the row.
        return session.exec(select(Call).where(Call.sid == sid).with_for_update()).one()
    return call


def _find_caller(session: Session, call: Call, form: Mapping[str, str], now: datetime) -> None:
    """Whose phone this is; a phone of several people is nobody's, since a caller's number proves nothing."""
    ours = form.get("To", "")
    clinics = [clinic for clinic in filed_clinics(session) if clinic.file.calling.sender == ours]
    found = match(session, [ours, *(c.file.sender for c in clinics)], form.get("From", ""), now)
    clinic = found.clinic or next(iter(clinics), None)
    call.clinic_id = clinic.id if clinic else None
    if not found.shared:
        call.patient_id, call.check_in_id = found.patient_id, found.check_in_id


def line_of(
    session: Session, call: Call, inbound: Inbound, form: Mapping[str, str], step_url: str, now: datetime
) -> Line | None:
    """Everything about a turn; None when the call belongs to no clinic here, or is a page to staff."""
    page = session.get(Outbound, call.outbound_id) if call.outbound_id else None
    if call.clinic_id is None or (page is not None and page.patient_id is None):
        return None
    clinic = session.get_one(Clinic, call.clinic_id)
    file = clinic_file(clinic)
    patient = session.get(Patient, call.patient_id) if call.patient_id else None
    # Two answers, one keyed and one texted, are taken one after the other.
    check_in: CheckIn | None = hold(session, call.check_in_id) if call.check_in_id else None
    inbound.clinic_id, inbound.patient_id, inbound.check_in_id = clinic.id, call.patient_id, call.check_in_id
    return Line(
        session, call, inbound, form, clinic, file, manner(file, patient, spoken=True), patient, check_in,
        step_url, now,
    )  # fmt: skip


def _arrived(form: Mapping[str, str], turn: int, now: datetime) -> Inbound:
    incoming = form.get("Direction") == "inbound"
    phone, ours = (
        (form.get("From", ""), form.get("To", "")) if incoming else (form.get("To", ""), form.get("From", ""))
    )
    keys, words = form.get("Digits", ""), form.get("SpeechResult", "")
    channel = "call" if turn == 0 or "DialCallStatus" in form else "speech" if words and not keys else "dtmf"
    return Inbound(
        sid=form["CallSid"],
        turn=turn,
        channel=channel,
        sender=ours[:40],
        from_number=phone,
        from_hash=keyed_hash("phone", phone),
        body=keys or words,
        raw=json.dumps(dict(form), ensure_ascii=False),
        received_at=now,
    )


def _trouble(inbound: Inbound) -> str:
    return sorry(inbound.body if inbound.channel == "speech" else "")
