"""What stands in the way of a contact right now: nothing, something that passes, or something that stays.

Asked inside the claim and not when the contact was planned: hours, consent and phones change in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from followup.checkin.clinics import contact_hours
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.ladder import not_before
from followup.checkin.plan import asked_by_call
from followup.clinic import ClinicFile
from followup.outreach.known import LONGEST, Known
from followup.store.models import CheckIn, Clinic, Outbound, Patient
from followup.store.models.messages import PROMPTS

_HELD = timedelta(minutes=10)  # how long a row waits when something else must finish first


@dataclass(frozen=True, slots=True)
class NotYet:
    """The row waits until then."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Never:
    """The row is taken back."""

    reason: str


@dataclass(frozen=True, slots=True)
class Over:
    """The whole check-in ends, with this outcome."""

    outcome: str


Obstacle = NotYet | Never | Over


def in_the_way(
    row: Outbound,
    clinic: Clinic,
    file: ClinicFile,
    patient: Patient,
    check_in: CheckIn,
    known: Known,
    now: datetime,
) -> Obstacle | None:
    """What keeps this row from leaving at `now`, None when nothing does."""
    too_late = row.useless_after is not None and now > row.useless_after
    if check_in.state == "closed":
        return Never("the check-in was closed")
    if row.step == "question" and row.turn != check_in.turn:
        # Its words ask what was answered since; the reply would be filed under the question open now.
        return Never("the patient has answered since")
    if row.channel == "call" and not file.calling.sender:
        return Never("the clinic no longer calls")
    if row.channel == "live" and too_late:
        return Never("the call was over")
    if known.opted_out(row.sender, row.to):
        return Over("opt_out")
    if row.step == DAY_OF and (why := _out_of_place(row, file, patient, check_in, known, too_late)):
        return Never(why)
    if too_late and check_in.first_asked_at is None:
        return Over("missed")
    if clinic.paused or file.clinic.sending == "paused":
        return NotYet(now + _HELD, "sending is paused")
    if patient.paused_at is not None and row.step in PROMPTS:
        return NotYet(now + _HELD, "contact with this patient is paused")
    if file.clinic.sending == "allowlist" and row.to not in file.clinic.allowlist:
        return NotYet(now + _HELD, "rehearsal: the number is not on the allowlist")
    if row.step not in PROMPTS:
        return _nobody_waits(row, file, patient, check_in, known, now)
    until = _not_before(row, file, patient, check_in, known, now)
    if until is None:
        return None
    if row.step == DAY_OF and row.useless_after is not None and until > row.useless_after:
        return Never("it could not leave in time to be of use on the day")
    return NotYet(until, "outside contact hours or too soon")


def _nobody_waits(
    row: Outbound, file: ClinicFile, patient: Patient, check_in: CheckIn, known: Known, now: datetime
) -> Obstacle | None:
    """An answer that would wake somebody waits: out of hours it is for a patient who has just written.

    A message heard hours late, a receipt that came late or a carrier that was away make an answer late too.
    """
    hours = contact_hours(file, patient)
    if row.channel != "text" or hours.allows(now) or known.wrote_lately(check_in):
        return None
    return NotYet(hours.next_allowed(now), "nobody waits for it at this hour")


def _out_of_place(
    row: Outbound, file: ClinicFile, patient: Patient, check_in: CheckIn, known: Known, too_late: bool
) -> str:
    """Why the text on the day would be wrong by now, or ""."""
    if too_late:
        return "too late to be of use on the day"
    if check_in.state != "planned":
        return "the patient was asked already"
    if asked_by_call(file, patient):
        return "the patient is asked by call"
    return "a warning sign came from this phone" if known.warned(row.to, row.created_at) else ""


def _not_before(
    row: Outbound, file: ClinicFile, patient: Patient, check_in: CheckIn, known: Known, now: datetime
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
    if known.is_busy(row.to, row.sender, check_in):
        return now + _HELD
    for cap, span in ((file.hours.per_day, timedelta(days=1)), (file.hours.per_week, LONGEST)):
        full_until = known.full_until(row.to, cap, span)
        if full_until is not None and full_until > now:
            return hours.next_allowed(full_until)
    return None
