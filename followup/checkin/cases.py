"""What staff do with a case: decide on a proposal, close it, acknowledge and resolve an alert.

Each is a row or a stamp that says who and when; nothing a patient said or the table proposed is changed.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.checkin.propose import propose
from followup.store.models import Alert, CheckIn, Clinic, Decision, Procedure, Proposal, Staff

CHOICES = ("repeat", "further_testing", "other")
_PROPOSED = {"candidate_repeat": "repeat", "candidate_further_testing": "further_testing"}
ENDS = ("reached", "declined", "deceased")


class CaseError(Exception):
    """A sentence for the person at the screen."""


def decide(
    session: Session, procedure: Procedure, staff: Staff, choice: str, note: str, now: datetime
) -> Decision:
    """A provider's decision on the newest proposal; closes the case. Raises CaseError."""
    if staff.role != "provider":
        raise CaseError("Only a provider decides what comes next.")
    if choice not in CHOICES:
        raise CaseError("Choose one of the next steps.")
    proposal = session.exec(
        select(Proposal).where(Proposal.procedure_id == procedure.id).order_by(col(Proposal.seq).desc())
    ).first()
    if proposal is None:
        raise CaseError("There is no proposal for this case yet.")
    if choice != _PROPOSED.get(proposal.disposition, choice) and not note.strip():
        raise CaseError("Say why: this is not what was proposed.")
    assert procedure.id is not None and proposal.id is not None and staff.id is not None  # noqa: PT018
    decision = Decision(
        procedure_id=procedure.id,
        proposal_id=proposal.id,
        choice=choice,
        note=note,
        staff_id=staff.id,
        at=now,
    )
    session.add(decision)
    _end(procedure, "decided", staff, now)
    return decision


def close_case(procedure: Procedure, staff: Staff, end: str, now: datetime) -> None:
    """Close a case with the reason staff give. Raises CaseError for an unknown reason."""
    if end not in ENDS:
        raise CaseError("Choose one of the reasons.")
    _end(procedure, end, staff, now)


def acknowledge(alert: Alert, who: str, now: datetime) -> None:
    """Somebody has seen it. It stays on the digest until it is resolved."""
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = now, who


def resolve(session: Session, alert: Alert, who: str, how: str, now: datetime) -> None:
    """The danger was dealt with: the case goes back to where its answers put it."""
    acknowledge(alert, who, now)
    if alert.resolved_at is None:
        alert.resolved_at, alert.resolved_by, alert.resolved_how = now, who, how
        session.flush()
        check_in = session.get(CheckIn, alert.check_in_id) if alert.check_in_id else None
        if check_in is not None:
            propose(session, check_in, clinic_file(session.get_one(Clinic, check_in.clinic_id)), now)


def _end(procedure: Procedure, end: str, staff: Staff, now: datetime) -> None:
    procedure.ended, procedure.ended_at, procedure.ended_by = end, now, f"staff {staff.id}"
    procedure.changed_at = now
