"""What a carrier's refusal does to the number, the check-in and the staff's list.

The same whether the refusal came at once or hours later in a receipt.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file, contact_hours
from followup.checkin.close import close
from followup.checkin.codes import Code, code
from followup.checkin.contact import contact_values
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.hold import hold
from followup.checkin.ladder import call_now
from followup.checkin.plan import arrange
from followup.checkin.tasks import open_task
from followup.clinic import ClinicFile
from followup.store import is_one_of, keyed_hash
from followup.store.models import CheckIn, Clinic, OptOut, Outbound, Patient

_PHONE_STATE = {"voice": "voice", "bad": "bad"}
_SECOND = ":again"
_SAID = ("safety", "notice", "closing")
_NEVER_RANG = Code(0, "retry", "The call could not be put through.", after_minutes=10)


def react(session: Session, row: Outbound, error: int, now: datetime) -> None:
    """Carry out the table's reaction to code `error` for a refused or failed message or call."""
    meaning = code(error)
    clinic = session.get_one(Clinic, row.clinic_id)
    file = clinic_file(clinic)
    check_in = hold(session, row.check_in_id) if row.check_in_id else None
    patient = session.get(Patient, row.patient_id) if row.patient_id else None
    row.error, row.reason, row.changed_at = str(error), meaning.words, now
    session.flush()
    if row.channel == "live":
        return  # the call was over before other words reached it; nobody is at fault
    react_for_sender(session, row, meaning, now)
    if meaning.reaction == "stop":
        stop_number(session, row.sender, row.to, "carrier", now)
        return
    if check_in is None or patient is None:
        return
    if row.step == "safety" and meaning.after_minutes:
        _once_more(session, row, check_in, file, patient, meaning, now)
    if check_in.state == "closed" or row.step in _SAID:
        return  # what was only said in passing can fail without changing what is asked
    if row.to != patient.phone:
        return  # the roster has another number since; this one's faults are not its own
    if meaning.after_minutes and _once_more(session, row, check_in, file, patient, meaning, now):
        return
    if meaning.reaction in _PHONE_STATE:
        patient.phone_state = _PHONE_STATE[meaning.reaction]
    if row.step == DAY_OF:
        # Nobody was asked yet: what was learnt of the phone changes how tomorrow's question goes out.
        arrange(session, file, patient, check_in, now)
        return
    by_voice = patient.phone_state == "voice" or meaning.reaction == "retry"  # a second text was lost as well
    if by_voice and row.channel != "call":
        session.flush()
        if call_now(session, check_in, patient, file, row, now):
            return
    hand_to_staff(session, row, check_in, file, meaning.words, now)


def react_for_sender(session: Session, row: Outbound, meaning: Code, now: datetime) -> None:
    """What a code says of our sender and of nobody's phone: staff are told, or all it owes is put off."""
    if meaning.reaction == "alert":
        _tell_staff_of_sender(session, row, meaning, now)
    if meaning.reaction == "hold":
        _hold_sender(session, row.sender, row.channel, meaning, now)


def hand_to_staff(
    session: Session, row: Outbound, check_in: CheckIn, file: ClinicFile, why: str, now: datetime
) -> None:
    """Ask a person to phone. A question that was texted before stays open: it can still be answered."""
    if row.channel != "call" or not _has_a_text(session, check_in):
        close(session, check_in, file, "undeliverable", now)
    open_task(
        session,
        dedupe=f"undeliverable:{check_in.id}:{row.id}",
        kind="undeliverable",
        reason=f"{why} Please phone the patient.",
        check_in=check_in,
        now=now,
    )


def _has_a_text(session: Session, check_in: CheckIn) -> bool:
    found = session.exec(
        select(Outbound.id).where(
            Outbound.check_in_id == check_in.id,
            col(Outbound.channel).in_(("text", "answer")),
            Outbound.state == "sent",
            col(Outbound.delivery).not_in(("failed", "undelivered")),
        )
    ).first()
    return found is not None


def never_rang(session: Session, row: Outbound, now: datetime) -> None:
    """A call that failed without ringing has used up no rung: it is placed once more, ten minutes later."""
    check_in = hold(session, row.check_in_id) if row.check_in_id else None
    patient = session.get(Patient, row.patient_id) if row.patient_id else None
    if check_in is None or patient is None or check_in.state != "open":
        return
    file = clinic_file(session.get_one(Clinic, row.clinic_id))
    check_in.asked_at = None  # nobody was asked, so nobody needs time to answer
    _once_more(session, row, check_in, file, patient, _NEVER_RANG, now)


def stop_number(
    session: Session, sender: str, phone: str, how: str, now: datetime, inbound_id: int | None = None
) -> None:
    """Record an opt-out and close every check-in this sender has going with the number."""
    record_stop(session, sender, phone, how, now, inbound_id)
    for check_in, clinic in running_check_ins(session, sender, phone):
        close(session, check_in, clinic_file(clinic), "opt_out", now)
        open_task(
            session,
            dedupe=f"opt_out:{check_in.id}",
            kind="opt_out",
            reason="The patient asked us to stop. No more texts or calls leave; please phone if it matters.",
            check_in=check_in,
            now=now,
        )


def record_stop(
    session: Session, sender: str, phone: str, how: str, now: datetime, inbound_id: int | None = None
) -> None:
    """The row alone: from here on nothing unprompted is claimed or sent to the number."""
    found = session.exec(
        select(OptOut).where(OptOut.sender == sender, is_one_of(OptOut.phone_hash, "phone", phone))
    ).first()
    if found is None:
        found = OptOut(sender=sender, phone_hash=keyed_hash("phone", phone), how=how, at=now)
        found.phone, found.inbound_id = phone, inbound_id
        session.add(found)
    elif not found.stopped:
        found.stopped, found.how, found.at, found.inbound_id = True, how, now, inbound_id


def running_check_ins(session: Session, sender: str, phone: str) -> list[tuple[CheckIn, Clinic]]:
    """Check-ins not yet closed with patients on this number, at the clinics that share the sender."""
    found = session.exec(
        select(CheckIn, Clinic)
        .join(Clinic, col(CheckIn.clinic_id) == col(Clinic.id))
        .join(Patient, col(CheckIn.patient_id) == col(Patient.id))
        .where(
            Clinic.sender == sender,
            is_one_of(Patient.phone_hash, "phone", phone),
            CheckIn.state != "closed",
        )
        .order_by(col(CheckIn.id))
        .with_for_update(of=CheckIn)  # see hold.py
    ).all()
    return [(check_in, clinic) for check_in, clinic in found]


def _once_more(
    session: Session,
    row: Outbound,
    check_in: CheckIn,
    file: ClinicFile,
    patient: Patient,
    meaning: Code,
    now: datetime,
) -> bool:
    """Plan the same step a second time; False when this was the second time or it would come too late."""
    due_at = now + timedelta(minutes=meaning.after_minutes)
    if row.channel != "answer":  # an answer to the patient's own message leaves at any hour
        due_at = contact_hours(file, patient).next_allowed(due_at)
    if row.dedupe.endswith(_SECOND) or (row.useless_after is not None and due_at > row.useless_after):
        return False
    again = Outbound(**contact_values(
        check_in, patient, file, key=row.dedupe + _SECOND, step=row.step,
        channel="text" if row.channel == "answer" else row.channel, due_at=due_at,
        useless_after=row.useless_after, now=now,
    ))  # fmt: skip
    # The same words to the same phone: an answer goes to whoever wrote, patient or not.
    again.question, again.turn, again.body = row.question, row.turn, row.body
    again.to, again.to_hash, again.reason = row.to, row.to_hash, meaning.words
    session.add(again)
    return True


def _hold_sender(session: Session, sender: str, channel: str, meaning: Code, now: datetime) -> None:
    """Everything this sender still owes waits: more requests only lengthen a full queue."""
    until = now + timedelta(minutes=meaning.after_minutes)
    session.execute(
        update(Outbound)
        .where(
            col(Outbound.sender) == sender,
            col(Outbound.state) == "planned",
            col(Outbound.channel) == channel,
            col(Outbound.due_at) < until,
        )
        .values(due_at=until, changed_at=now)
    )


def _tell_staff_of_sender(session: Session, row: Outbound, meaning: Code, now: datetime) -> None:
    open_task(
        session,
        dedupe=f"sender:{row.clinic_id}:{meaning.number}:{now.date()}",
        kind="sender",
        reason=f"{meaning.words} Nothing leaves until this is put right (code {meaning.number}).",
        clinic_id=row.clinic_id,
        now=now,
    )
