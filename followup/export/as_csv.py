"""A line for each procedure. Chart ids, but no names and no numbers: a spreadsheet gets around."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from followup.export.cases import Case
from followup.harmless import harmless

HEADER = (
    "patient_id", "procedure_id", "performed_at", "status", "kind", "levels", "side", "intent", "agent",
    "provider", "due_on", "outcome", "place", "attempts", "baseline", "best", "hours", "now", "medicine",
    "activity", "relief_best_percent", "relief_now_percent", "proposal", "reason", "flags", "rule",
    "answered_at", "last_words", "warning", "decision", "decided_by", "decided_at", "ended",
)  # fmt: skip


def as_csv(cases: Iterable[Case]) -> Iterator[str]:
    """Lines with their ends. Moments are the clinic's local time; empty means not known."""
    yield _line(HEADER)
    for case in cases:
        told = {**_procedure(case), **_came_of(case)}
        yield _line([told.get(name, "") for name in HEADER])


def _procedure(case: Case) -> dict[str, str]:
    done = case.procedure
    return {
        "patient_id": harmless(case.patient.chart),
        "procedure_id": harmless(done.reference),
        "performed_at": _moment(case, done.performed_at),
        "status": done.status,
        "kind": done.kind,
        "levels": harmless(done.levels),
        "side": done.side,
        "intent": done.intent,
        "agent": done.agent,
        "provider": harmless(done.provider),
        "baseline": _number(done.baseline),
        "ended": done.ended,
    }


def _came_of(case: Case) -> dict[str, str]:
    entry = case.entry
    if entry is None:
        return {}
    return {
        "intent": entry.intent,
        "due_on": entry.due_on.isoformat(),
        "outcome": entry.outcome,
        "place": entry.bucket,
        "attempts": str(entry.attempts),
        "baseline": _number(entry.baseline),
        "best": _number(entry.best),
        "hours": _number(entry.hours),
        "now": _number(entry.now),
        "medicine": entry.medicine or "",
        "activity": "" if entry.activity is None else "yes" if entry.activity else "no",
        "relief_best_percent": _percent(entry.pw),
        "relief_now_percent": _percent(entry.pn),
        "proposal": entry.disposition,
        "reason": entry.reason,
        "flags": ";".join(entry.flags),
        "rule": entry.rule,
        "answered_at": _moment(case, entry.answered_at),
        "last_words": harmless(entry.last_words),
        "warning": ";".join(f"{alert.tier}:{alert.kind}" for alert in case.alerts),
        "decision": entry.decision.choice if entry.decision else "",
        "decided_by": harmless(entry.decision.by) if entry.decision else "",
        "decided_at": _moment(case, entry.decision.at if entry.decision else None),
    }


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(list(cells))
    return text.getvalue()


def _moment(case: Case, moment: datetime | None) -> str:
    return f"{moment.astimezone(case.zone):%Y-%m-%d %H:%M}" if moment else ""


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
