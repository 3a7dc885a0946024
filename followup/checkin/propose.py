"""Answers into a proposal for each procedure, through the pure decision table.

Append-only: a changed answer, baseline or alert makes a new row, and the old one stays with its inputs
and thresholds, so that what a provider saw when signing can always be shown again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from followup.assessment import Inputs, decide
from followup.checkin.course import answers_of
from followup.checkin.series import history
from followup.clinic import ClinicFile
from followup.protocol import conclusions
from followup.store.models import Alert, Answer, CheckIn, Inbound, Procedure, Proposal

_A_YEAR = 24 * 366.0  # hours; later than that is only ever "late"
# Outcomes of a check-in that the decision table knows by another name.
_CONTACT = {"missed": "no_answer", "": "answered"}


def propose(session: Session, check_in: CheckIn, file: ClinicFile, now: datetime) -> None:
    """Add a proposal for each performed procedure of a closed check-in whose inputs have changed."""
    if check_in.state != "closed" or check_in.outcome == "cancelled":
        return
    said = conclusions(answers_of(session, check_in))
    shared = {
        **said,
        "red_flag": _open_alert(session, check_in),
        "contact": _CONTACT.get(check_in.outcome, check_in.outcome),
        "callback": _asked_to_be_called(session, check_in),
        "opted_out": check_in.outcome == "opt_out",
    }
    procedures = session.exec(
        select(Procedure).where(Procedure.check_in_id == check_in.id, Procedure.status == "performed")
    ).all()
    for procedure in procedures:
        _propose_one(session, procedure, shared, check_in, file, now)


def _propose_one(
    session: Session,
    procedure: Procedure,
    shared: Mapping[str, Any],
    check_in: CheckIn,
    file: ClinicFile,
    now: datetime,
) -> None:
    inputs = Inputs.parse(
        {
            **shared,
            "baseline": procedure.baseline,
            "agent": procedure.agent or None,
            "intent": procedure.intent or None,
            **history(session, procedure, file),
            "sedation": bool(procedure.sedation),
            "reply_after_hours": _hours_until_answered(session, check_in, procedure),
        }
    )
    made = decide(inputs, file.thresholds, file.intake.intent_default)
    given = json.dumps(asdict(inputs), default=_plain, sort_keys=True)
    bars = file.thresholds.model_dump_json()
    last = session.exec(
        select(Proposal)
        .where(Proposal.procedure_id == procedure.id)
        .order_by(col(Proposal.seq).desc())
        .limit(1)
    ).first()
    if last is not None and (last.inputs, last.thresholds, last.rule) == (given, bars, made.rule):
        return
    assert procedure.id is not None
    session.add(
        Proposal(
            procedure_id=procedure.id,
            seq=last.seq + 1 if last else 1,
            disposition=made.disposition,
            reason=made.reason,
            flags=",".join((*made.flags, *(("missed",) if check_in.outcome == "missed" else ()))),
            rule=made.rule,
            pw=made.pw,
            pn=made.pn,
            inputs=given,
            thresholds=bars,
            at=now,
        )
    )


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def _open_alert(session: Session, check_in: CheckIn) -> str | None:
    """The kind of the first unresolved alert; a resolved one no longer decides the case."""
    kind = session.exec(
        select(Alert.kind)
        .where(Alert.check_in_id == check_in.id, col(Alert.resolved_at).is_(None))
        .order_by(col(Alert.tier), col(Alert.id))
    ).first()
    return kind.split(",")[0] if kind else None


def _asked_to_be_called(session: Session, check_in: CheckIn) -> bool:
    found = session.exec(
        select(Inbound.id).where(Inbound.check_in_id == check_in.id, Inbound.intent == "callback")
    ).first()
    return found is not None


def _hours_until_answered(session: Session, check_in: CheckIn, procedure: Procedure) -> Decimal | None:
    """Hours from the procedure to the first answer; recall fades, so a late one is flagged."""
    at = session.exec(
        select(Answer.at).where(Answer.check_in_id == check_in.id).order_by(col(Answer.id)).limit(1)
    ).first()
    if at is None:
        return None
    hours = (at - procedure.performed_at).total_seconds() / 3600
    return Decimal(str(round(min(max(hours, 0), _A_YEAR), 2)))
