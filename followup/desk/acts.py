"""What was done at the desk, as rows: what came of a call, when the row comes back, and taking it back.

Append-only. Whoever pressed the wrong key has two minutes to press `u`: another row then says so, and what
the first one changed is put back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from followup.checkin.cases import CaseError
from followup.checkin.clinics import clinic_file
from followup.checkin.close import outcome_so_far
from followup.checkin.hold import hold
from followup.checkin.plan import procedures_of
from followup.checkin.propose import propose
from followup.checkin.timing import ContactHours
from followup.clinic import ClinicFile
from followup.digest.rows import among
from followup.store import is_one_of
from followup.store.models import CheckIn, Clinic, DeskAct, Patient, Staff, Task

TAKE_BACK_WITHIN = timedelta(minutes=2)
_TRIES = ("no_answer",)
_CANNOT = ("answered", "taken_back")  # what a patient said is corrected by another answer, never taken back


def note_act(
    session: Session,
    clinic_id: int,
    staff: Staff,
    what: str,
    now: datetime,
    *,
    check_in_id: int | None = None,
    task_id: int | None = None,
    again_at: datetime | None = None,
    takes_back: int | None = None,
) -> DeskAct:
    assert staff.id is not None
    act = DeskAct(
        clinic_id=clinic_id, check_in_id=check_in_id, task_id=task_id, staff_id=staff.id, what=what,
        again_at=again_at, takes_back=takes_back, at=now,
    )  # fmt: skip
    session.add(act)
    session.flush()
    return act


def acts_of(session: Session, check_in_ids: Iterable[int]) -> dict[int, list[DeskAct]]:
    """What still stands of what was done with each check-in, oldest first."""
    found = sorted(
        among(session, select(DeskAct), col(DeskAct.check_in_id), check_in_ids), key=lambda act: act.id or 0
    )
    gone = {act.takes_back for act in found}
    standing: dict[int, list[DeskAct]] = defaultdict(list)
    for act in found:
        if act.id not in gone and act.what != "taken_back" and act.check_in_id is not None:
            standing[act.check_in_id].append(act)
    return standing


def tries(acts: Iterable[DeskAct]) -> int:
    """How often the desk phoned in vain."""
    return sum(act.what in _TRIES for act in acts)


def again_at(acts: list[DeskAct]) -> datetime | None:
    """When the row comes back after the last call, None when nothing was put off."""
    return acts[-1].again_at if acts else None


def next_office_day(file: ClinicFile, now: datetime) -> datetime:
    """The next morning the desk is staffed, in UTC: not today, even if it is early."""
    clinic = file.clinic
    opens, closes = clinic.office_hours
    office = ContactHours(file.zone, opens, closes, frozenset(clinic.office_days), file.hours.holidays)
    tomorrow = now.astimezone(file.zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
        days=1
    )
    return office.next_allowed(tomorrow)


def close_tasks(session: Session, check_in_id: int, staff: Staff, now: datetime) -> None:
    """Everything that was handed to a person about this check-in has now been done by one."""
    for task in session.exec(
        select(Task).where(Task.check_in_id == check_in_id, col(Task.closed_at).is_(None))
    ).all():
        task.closed_at, task.closed_by = now, f"staff {staff.id}"


def task_done(session: Session, task: Task, staff: Staff, now: datetime) -> DeskAct:
    """Somebody has looked at it. Raises CaseError when somebody else was faster."""
    if task.closed_at is not None:
        raise CaseError("Somebody else has done this already.")
    task.closed_at, task.closed_by = now, f"staff {staff.id}"
    return note_act(session, task.clinic_id or staff.clinic_id, staff, "task_done", now,
                    task_id=task.id, check_in_id=task.check_in_id)  # fmt: skip


def take_back(session: Session, act: DeskAct, staff: Staff, now: datetime) -> None:
    """Undo an act of one's own within two minutes. Raises CaseError when it is too late or not one's own.

    1. Cases it ended go on, tasks it closed are open again.
    2. A number it called wrong is usable again, and what was said so far is judged anew. What was withdrawn
       stays withdrawn: a person has the case in hand.
    """
    already = session.exec(select(DeskAct.id).where(DeskAct.takes_back == act.id)).first()
    if act.staff_id != staff.id or act.what in _CANNOT or already is not None:
        raise CaseError("This cannot be taken back.")
    if now - act.at > TAKE_BACK_WITHIN:
        raise CaseError("It is too late to take this back; two minutes have passed.")
    note_act(session, act.clinic_id, staff, "taken_back", now, check_in_id=act.check_in_id,
             task_id=act.task_id, takes_back=act.id)  # fmt: skip
    mark = f"staff {staff.id}"
    tasks = select(Task).where(Task.closed_at == act.at, Task.closed_by == mark)
    for task in session.exec(
        tasks.where(Task.check_in_id == act.check_in_id if act.check_in_id else Task.id == act.task_id)
    ).all():
        task.closed_at, task.closed_by = None, ""
    if act.check_in_id is None:
        return
    check_in = hold(session, act.check_in_id)
    for procedure in procedures_of(session, check_in):
        if procedure.ended_at == act.at and procedure.ended_by == mark:
            procedure.ended, procedure.ended_at, procedure.ended_by = "", None, ""
            procedure.changed_at = now
    if act.what == "wrong_number":
        _the_number_is_right(session, act, check_in, now)


def _the_number_is_right(session: Session, act: DeskAct, check_in: CheckIn, now: datetime) -> None:
    phone = session.get_one(Patient, check_in.patient_id).phone
    for patient in session.exec(
        select(Patient).where(
            Patient.clinic_id == act.clinic_id,
            is_one_of(Patient.phone_hash, "phone", phone),
            Patient.phone_state == "stranger",
            Patient.changed_at == act.at,
        )
    ).all():
        patient.phone_state, patient.changed_at = "ok", now
    for task in session.exec(
        select(Task).where(
            Task.check_in_id == check_in.id, Task.kind == "wrong_person", Task.opened_at == act.at
        )
    ).all():
        task.closed_at, task.closed_by = now, f"staff {act.staff_id}"
    if check_in.outcome == "wrong_person":
        check_in.outcome, check_in.changed_at = outcome_so_far(session, check_in), now
        session.flush()
        propose(session, check_in, clinic_file(session.get_one(Clinic, check_in.clinic_id)), now)
