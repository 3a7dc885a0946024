"""Which contact comes after which, and when we stop asking.

Each rung is planned when the one before it has left, never all at once: a contact that left late moves
the rest with it, and a rung that could not leave is not counted as a try. Calls are rungs only where the
clinic file says which number they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import Session, select

from followup.checkin.clinics import contact_hours
from followup.checkin.close import withdraw
from followup.checkin.contact import contact_values
from followup.checkin.plan import asked_by_call, useless_after
from followup.clinic import ClinicFile
from followup.store.models import CheckIn, Outbound, Patient

# A patient in the middle of answering is not nudged: at least this long after the question was put.
_PATIENCE = timedelta(minutes=30)


class Left(Protocol):
    """A contact that has left."""

    @property
    def step(self) -> str: ...

    @property
    def dedupe(self) -> str: ...


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
    give_up_at: datetime  # of the check-in, once this rung is planned


def climb(
    check_in: CheckIn, patient: Patient, file: ClinicFile, left: Left, now: datetime
) -> tuple[datetime | None, Next | None]:
    """When to give up now that a rung has left, and which rung comes after it, if any.

    Neither for what is not a rung (closings, notices) or once the check-in has closed.
    """
    ladder = file.ladder
    minutes = {
        "first": 0.0,
        "reminder": ladder.reminder,
        "call": ladder.call,
        "second_call": ladder.second_call,
    }
    if left.step not in minutes or check_in.state != "open":
        return None, None
    here = minutes[left.step]
    give_up_at = now + timedelta(minutes=ladder.give_up - here)
    for rung in rungs(file, patient):
        if rung.minutes > here:
            wanted = now + timedelta(minutes=rung.minutes - here)
            return give_up_at, _next(check_in, patient, file, rung, left.dedupe, wanted)
    return give_up_at, None


def _next(
    check_in: CheckIn, patient: Patient, file: ClinicFile, rung: Rung, after: str, wanted: datetime
) -> Next:
    due_at = contact_hours(file, patient).next_allowed(wanted)
    give_up_at = due_at + timedelta(minutes=file.ladder.give_up - rung.minutes)
    return Next(rung, f"checkin:{check_in.id}:{rung.step}:{_series(after)}", due_at, give_up_at)


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
    rung = Rung("call", "call", file.ladder.call)
    following = _next(check_in, patient, file, rung, failed.dedupe, now)
    before = session.exec(select(Outbound).where(Outbound.dedupe == following.key)).one_or_none()
    if before is None:
        session.add(Outbound(**rung_values(check_in, patient, file, following, now)))
    elif not bring_forward(before, following, now):
        return True
    check_in.give_up_at = following.give_up_at
    return True


def bring_forward(before: Outbound, following: Next, now: datetime) -> bool:
    """The rung is planned already, since the one before left twice (a failed receipt and its repeat), or
    turned out to be useless. False when it has left: never a second time."""
    if before.state != "planned":
        return False
    before.due_at, before.changed_at = min(before.due_at, following.due_at), now
    return True


def rung_values(
    check_in: CheckIn, patient: Patient, file: ClinicFile, following: Next, now: datetime
) -> dict[str, Any]:
    return contact_values(
        check_in, patient, file, key=following.key, step=following.rung.step,
        channel=following.rung.channel, due_at=following.due_at,
        useless_after=useless_after(file, check_in), now=now,
    )  # fmt: skip


def _series(key: str) -> str:
    """Which run of the ladder a rung belongs to: a check-in whose number was changed starts a new one."""
    return key.removesuffix(":again").rsplit(":", 1)[1] if key.startswith("checkin:") else "1"


def not_before(check_in: CheckIn, file: ClinicFile, now: datetime) -> datetime | None:
    """The earliest moment for another rung, given when the open question was last put."""
    if check_in.asked_at is None or check_in.asked_at > now:
        return None  # a question put in the future is another clock's; waiting for it would skip the rung
    return check_in.asked_at + min(_PATIENCE, timedelta(minutes=file.ladder.reminder / 2))
