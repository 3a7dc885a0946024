"""Does the day add up? The product's words against the carrier's own log.

Counted from the carrier's facts alone wherever possible, so that a mistake of the product's cannot hide
in both. Pages to the doctor on call go out at any hour and repeat by design: they are left out.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

from followup.demo.on_call import NUMBER as ON_CALL
from followup.demo.play import ZONE
from followup.simulator import Carrier
from followup.simulator.segments import segments

OPENS, CLOSES = time(9), time(19)
CALLS_APART = timedelta(minutes=9)  # a call that never rang is tried again after ten


def faults_of_the_day(carrier: Carrier, digest: dict[str, Any], rows: int, refused: int) -> list[str]:
    """Every sentence that must not be true; empty when the day adds up."""
    return [
        *_digest_adds_up(digest, rows - refused),
        *_nothing_twice(carrier),
        *_nothing_out_of_hours(carrier),
        *_nothing_after_stop(carrier),
        *_costs_agree(carrier, digest),
    ]


def _digest_adds_up(digest: dict[str, Any], procedures: int) -> list[str]:
    placed = Counter(entry["procedure_id"] for bucket in digest["buckets"].values() for entry in bucket)
    wrong = [f"procedure {name} stands in {count} buckets" for name, count in placed.items() if count != 1]
    if len(placed) != procedures or digest["procedures"] != procedures:
        said = digest["procedures"]
        wrong.append(f"{procedures} procedures came in, {len(placed)} are placed, the digest says {said}")
    if digest["buckets"]["waiting"]:
        wrong.append(f"{len(digest['buckets']['waiting'])} conversations never ended")
    return wrong


def _rest_texts(carrier: Carrier) -> list[Any]:
    """Texts to patients that nobody had just written to us for."""
    made = carrier.log.of("create")
    return [f for f in made if f.get("direction") == "outbound-api" and f.get("body") and f["to"] != ON_CALL]


def _calls(carrier: Carrier) -> list[Any]:
    """Calls to patients."""
    made = carrier.log.of("call")
    return [f for f in made if f["direction"] == "outbound-api" and f["to"] != ON_CALL]


def _nothing_twice(carrier: Carrier) -> list[str]:
    sent = Counter((fact["to"], fact["body"]) for fact in _rest_texts(carrier))
    wrong = [
        f"a phone ending in {to[-4:]} got the same text {n} times" for (to, _), n in sent.items() if n > 1
    ]
    last: dict[str, datetime] = {}
    for fact in _calls(carrier):
        if fact["to"] in last and fact.at - last[fact["to"]] < CALLS_APART:
            wrong.append(f"a phone ending in {fact['to'][-4:]} rang twice within {CALLS_APART}")
        last[fact["to"]] = fact.at
    return wrong


def _nothing_out_of_hours(carrier: Carrier) -> list[str]:
    made = [*_rest_texts(carrier), *_calls(carrier)]
    asked = [f for f in made if not OPENS <= f.at.astimezone(ZONE).time() < CLOSES]
    return [f"a text or call left at {fact.at.astimezone(ZONE):%H:%M}" for fact in asked]


def _nothing_after_stop(carrier: Carrier) -> list[str]:
    stopped = {f["sender"]: f.at for f in carrier.log.of("keyword") if f["keyword"].lower() == "stop"}
    made = [*_rest_texts(carrier), *_calls(carrier)]
    late = [f for f in made if f["to"] in stopped and f.at > stopped[f["to"]]]
    return [f"a phone ending in {fact['to'][-4:]} was texted or called after STOP" for fact in late]


def _costs_agree(carrier: Carrier, digest: dict[str, Any]) -> list[str]:
    billed = carrier.ledger()
    paging = [f for f in carrier.log.of("create", "inbound") if ON_CALL in (f["to"], f["sender"])]
    ours = int(billed["segments_out"]) + int(billed["segments_in"]) - sum(segments(f["body"]) for f in paging)
    wrong = []
    if digest["cost"]["segments"] != ours:
        wrong.append(f"the digest counts {digest['cost']['segments']} segments, the carrier billed {ours}")
    if digest["cost"]["calls"] != len(_calls(carrier)):
        wrong.append(f"the digest counts {digest['cost']['calls']} calls, the carrier {len(_calls(carrier))}")
    return wrong
