"""Plan the check-in of a procedure, and keep the plan right while the roster still changes.

Runs inside the transaction that stores the procedure, so that a procedure without a check-in cannot
exist even for a moment: what is planned later by a job can be lost by a crash between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from followup.checkin.clinics import contact_hours
from followup.checkin.close import close, outcome_so_far, withdraw
from followup.checkin.contact import contact_values
from followup.checkin.day_of import plan_day_of
from followup.checkin.hold import hold
from followup.checkin.timing import local_moment
from followup.clinic import ClinicFile
from followup.store import is_one_of
from followup.store.models import CheckIn, Clinic, OptOut, Outbound, Patient, Procedure

# Outcomes that only another number can undo.
_OF_THE_PHONE = ("undeliverable", "wrong_person")
# Outcomes that a changed roster row can undo, as long as the patient was never asked anything.
_REOPENABLE = ("cancelled", "no_consent", "no_phone", "undeliverable", "wrong_person")


def plan(
    session: Session, clinic: Clinic, file: ClinicFile, patient: Patient, procedure: Procedure, now: datetime
) -> CheckIn | None:
    """Give `procedure` its check-in and bring the plan up to date; returns it, or None when none is due.

    1. A procedure that is only planned has no check-in: nobody is asked about what was not done yet.
    2. The day after, clinic-local, decides which check-in it shares. One already asked about stays.
    3. A check-in left without procedures is closed as cancelled.
    """
    before = session.get(CheckIn, procedure.check_in_id) if procedure.check_in_id else None
    if before is not None and (before.first_asked_at is not None or procedure.status == "cancelled"):
        arrange(session, file, patient, before, now)
        return before
    wanted = (
        _join(session, clinic, file, patient, procedure, now) if procedure.status == "performed" else None
    )
    procedure.check_in_id = wanted.id if wanted else None
    session.flush()
    if before is not None and before is not wanted:
        arrange(session, file, patient, before, now)
    if wanted is not None:
        arrange(session, file, patient, wanted, now)
    return wanted


def _join(
    session: Session, clinic: Clinic, file: ClinicFile, patient: Patient, procedure: Procedure, now: datetime
) -> CheckIn:
    """The check-in of the local day after the procedure, made when there is none yet."""
    due_on = procedure.performed_at.astimezone(file.zone).date() + timedelta(days=1)
    found = session.exec(
        select(CheckIn).where(
            CheckIn.patient_id == patient.id, CheckIn.due_on == due_on, CheckIn.kind == "next_day"
        )
    ).one_or_none()
    if found is None:
        assert clinic.id is not None
        assert patient.id is not None
        due_at = local_moment(due_on, file.hours.check_in_time, file.zone)
        found = CheckIn(
            clinic_id=clinic.id, patient_id=patient.id, due_on=due_on, due_at=due_at, changed_at=now
        )
        session.add(found)
        session.flush()
    return found


def arrange(session: Session, file: ClinicFile, patient: Patient, check_in: CheckIn, now: datetime) -> None:
    """Bring a check-in in line with its procedures and patient: reopen, close, or move its first contact."""
    hold(session, check_in.id)
    reason = obstacle(session, file, patient, check_in, procedures_of(session, check_in), now)
    if check_in.state == "closed":
        if check_in.outcome not in _REOPENABLE or reason == check_in.outcome:
            return
        if check_in.outcome in _OF_THE_PHONE and _was_asked_on(session, check_in, patient):
            return  # nothing new is known of the phone that failed
        if not reason and now > useless_after(file, check_in):
            reason = outcome_so_far(session, check_in)  # asked before; too late to be asked again
        if reason and check_in.outcome != "cancelled":
            return
        # A cancelled case that comes back is closed anew if need be: without an outcome of the decision
        # table it would have no proposal, and stand in no bucket.
        check_in.state, check_in.outcome, check_in.closed_at = "planned", "", None
    if reason:
        close(session, check_in, file, reason, now)
    elif check_in.state == "planned":
        _plan_first_contact(session, file, patient, check_in, now)
        if not asked_by_call(file, patient):  # by choice, or because the phone takes no texts
            plan_day_of(session, file, patient, check_in, now)
    elif not _was_asked_on(session, check_in, patient):
        _start_again(session, file, patient, check_in, now)
    check_in.changed_at = now


def obstacle(
    session: Session,
    file: ClinicFile,
    patient: Patient,
    check_in: CheckIn,
    procedures: Sequence[Procedure],
    now: datetime,
) -> str:
    """Why this patient cannot be asked (an outcome), or "" when nothing stands in the way."""
    if all(p.status != "performed" for p in procedures):
        return "cancelled"
    if not patient.consent:
        return "no_consent"
    if patient.phone_state == "none":
        return "no_phone"
    if patient.phone_state == "bad":
        return "undeliverable"
    if patient.phone_state == "stranger":
        return "wrong_person"
    if opted_out(session, file.sender, patient.phone):
        return "opt_out"
    if check_in.first_asked_at is None and now > useless_after(file, check_in):
        return "missed"
    return ""


def _start_again(
    session: Session, file: ClinicFile, patient: Patient, check_in: CheckIn, now: datetime
) -> None:
    """Put the open question to the number that the roster has now, from the ladder's first rung.

    Nobody there was asked, so nobody needs time to answer. A new turn: what was claimed for the old number is
    let go, and what its receipts say later is no word about the new one.
    """
    check_in.turn += 1
    check_in.asked_at = None
    _plan_first_contact(session, file, patient, check_in, now)
    hours = contact_hours(file, patient)
    check_in.give_up_at = hours.next_allowed(now) + timedelta(minutes=file.ladder.give_up)


def _was_asked_on(session: Session, check_in: CheckIn, patient: Patient) -> bool:
    """Whether a contact of this check-in was ever planned to the phone the patient has now."""
    found = session.exec(
        select(Outbound.id).where(
            Outbound.check_in_id == check_in.id,
            is_one_of(Outbound.to_hash, "phone", patient.phone),
            col(Outbound.step).in_(("first", "reminder", "call", "second_call")),
        )
    ).first()
    return found is not None


def useless_after(file: ClinicFile, check_in: CheckIn) -> datetime:
    """The moment (UTC) after which a first contact tells nobody anything any more."""
    return check_in.due_at + timedelta(hours=file.hours.useful_hours)


def asked_by_call(file: ClinicFile, patient: Patient) -> bool:
    """Whether this patient is asked by call only: by choice, or because the phone cannot take texts."""
    return file.calling.sender is not None and (patient.channel == "call" or patient.phone_state == "voice")


def opted_out(session: Session, sender: str, phone: str) -> bool:
    """Whether this number (E.164) asked this sender to stop."""
    return (
        session.exec(
            select(OptOut.id).where(
                OptOut.sender == sender,
                is_one_of(OptOut.phone_hash, "phone", phone),
                col(OptOut.stopped),
            )
        ).first()
        is not None
    )


def procedures_of(session: Session, check_in: CheckIn) -> Sequence[Procedure]:
    return session.exec(
        select(Procedure).where(Procedure.check_in_id == check_in.id).order_by(col(Procedure.id))
    ).all()


def _plan_first_contact(
    session: Session, file: ClinicFile, patient: Patient, check_in: CheckIn, now: datetime
) -> None:
    """One planned first contact, at the clinic's time or as soon after it as this patient's hours allow."""
    due_at = contact_hours(file, patient).next_allowed(max(check_in.due_at, now))
    channel = "call" if asked_by_call(file, patient) else "text"
    firsts = session.exec(
        select(Outbound).where(Outbound.check_in_id == check_in.id, Outbound.step == "first")
    ).all()
    for planned in firsts:
        if planned.state == "planned" and planned.to == patient.phone:
            planned.useless_after = useless_after(file, check_in)
            planned.channel, planned.due_at, planned.changed_at = channel, due_at, now
            return
    if firsts:
        withdraw(session, check_in, "the number was changed", now)
    # Counted inside the write transaction, so that two imports cannot both plan the first text.
    key = f"checkin:{check_in.id}:first:{len(firsts) + 1}"
    session.add(
        Outbound(**contact_values(
            check_in, patient, file, key=key, step="first", channel=channel, due_at=due_at,
            useless_after=useless_after(file, check_in), now=now,
        ))
    )  # fmt: skip
