"""The blocks a patient has had here, read for the series that `followup.assessment.series` makes of them."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlmodel import Session, col, select

from followup.assessment import Inputs
from followup.assessment.series import Block, prior_positive, sessions_12m
from followup.clinic import ClinicFile
from followup.store.models import Procedure, Proposal


def blocks_of(session: Session, patient_id: int, file: ClinicFile) -> list[Block]:
    """Every performed procedure of the patient, oldest first, with what its newest proposal was made from."""
    proposals = session.exec(
        select(Proposal.procedure_id, Proposal.inputs)
        .join(Procedure, col(Procedure.id) == col(Proposal.procedure_id))
        .where(Procedure.patient_id == patient_id)
        .order_by(col(Proposal.seq))
    ).all()
    given = dict(proposals)  # the newest of each
    done = session.exec(
        select(Procedure)
        .where(Procedure.patient_id == patient_id, Procedure.status == "performed")
        .order_by(col(Procedure.performed_at), col(Procedure.id))
    ).all()
    return [block_of(procedure, given.get(procedure.id or 0), file) for procedure in done]


def block_of(procedure: Procedure, given: str | None, file: ClinicFile) -> Block:
    """One procedure as a block; `given` is the JSON its proposal was made from, None before there is one."""
    inputs = Inputs.parse(json.loads(given)) if given else Inputs(contact="no_answer")
    return Block(
        reference=procedure.reference,
        on=procedure.performed_at.astimezone(file.zone).date(),
        levels=tuple(filter(None, procedure.levels.split(";"))),
        side=procedure.side,
        inputs=replace(
            inputs,
            baseline=procedure.baseline if inputs.baseline is None else inputs.baseline,
            agent=procedure.agent or None,
            intent=procedure.intent or file.intake.intent_default,
        ),
    )


def history(session: Session, procedure: Procedure, file: ClinicFile) -> dict[str, int]:
    """`prior_positive` and `sessions_12m` for the decision table: the roster's, else from our blocks."""
    given, said = procedure.prior_positive, procedure.sessions_12m or None
    if given is not None and said is not None:
        return {"prior_positive": given, "sessions_12m": said}
    known = blocks_of(session, procedure.patient_id, file)
    this = block_of(procedure, None, file)
    return {
        "prior_positive": prior_positive(this, known, file.thresholds) if given is None else given,
        "sessions_12m": sessions_12m(this, known) if said is None else said,
    }
