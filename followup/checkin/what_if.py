"""What other bars would have made of the last weeks' cases, before somebody moves a bar.

Each case's stored inputs are put to the decision table once more, under the bars in force and under the
others; comparing with the stored proposals instead would also count what an earlier change had moved.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from followup.assessment import Inputs, Thresholds, decide
from followup.clinic import ClinicFile
from followup.store.models import Procedure, Proposal

MANY = 5000  # cases looked at, the newest first; the table takes about 0.1 ms for each


@dataclass(frozen=True, slots=True)
class Effect:
    """cases: looked at; moved: (disposition now, disposition then) with how many."""

    cases: int
    moved: Mapping[tuple[str, str], int]

    @property
    def otherwise(self) -> int:
        return sum(self.moved.values())


def effect(
    session: Session, clinic_id: int, file: ClinicFile, bars: Thresholds, intent: str, since: datetime
) -> Effect:
    """How many procedures since `since` (UTC) would be placed otherwise under `bars` and `intent`."""
    newest = (
        select(func.max(Proposal.id))
        .join(Procedure, col(Proposal.procedure_id) == col(Procedure.id))
        .where(Procedure.clinic_id == clinic_id, Procedure.performed_at >= since)
        .group_by(col(Proposal.procedure_id))
        .order_by(func.max(Proposal.id).desc())
        .limit(MANY)
    )
    ids = session.exec(newest).all()
    moved: Counter[tuple[str, str]] = Counter()
    for start in range(0, len(ids), 500):  # SQLite takes a limited number of values in one statement
        part = select(Proposal.inputs).where(col(Proposal.id).in_(ids[start : start + 500]))
        for given in session.exec(part).all():
            inputs = Inputs.parse(json.loads(given))
            before = decide(inputs, file.thresholds, file.intake.intent_default).disposition
            after = decide(inputs, bars, intent).disposition
            moved[before, after] += before != after
    return Effect(len(ids), {pair: count for pair, count in moved.most_common() if count})
