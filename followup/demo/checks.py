"""Does the day add up? The product's words against the carrier's own log.

Counted from the carrier's facts alone wherever possible, so that a mistake of the product's cannot hide
in both. Pages to the doctor on call go out at any hour and repeat by design: they are left out.
"""

from __future__ import annotations

from collections import Counter
from datetime import time
from typing import Any

from followup.demo.on_call import NUMBER as ON_CALL
from followup.demo.play import ZONE
from followup.simulator import Carrier
from followup.simulator.segments import segments

OPENS, CLOSES = time(9), time(19)


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


def _nothing_twice(carrier: Carrier) -> list[str]:
    sent = Counter((fact["to"], fact["body"]) for fact in _rest_texts(carrier))
    return [
        f"a phone ending in {to[-4:]} got the same text {n} times" for (to, _), n in sent.items() if n > 1
    ]


def _nothing_out_of_hours(carrier: Carrier) -> list[str]:
    asked = [f for f in _rest_texts(carrier) if not OPENS <= f.at.astimezone(ZONE).time() < CLOSES]
    return [f"a text left at {fact.at.astimezone(ZONE):%H:%M}" for fact in asked]


def _nothing_after_stop(carrier: Carrier) -> list[str]:
    stopped = {f["sender"]: f.at for f in carrier.log.of("keyword") if f["keyword"].lower() == "stop"}
    late = [f for f in _rest_texts(carrier) if f["to"] in stopped and f.at > stopped[f["to"]]]
    return [f"a phone ending in {fact['to'][-4:]} was texted after STOP" for fact in late]


def _costs_agree(carrier: Carrier, digest: dict[str, Any]) -> list[str]:
    billed = carrier.ledger()
    paging = [f for f in carrier.log.of("create", "inbound") if ON_CALL in (f["to"], f["sender"])]
    ours = int(billed["segments_out"]) + int(billed["segments_in"]) - sum(segments(f["body"]) for f in paging)
    if digest["cost"]["segments"] != ours:
        return [f"the digest counts {digest['cost']['segments']} segments, the carrier billed {ours}"]
    return []
