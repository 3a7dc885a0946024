"""Which contact comes after which, and when we stop asking.

Each rung is planned when the one before it has left, never all at once: a contact that left late moves
the rest with it, and a rung that could not leave is not counted as a try. Calls are rungs only where the
clinic file says which number they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from followup.checkin.clinics import contact_hours
from followup.checkin.close import withdraw
from followup.checkin.contact import planned_contact
from followup.checkin.plan import asked_by_call, useless_after
from followup.clinic import ClinicFile
from followup.store.models import CheckIn, Outbound, Patient

# A patient in the middle of answering is not nudged: at least this long after the question was put.
_PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Rung:
    step: str
    channel: str
    minutes: float  # after the first contact


def rungs(file: ClinicFile, patient: Patient) -> list[Rung]:
    """This patient's ladder, lowest rung first."""
    calls = [Rung("call", "call", file.ladder.call), Rung("second_call", "call", file.ladder.second_call)]
    if asked_by_call(file, patient):
        return [Rung("first", "call", 0), *calls]
    texts = [Rung("first", "text", 0), Rung("reminder", "text", file.ladder.reminder)]
    return [*texts, *calls] if file.calling.sender else texts


@dataclass(frozen=True, slots=True)
class Next:
    """The rung after one that has left, as the row it will be."""

    rung: Rung
    key: str
    due_at: datetime


def climb(
    check_in: CheckIn, patient: Patient, file: ClinicFile, left: Outbound, now: datetime
) -> Next | None:
    """Set the moment to give up, and say which rung comes after the one that has just left, if any.

    Does nothing for what is not a rung (closings, notices) or once the check-in has closed.
    """
    ladder = file.ladder
    minutes = {
        "first": 0.0,
        "reminder": ladder.reminder,
        "call": ladder.call,
        "second_call": ladder.second_call,
    }
    if left.step not in minutes or check_in.state != "open":
        return None
    here = minutes[left.step]
    check_in.give_up_at = now + timedelta(minutes=ladder.give_up - here)
    for rung in rungs(file, patient):
        if rung.minutes > here:
            return _next(check_in, patient, file, rung, left, now + timedelta(minutes=rung.minutes - here))
    return None


def _next(
    check_in: CheckIn, patient: Patient, file: ClinicFile, rung: Rung, after: Outbound, wanted: datetime
) -> Next:
    key = f"checkin:{check_in.id}:{rung.step}:{_series(after)}"
    return Next(rung, key, contact_hours(file, patient).next_allowed(wanted))


def call_now(
    session: Session, check_in: CheckIn, patient: Patient, file: ClinicFile, failed: Outbound, now: datetime
) -> bool:
    """Go to the call rung at once: the text that failed was the last to a phone that cannot take texts.

    False when the clinic does not call. A check-in that was called before keeps the rest of its ladder.
    """
    if not file.calling.sender:
        return False
    withdraw(session, check_in, "the number cannot take texts", now, channels=("text",))
    check_in.asked_at = None  # nobody was asked, so nobody needs time to answer
    following = _next(check_in, patient, file, Rung("call", "call", file.ladder.call), failed, now)
    before = session.exec(select(Outbound).where(Outbound.dedupe == following.key)).one_or_none()
    if (row := plan_rung(check_in, patient, file, following, before, now)) is not None:
        session.add(row)
    return True


def plan_rung(
    check_in: CheckIn,
    patient: Patient,
    file: ClinicFile,
    following: Next,
    before: Outbound | None,
    now: datetime,
) -> Outbound | None:
    """The rung as a row to be added, or None: `before`, the row with its key, is only brought forward.

    Never a second time once it has left.
    """
    if before is not None and before.state != "planned":
        return None
    rung, due_at = following.rung, following.due_at
    check_in.give_up_at = due_at + timedelta(minutes=file.ladder.give_up - rung.minutes)
    if before is not None:
        # The rung before left twice (a failed receipt and its repeat), or turned out to be useless.
        before.due_at, before.changed_at = min(before.due_at, due_at), now
        return None
    return planned_contact(
        check_in, patient, file, key=following.key, step=rung.step, channel=rung.channel, due_at=due_at,
        useless_after=useless_after(file, check_in), now=now,
    )  # fmt: skip


def _series(row: Outbound) -> str:
    """Which run of the ladder a rung belongs to: a check-in whose number was changed starts a new one."""
    return row.dedupe.removesuffix(":again").rsplit(":", 1)[1] if row.dedupe.startswith("checkin:") else "1"


def not_before(check_in: CheckIn, file: ClinicFile, now: datetime) -> datetime | None:
    """The earliest moment for another rung, given when the open question was last put."""
    if check_in.asked_at is None or check_in.asked_at > now:
        return None  # a question put in the future is another clock's; waiting for it would skip the rung
    return check_in.asked_at + min(_PATIENCE, timedelta(minutes=file.ladder.reminder / 2))
