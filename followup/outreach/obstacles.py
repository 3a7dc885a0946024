"""What stands in the way of a contact right now: nothing, something that passes, or something that stays.

Asked inside the claim and not when the contact was planned: hours, consent and phones change in between.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from followup.checkin.clinics import contact_hours
from followup.checkin.close import close
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.day_of import warned
from followup.checkin.ladder import not_before
from followup.checkin.plan import asked_by_call, opted_out
from followup.clinic import ClinicFile
from followup.store import is_one_of
from followup.store.models import CheckIn, Clinic, Inbound, Outbound, Patient
from followup.store.models.messages import PROMPTS

_STILL_TALKING = timedelta(minutes=30)
_HELD = timedelta(minutes=10)  # how long a row waits when something else must finish first


def may_leave(
    session: Session,
    row: Outbound,
    clinic: Clinic,
    file: ClinicFile,
    patient: Patient,
    check_in: CheckIn,
    now: datetime,
) -> bool:
    """Whether nothing stands in the way. If something does, the row (or its check-in) says so afterwards."""
    if check_in.state == "closed":
        _take_back(row, "the check-in was closed", now)
    elif row.step == "question" and row.turn != check_in.turn:
        # Its words ask what was answered since; the reply would be filed under the question open now.
        _take_back(row, "the patient has answered since", now)
    elif row.channel == "call" and not file.calling.sender:
        _take_back(row, "the clinic no longer calls", now)
    elif row.channel == "live" and row.useless_after is not None and now > row.useless_after:
        _take_back(row, "the call was over", now)
    elif opted_out(session, row.sender, row.to):
        close(session, check_in, file, "opt_out", now)
    elif row.step == DAY_OF and (why := _out_of_place(session, row, file, patient, check_in, now)):
        _take_back(row, why, now)
    elif row.useless_after is not None and now > row.useless_after and check_in.first_asked_at is None:
        close(session, check_in, file, "missed", now)
    elif clinic.paused or file.clinic.sending == "paused":
        _put_off(row, now + _HELD, "sending is paused", now)
    elif patient.paused_at is not None and row.step in PROMPTS:
        _put_off(row, now + _HELD, "contact with this patient is paused", now)
    elif file.clinic.sending == "allowlist" and row.to not in file.clinic.allowlist:
        _put_off(row, now + _HELD, "rehearsal: the number is not on the allowlist", now)
    elif _nobody_waits(session, row, file, patient, check_in, now):
        _put_off(row, contact_hours(file, patient).next_allowed(now), "nobody waits for it at this hour", now)
    elif row.step in PROMPTS and (until := _not_yet(session, row, file, patient, check_in, now)):
        if row.step == DAY_OF and row.useless_after is not None and until > row.useless_after:
            _take_back(row, "it could not leave in time to be of use on the day", now)
        else:
            _put_off(row, until, "outside contact hours or too soon", now)
    else:
        return True
    return False


def _nobody_waits(
    session: Session, row: Outbound, file: ClinicFile, patient: Patient, check_in: CheckIn, now: datetime
) -> bool:
    """Whether an answer would wake somebody: out of hours it is for a patient who has just written.

    A message heard hours late, a receipt that came late or a carrier that was away make an answer late too.
    """
    if row.channel != "text" or row.step in PROMPTS or contact_hours(file, patient).allows(now):
        return False
    lately = session.exec(
        select(Inbound.id).where(
            Inbound.check_in_id == check_in.id, col(Inbound.received_at) > now - _STILL_TALKING
        )
    ).first()
    return lately is None


def _out_of_place(
    session: Session, row: Outbound, file: ClinicFile, patient: Patient, check_in: CheckIn, now: datetime
) -> str:
    """Why the text on the day would be wrong by now, or ""."""
    if row.useless_after is not None and now > row.useless_after:
        return "too late to be of use on the day"
    if check_in.state != "planned":
        return "the patient was asked already"
    if asked_by_call(file, patient):
        return "the patient is asked by call"
    return "a warning sign came from this phone" if warned(session, row) else ""


def _not_yet(
    session: Session, row: Outbound, file: ClinicFile, patient: Patient, check_in: CheckIn, now: datetime
) -> datetime | None:
    """Until when an unprompted contact must wait, None when it need not."""
    hours = contact_hours(file, patient)
    if not hours.allows(now):
        return hours.next_allowed(now)
    # A first contact that came back unsent waits for nobody's answer: nothing has reached the patient yet.
    unheard_first = row.step == "first" and check_in.heard_at is None
    patience = None if unheard_first else not_before(check_in, file, now)
    if patience is not None and patience > now:
        return patience
    if _phone_is_busy(session, row, check_in):
        return now + _HELD
    for cap, days in ((file.hours.per_day, 1), (file.hours.per_week, 7)):
        if (free := _cap_allows(session, row, cap, timedelta(days=days))) > now:
            return hours.next_allowed(free)
    return None


def _phone_is_busy(session: Session, row: Outbound, check_in: CheckIn) -> bool:
    """Whether somebody else's check-in is going on with this phone.

    Families share phones: with two questions open at once, a "3" would be filed under the wrong person.
    """
    other = session.exec(
        select(CheckIn.id)
        .join(Patient, col(CheckIn.patient_id) == col(Patient.id))
        .join(Clinic, col(CheckIn.clinic_id) == col(Clinic.id))
        .where(
            is_one_of(Patient.phone_hash, "phone", row.to),
            Clinic.sender == row.sender,
            CheckIn.state == "open",
            CheckIn.id != check_in.id,
        )
    ).first()
    return other is not None


def _cap_allows(session: Session, row: Outbound, cap: int, span: timedelta) -> datetime:
    """The moment from which one more contact makes no more than `cap` of them within any `span`."""
    oldest = session.exec(
        select(Outbound.sent_at)
        .where(
            is_one_of(Outbound.to_hash, "phone", row.to),
            col(Outbound.sent_at).is_not(None),
            col(Outbound.step).in_(PROMPTS),
        )
        .order_by(col(Outbound.sent_at).desc())
        .offset(cap - 1)
        .limit(1)
    ).first()
    return oldest + span if oldest is not None else datetime.min.replace(tzinfo=UTC)


def _take_back(row: Outbound, reason: str, now: datetime) -> None:
    row.state, row.reason, row.changed_at = "withdrawn", reason, now


def _put_off(row: Outbound, until: datetime, reason: str, now: datetime) -> None:
    row.due_at, row.reason, row.changed_at = until, reason, now
