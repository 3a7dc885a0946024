"""A day's calls on both sides. A call that never reached us cannot be taken in late: somebody calls back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlmodel import Session, col

from followup.checkin.clinics import readable_clinics
from followup.compare.sides import clinic_of, known, only_here, tell, tell_of_row
from followup.inbox.match import match
from followup.outreach.carrier import Carrier
from followup.outreach.outcome import Listed
from followup.store import Store
from followup.store.models import Call, Clinic, Outbound

_UNHEARD = "Somebody called our number and we did not hear of it. Please call back."
_UNHEARD_STRANGER = (
    "Somebody who is no patient here called our number and we did not hear of it. The carrier's log has it."
)
_THEIRS = "The carrier placed a call from our number unknown to us. Please see who else calls from it."
_OURS = "The carrier does not know a call that we took for placed. Please phone the patient if it matters."


def compare_calls(
    store: Store, carrier: Carrier, day: date, there: Sequence[Listed], clock: Callable[[], datetime]
) -> None:
    """Make a task of each call that only one side knows."""
    with store.read() as session:
        ours = _numbers(session)
    # "live" rows are words put into a call, and bear its id: no calls of their own.
    lost = only_here(store, day, {c.sid for c in there}, ("call",), (), carrier.find_call)
    with store.write() as session:
        for call in _unheard(session, there):
            clinic = clinic_of(ours, call)
            if clinic is not None:
                found = match(session, [call.to, clinic.sender], call.sender, call.created_at)
                patient_id = None if found.shared else found.patient_id
                reason = _UNHEARD if found.patient_id else _UNHEARD_STRANGER
                tell(session, f"in:{call.sid}", reason, clinic, clock(), patient_id)
        for call in _placed_by_others(session, there):
            if clinic_of(ours, call) is not None:
                tell(session, f"there:{call.sid}", _THEIRS, clinic_of(ours, call), clock())
        for row in lost:
            tell_of_row(session, row, _OURS, clock())


def _numbers(session: Session) -> dict[str, Clinic]:
    """Every number that we call from, and those that we text from, since patients call these back."""
    found: dict[str, Clinic] = {}
    for clinic, file in reversed(readable_clinics(session)):
        found |= dict.fromkeys(filter(None, (clinic.sender, file.calling.sender)), clinic)
    return found


def _unheard(session: Session, there: Sequence[Listed]) -> list[Listed]:
    inbound = [call for call in there if call.direction == "inbound"]
    heard = known(session, col(Call.sid), [call.sid for call in inbound])
    return [call for call in inbound if call.sid not in heard]


def _placed_by_others(session: Session, there: Sequence[Listed]) -> list[Listed]:
    """Legs that a call of a patient's dialled to the front desk are part of that call."""
    placed = [call for call in there if call.direction == "outbound-api"]
    sent = known(session, col(Outbound.sid), [call.sid for call in placed])
    return [call for call in placed if call.sid not in sent]
