"""Prove that nobody is lost: count the same day several ways and name whatever does not agree.

The roster's own lines, the procedures, the check-ins and the page are counted by separate queries. A
digest that only counted itself would add up whatever it had left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.clinic import ClinicFile
from followup.digest import roster
from followup.digest.entries import entries
from followup.digest.model import Entry, Reconciliation
from followup.digest.rows import NOT_ENDED, among, load
from followup.store.models import CheckIn, Clinic, Procedure, Proposal
from followup.tongue import _


def reconcile(session: Session, clinic: Clinic, day: date, now: datetime) -> Reconciliation:
    """Reconcile the digest of local day `day` (procedures of the day before) as it stands at `now`."""
    assert clinic.id is not None
    file = clinic_file(clinic)
    return compare(session, clinic.id, file, day, entries(load(session, clinic.id, day), file))


def compare(
    session: Session, clinic_id: int, file: ClinicFile, day: date, page: Iterable[Entry]
) -> Reconciliation:
    """Hold the page against the roster, the procedures and the check-ins.

    1. Every reference the roster was last accepted with for the day before is a procedure.
    2. Every performed procedure has a check-in, and every closed one a proposal.
    3. Every procedure of a check-in due on the day, and every open one from before, is on the page once.
    """
    on_page = Counter(entry.reference for entry in page)
    before = day - timedelta(days=1)
    named = set(roster.accepted(session, clinic_id, before, before))
    check_ins = session.exec(
        select(CheckIn).where(CheckIn.clinic_id == clinic_id, CheckIn.due_on == day)
    ).all()
    known = _procedures(session, clinic_id, named, [c.id or 0 for c in check_ins])
    homes = {c.id: c for c in check_ins} | _check_ins(session, known.values())
    missing = [
        _("procedure {reference}: in the roster, but not stored", reference=r)
        for r in sorted(named - set(known))
    ]
    for reference, procedure in sorted(known.items()):
        home = homes.get(procedure.check_in_id)
        if home is None:
            if procedure.status == "performed" or procedure.check_in_id is not None:
                missing.append(_("procedure {reference}: no check-in", reference=reference))
        elif not on_page[reference] and _belongs(procedure, home, day):
            missing.append(
                _("procedure {reference}: has a check-in, but is not on the digest", reference=reference)
            )
    missing += [
        _("procedure {reference}: on the digest {times} times", reference=r, times=times)
        for r, times in sorted(on_page.items())
        if times > 1
    ]
    missing += _without_proposal(session, known.values(), homes)
    missing += _without_procedure(check_ins, known.values())
    counts = {
        "roster lines accepted": len(named),
        "roster lines refused": len(roster.refused(session, clinic_id, file, day)),
        "procedures": sum(reference in known for reference in named),
        "check-ins due": len(check_ins),
        "digest entries": sum(on_page.values()),
    }
    return Reconciliation(not missing, counts, missing)


def _procedures(
    session: Session, clinic_id: int, references: Iterable[str], check_in_ids: list[int]
) -> dict[str, Procedure]:
    """Procedures by reference: those the roster names, those of the day's check-ins, those still open."""
    ours = select(Procedure).where(Procedure.clinic_id == clinic_id)
    found = list(session.exec(ours.where(NOT_ENDED, Procedure.status != "cancelled")).all())
    found += among(session, ours, col(Procedure.reference), references)
    found += among(session, select(Procedure), col(Procedure.check_in_id), check_in_ids)
    return {procedure.reference: procedure for procedure in found}


def _check_ins(session: Session, procedures: Iterable[Procedure]) -> dict[int | None, CheckIn]:
    ids = {p.check_in_id for p in procedures if p.check_in_id is not None}
    return {c.id: c for c in among(session, select(CheckIn), col(CheckIn.id), ids)}


def _belongs(procedure: Procedure, home: CheckIn, day: date) -> bool:
    """Whether the page of `day` must show it: due that day, or earlier and not ended."""
    if home.due_on == day:
        return True
    return home.due_on < day and not procedure.ended and procedure.status != "cancelled"


def _without_proposal(
    session: Session, procedures: Iterable[Procedure], homes: dict[int | None, CheckIn]
) -> list[str]:
    """Cases whose conversation is over and which nevertheless propose nothing."""
    over = {
        p.id or 0: p.reference
        for p in procedures
        if p.status == "performed" and not p.ended
        and (home := homes.get(p.check_in_id)) is not None and home.state == "closed"
    }  # fmt: skip
    proposed = {p.procedure_id for p in among(session, select(Proposal), col(Proposal.procedure_id), over)}
    return [
        _("procedure {reference}: its check-in is closed, but nothing is proposed", reference=over[i])
        for i in over
        if i not in proposed
    ]


def _without_procedure(check_ins: Iterable[CheckIn], procedures: Iterable[Procedure]) -> list[str]:
    shared = {p.check_in_id for p in procedures}
    return [
        _("check-in {number}: belongs to no procedure", number=c.id)
        for c in check_ins
        if c.id not in shared and c.outcome != "cancelled"
    ]
