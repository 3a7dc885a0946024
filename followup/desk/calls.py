"""What came of a call that a person at the desk made: the same rows as a text or a call of ours would make.

A score said on the phone is an answer like any other, with who wrote it down; a warning sign said on the
phone pages whoever is on call, as if it had been texted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from followup.alerts.open import worst
from followup.checkin.cases import CaseError, close_case
from followup.checkin.clinics import clinic_file
from followup.checkin.close import close, outcome_so_far
from followup.checkin.course import course_of, keep_answer, keep_course
from followup.checkin.hold import hold
from followup.checkin.plan import procedures_of
from followup.checkin.propose import propose
from followup.desk.acts import close_tasks, next_office_day, note_act
from followup.desk.heard import hear_at_the_desk
from followup.desk.locks import release, take
from followup.inbox.refusals import wrong_number as not_our_patient
from followup.protocol import Answered
from followup.reading import scan
from followup.store.models import CheckIn, Clinic, DeskAct, Patient, Staff

ENDS = ("reached", "declined", "deceased")


@dataclass(frozen=True)
class Said:
    """What the patient said on the phone. None is not asked or not known; `words` are their own, "" for none.

    Scores 0 to 10 in halves, hours 0 to 48; medicine none, window, after or unsure.
    """

    now: Decimal | None = None
    best: Decimal | None = None
    hours: Decimal | None = None
    medicine: str = ""
    activity: bool | None = None
    warning: bool | None = None
    words: str = ""

    @property
    def is_empty(self) -> bool:
        asked = (self.now, self.best, self.hours, self.activity, self.warning)
        return all(value is None for value in asked) and not self.medicine


def no_answer(session: Session, check_in_id: int, staff: Staff, now: datetime) -> DeskAct:
    """Nobody picked up: counted, and the row comes back on the desk's next morning. Raises CaseError."""
    check_in = _in_hand(session, check_in_id, staff, now)
    file = clinic_file(session.get_one(Clinic, check_in.clinic_id))
    return _done(session, check_in, staff, "no_answer", now, again_at=next_office_day(file, now))


def end(session: Session, check_in_id: int, staff: Staff, how: str, now: datetime) -> DeskAct:
    """Reached, declined or deceased: closes every open case of this check-in. Raises CaseError."""
    if how not in ENDS:
        raise CaseError("Choose one of the reasons.")
    check_in = _in_hand(session, check_in_id, staff, now)
    if check_in.state != "closed":
        file = clinic_file(session.get_one(Clinic, check_in.clinic_id))
        close(session, check_in, file, outcome_so_far(session, check_in), now)
    open_cases = [p for p in procedures_of(session, check_in) if not p.ended]
    if not open_cases:
        raise CaseError("Somebody else has closed this case already.")
    for procedure in open_cases:
        close_case(procedure, staff, how, now)
    close_tasks(session, check_in_id, staff, now)
    return _done(session, check_in, staff, how, now)


def wrong_number(session: Session, check_in_id: int, staff: Staff, now: datetime) -> DeskAct:
    """Somebody else has this number: nothing is sent to it again, until it is put right. Raises CaseError."""
    check_in = _in_hand(session, check_in_id, staff, now)
    patient = session.get_one(Patient, check_in.patient_id)
    if not patient.phone:
        raise CaseError("There is no number to be wrong.")
    heard = hear_at_the_desk(session, check_in, patient, staff, "", "wrong_person", now)
    not_our_patient(heard)
    patient.phone_state, patient.changed_at = "stranger", now
    if check_in.state == "closed" and check_in.outcome in ("no_answer", "undeliverable", "unclear"):
        check_in.outcome, check_in.changed_at = "wrong_person", now
        session.flush()
        propose(session, check_in, heard.file, now)
    return _done(session, check_in, staff, "wrong_number", now)


def record(session: Session, check_in_id: int, staff: Staff, said: Said, now: datetime) -> DeskAct:
    """Keep what was said on the phone, and let the decision table judge it. Raises CaseError when empty.

    1. One inbound row stands for the call, with the patient's words as staff wrote them down.
    2. Words are scanned for warning signs and may page, before anything else.
    3. Each answer is appended; the check-in closes, and what has not left is withdrawn.
    """
    if said.is_empty:
        raise CaseError("Enter at least one answer, or choose another outcome.")
    check_in = _in_hand(session, check_in_id, staff, now)
    patient = session.get_one(Patient, check_in.patient_id)
    heard = hear_at_the_desk(session, check_in, patient, staff, said.words, "answer", now)
    heard.signs = scan(said.words, blood_thinner=bool(patient.blood_thinner))
    if reported := worst(heard.signs):
        heard.open_alert(*reported)
    elif said.warning:
        heard.open_alert("S", ["warning_signs"])
    for answered in answers(said):
        keep_answer(session, check_in, answered, heard.inbound.id, None, now, staff_id=staff.id)
    course = course_of(session, check_in)
    keep_course(check_in, course)
    check_in.turn += 1  # whatever was claimed for the turn before is no longer wanted
    check_in.heard_at = check_in.changed_at = now
    if check_in.outcome != "cancelled":
        check_in.state, check_in.outcome = "open", ""
        session.flush()
        close(session, check_in, heard.file, outcome_so_far(session, check_in), now)
    close_tasks(session, check_in_id, staff, now)
    return _done(session, check_in, staff, "answered", now)


def answers(said: Said) -> list[Answered]:
    """What was said, as the conversation knows answers, in the order they are asked."""
    given: list[tuple[str, Decimal | bool | str | None]] = [
        ("pain_now", said.now),
        ("warning_signs", said.warning),
        ("pain_best", said.best),
        ("relief_hours", said.hours),
        ("took_medicine", None if not said.medicine else said.medicine != "none"),
        ("medicine_when", said.medicine if said.medicine in ("window", "after", "unsure") else None),
        ("usual_activity", said.activity),
    ]
    return [Answered(question, value) for question, value in given if value is not None]


def _in_hand(session: Session, check_in_id: int, staff: Staff, now: datetime) -> CheckIn:
    """The check-in, locked for this transaction and for this person."""
    assert staff.id is not None
    take(session, check_in_id, staff.id, now)
    return hold(session, check_in_id)


def _done(
    session: Session,
    check_in: CheckIn,
    staff: Staff,
    what: str,
    now: datetime,
    again_at: datetime | None = None,
) -> DeskAct:
    """Put the act on record and give the row back to the desk."""
    assert check_in.id is not None
    assert staff.id is not None
    release(session, check_in.id, staff.id, now)
    return note_act(session, check_in.clinic_id, staff, what, now, check_in_id=check_in.id, again_at=again_at)
