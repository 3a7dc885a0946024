"""Put a misread answer right: a new answer beside the old one, with who entered it. None is overwritten."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from followup.checkin.cases import CaseError
from followup.checkin.clinics import clinic_file
from followup.checkin.close import close, outcome_so_far
from followup.checkin.course import answers_of, keep_answer
from followup.checkin.hold import hold
from followup.checkin.plan import procedures_of
from followup.checkin.propose import propose
from followup.checkin.tasks import open_task
from followup.desk.heard import hear_at_the_desk
from followup.protocol import Answered
from followup.store.models import Alert, Answer, CheckIn, Clinic, Patient, Staff

SCORES = ("pain_now", "pain_best")
YES_OR_NO = ("warning_signs", "took_medicine", "usual_activity")
WHEN = ("window", "after", "unsure")
CORRECTABLE = (*SCORES, "relief_hours", *YES_OR_NO, "medicine_when")
# How a check-in ended that a score entered by hand makes an answered one.
_WITHOUT_ANSWER = ("no_answer", "unclear", "undeliverable", "missed")


def correct(
    session: Session,
    check_in_id: int,
    question: str,
    value: Decimal | bool | str,
    staff: Staff,
    now: datetime,
) -> None:
    """Enter what the patient really said to `question`. Raises CaseError when it is no answer to it.

    1. The answer is appended; the table judges anew. A warning sign that was overheard pages now.
    2. A case that was decided on the old answer is shown to somebody again: the decision stands until then.
    """
    _check(question, value)
    check_in = hold(session, check_in_id)
    before = answers_of(session, check_in).get(question)
    if before is not None and before.value == value:
        raise CaseError("That is what stands there already.")
    keep_answer(session, check_in, Answered(question, value), None, None, now, staff_id=staff.id)
    session.flush()
    if question == "warning_signs" and value is True and not _has_alert(session, check_in):
        patient = session.get_one(Patient, check_in.patient_id)
        heard = hear_at_the_desk(session, check_in, patient, staff, "", "answer", now)
        heard.open_alert("S", ["warning_signs"])
    if check_in.state != "closed":
        return
    file = clinic_file(session.get_one(Clinic, check_in.clinic_id))
    if check_in.outcome in _WITHOUT_ANSWER:
        close(session, check_in, file, outcome_so_far(session, check_in), now)
    else:
        propose(session, check_in, file, now)
    if any(procedure.ended == "decided" for procedure in procedures_of(session, check_in)):
        newest = session.exec(
            select(Answer.id).where(Answer.check_in_id == check_in.id).order_by(col(Answer.id).desc())
        ).first()
        open_task(
            session,
            dedupe=f"corrected:{check_in.id}:{newest}",
            kind="corrected",
            reason="An answer was corrected after the decision. Please see whether it still holds.",
            check_in=check_in,
            now=now,
        )


def _check(question: str, value: Decimal | bool | str) -> None:
    if question in SCORES or question == "relief_hours":
        most = 48 if question == "relief_hours" else 10
        finite = isinstance(value, Decimal) and value.is_finite()  # a NaN cannot even be compared
        fits = finite and 0 <= value <= most and value * 2 == int(value * 2)  # type: ignore[operator]
    elif question in YES_OR_NO:
        fits = isinstance(value, bool)
    else:
        fits = question == "medicine_when" and value in WHEN
    if not fits:
        raise CaseError("That is no answer to this question.")


def _has_alert(session: Session, check_in: CheckIn) -> bool:
    found = session.exec(
        select(Alert.id).where(Alert.check_in_id == check_in.id, col(Alert.resolved_at).is_(None))
    ).first()
    return found is not None
