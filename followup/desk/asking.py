"""Ask more: put one question to the patient again, or hand it to somebody who phones."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from followup.checkin.cases import CaseError
from followup.checkin.clinics import clinic_file, contact_hours
from followup.checkin.hold import hold
from followup.checkin.plan import asked_by_call, obstacle, procedures_of
from followup.checkin.tasks import open_task
from followup.clinic import ClinicFile
from followup.protocol import QUESTIONS
from followup.store.models import CheckIn, Clinic, Outbound, Patient, Task

ASKABLE = tuple(q for q in QUESTIONS if q != "warning_signs_which")
_OBSTACLES = {
    "no_consent": "The patient has not agreed to be contacted; phone instead.",
    "no_phone": "There is no number; find one in the chart.",
    "undeliverable": "Messages do not reach this number; phone instead.",
    "wrong_person": "The number is somebody else's; find the right one.",
    "opt_out": "The patient asked us to stop; phone if it matters.",
}


def ask_again(session: Session, check_in_id: int, question: str, now: datetime) -> datetime:
    """Reopen the conversation with `question` and plan its text; returns when it leaves. Raises CaseError.

    What was answered stays; the answer that comes is added, and the questions it makes useful follow. It
    leaves inside the patient's contact hours and counts as a contact like any other.
    """
    if question not in ASKABLE:
        raise CaseError("Choose one of the questions.")
    check_in = hold(session, check_in_id)
    clinic = session.get_one(Clinic, check_in.clinic_id)
    file, patient = clinic_file(clinic), session.get_one(Patient, check_in.patient_id)
    procedures = procedures_of(session, check_in)
    if all(p.ended for p in procedures):
        raise CaseError("The case is closed; nothing more is asked.")
    if check_in.state != "closed":
        raise CaseError("The patient is being asked right now; wait for the answer.")
    reason = obstacle(session, file, patient, check_in, procedures, now)
    if reason in _OBSTACLES:
        raise CaseError(_OBSTACLES[reason])
    if patient.paused_at is not None:
        raise CaseError("Contact with this patient is paused; resume it first.")
    due_at = contact_hours(file, patient).next_allowed(now)
    _reopen(check_in, question, due_at, file)
    check_in.changed_at = now
    by_call = asked_by_call(file, patient)
    before = session.exec(
        select(func.count()).where(
            Outbound.check_in_id == check_in_id, col(Outbound.dedupe).like("checkin:%:ask%")
        )
    ).one()
    step = "call" if by_call else "reminder"
    session.add(
        Outbound(
            # A run of the ladder of its own: the rungs that follow are not those that went before.
            dedupe=f"checkin:{check_in.id}:{step}:ask{before + 1}",
            clinic_id=check_in.clinic_id,
            patient_id=patient.id,
            check_in_id=check_in.id,
            channel="call" if by_call else "text",
            step=step,
            sender=file.sender,
            to=patient.phone,
            to_hash=patient.phone_hash,
            due_at=due_at,
            useless_after=due_at + timedelta(hours=file.hours.useful_hours),
            created_at=now,
            changed_at=now,
        )
    )
    return due_at


def _reopen(check_in: CheckIn, question: str, due_at: datetime, file: ClinicFile) -> None:
    check_in.state, check_in.outcome, check_in.closed_at = "open", "", None
    check_in.question, check_in.tries, check_in.asked_back, check_in.about = question, 0, False, ""
    check_in.unusable = ",".join(q for q in check_in.unusable.split(",") if q and q != question)
    check_in.turn += 1
    check_in.asked_at = None
    rest = file.ladder.give_up - file.ladder.reminder
    check_in.give_up_at = due_at + timedelta(minutes=max(rest, 60))


def ask_by_phone(session: Session, check_in_id: int, question: str, now: datetime) -> None:
    """Hand the question to the front desk as a task. Raises CaseError for a question we do not know."""
    if question not in ASKABLE:
        raise CaseError("Choose one of the questions.")
    check_in = hold(session, check_in_id)
    count = session.exec(
        select(func.count()).where(Task.check_in_id == check_in_id, Task.kind == "ask")
    ).one()
    open_task(
        session,
        dedupe=f"ask:{check_in_id}:{count + 1}",
        kind="ask",
        reason=f"The provider asks for more: {question.replace('_', ' ')}. Please phone.",
        check_in=check_in,
        now=now,
    )
