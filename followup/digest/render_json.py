"""The digest for programs: the shape other systems rely on, so it changes only on purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from followup.digest import words
from followup.digest.model import Cost, Digest, Entry
from followup.digest.weeks import Week


def render_json(digest: Digest) -> dict[str, Any]:
    """The digest as JSON-ready values: moments in UTC, money as two-place strings, whole scores as ints."""
    return {
        "clinic": digest.clinic,
        "date": digest.day.isoformat(),
        "generated_at": _moment(digest.generated_at),
        "procedures": len(digest.entries),
        "reconciled": digest.reconciled,
        "buckets": {name: [_entry(digest, e) for e in found] for name, found in digest.buckets.items()},
        "attention": [{"kind": a.kind, "words": a.words, "at": _moment(a.at)} for a in digest.attention],
        "cost": _cost(digest.cost),
        "details": {
            "missing": list(digest.missing),
            "counts": digest.reconciliation.counts,
            "asked": digest.asked,
            "answered": digest.answered,
            "week": {
                "from": digest.week.first.isoformat(),
                "to": digest.week.last.isoformat(),
                "procedures": digest.week.procedures,
                "by_day": list(digest.week.by_day),
                "buckets": digest.week.buckets,
            },
            "trend": [_week(week) for week in digest.trend],
        },
    }


def _entry(digest: Digest, entry: Entry) -> dict[str, Any]:
    alert, decision = entry.alert, entry.decision
    return {
        "patient_id": entry.chart,
        "procedure_id": entry.reference,
        "performed_at": _moment(entry.performed_at),
        "baseline": _number(entry.baseline),
        "best": _number(entry.best),
        "hours": _number(entry.hours),
        "now": _number(entry.now),
        "pw": _percent(entry.pw),
        "pn": _percent(entry.pn),
        "disposition": entry.disposition or None,
        "reason": entry.reason or None,
        "flags": list(entry.flags),
        "last_words": entry.last_words or None,
        "attempts": entry.attempts,
        "alert": alert
        and {
            "tier": alert.tier,
            "kind": alert.kind,
            "opened_at": _moment(alert.opened_at),
            "acknowledged_at": alert.acknowledged_at and _moment(alert.acknowledged_at),
        },
        "decision": decision and {"choice": decision.choice, "by": decision.by, "at": _moment(decision.at)},
        "details": {
            "rule": entry.rule or None,
            "bar": _number(entry.bar),
            "bar_set_by": digest.clinic,
            "cautions": list(words.cautions(entry)),
            "explanation": entry.explanation or None,
            "own_words": list(entry.own_words),
            "what_if": list(entry.what_if),
            "would_change": [{"with": what, "to": to} for what, to in entry.would_change],
        },
    }


def _week(week: Week) -> dict[str, Any]:
    return {
        "from": week.first.isoformat(),
        "to": week.last.isoformat(),
        "asked": week.asked,
        "answered": week.answered,
        "median_minutes": week.median_minutes,
        "wrong_numbers": week.wrong_numbers,
        "cost": _cost(week.cost),
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "segments": cost.segments,
        "calls": cost.calls,
        "amount": money(cost.amount),
        "currency": cost.currency,
        "per_completed": None if cost.per_completed is None else money(cost.per_completed),
    }


def money(amount: Decimal) -> str:
    """'0.74'."""
    return str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def _percent(value: float | None) -> int | float | None:
    """Two places, whole numbers as such: 87.5, 80, 77.78."""
    return None if value is None else _number(Decimal(str(round(value, 2))))
