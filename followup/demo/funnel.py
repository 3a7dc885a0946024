"""The day in a few numbers: how many of the procedures were reached, answered and judged."""

from __future__ import annotations

from typing import Any

from followup.demo.on_call import NUMBER as ON_CALL
from followup.simulator import Carrier

UNASKED = ("no_consent", "no_phone")


def funnel(carrier: Carrier, digest: dict[str, Any]) -> list[tuple[str, int]]:
    """Procedures → eligible → sent → delivered → answered, each a part of the one before."""
    entries = [entry for bucket in digest["buckets"].values() for entry in bucket]
    made = carrier.log.of("create", "call")
    asked = {f["to"] for f in made if f.get("direction") == "outbound-api"} - {ON_CALL}
    texted = {f["to"] for f in carrier.log.of("status") if f["status"] == "delivered"}
    called = {f["to"] for f in carrier.log.of("call_status") if f["status"] == "in-progress"}
    reached = (texted | called) & asked
    answered = [e for e in entries if e["now"] is not None or e["best"] is not None]
    return [
        ("procedures", len(entries)),
        ("eligible", len([e for e in entries if e["reason"] not in UNASKED])),
        ("phones texted or called", len(asked)),
        ("phones reached", len(reached)),
        ("answered with a score", len(answered)),
    ]


def table(rows: list[tuple[str, int]]) -> str:
    widest = max(len(name) for name, _ in rows)
    most = max((count for _, count in rows), default=0) or 1
    return "\n".join(
        f"  {name:<{widest}}  {count:>4}  {'#' * round(40 * count / most)}" for name, count in rows
    )
