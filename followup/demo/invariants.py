"""What must be true after any storm, read from the carrier's own log and held against the product's words.

The log is the witness because it knows what really left; the product's database only knows what it believes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import pairwise

from followup.demo.on_call import NUMBER as ON_CALL
from followup.demo.play import ZONE
from followup.demo.storm import Storm, Survivor
from followup.simulator import Carrier
from followup.simulator.log import Fact

_OPENS, _CLOSES = time(9), time(19)
_CALLS_APART = timedelta(minutes=9)
_JUST_WROTE = timedelta(hours=1)  # an answer to a patient's own message may leave at any hour
_A_DAY = timedelta(hours=26)  # until the nightly comparison has heard what was lost
_ROW = re.compile(r"[?&]o=(\d+)")
_FAILED = ("failed", "undelivered")


def violations(storm: Storm, product: Survivor, carrier: Carrier) -> list[str]:
    """A sentence for each thing that must not be; none when the storm was survived."""
    facts = [fact for fact in carrier.log if ON_CALL not in (fact.get("to"), fact.get("sender"))]
    warned = product.warned()
    return [
        *_nothing_twice(facts, warned),
        *_no_call_too_soon(facts),
        *_nothing_out_of_hours(facts, storm, warned),
        *_nothing_after_stop(facts),
        *_everything_heard(facts, product),
        *_one_bucket_each(storm, product),
        *(f"after the end: {words}" for words in product.unsettled()),
        *(f"a webhook was answered with {f['status']}" for f in facts if _is_broken_answer(f)),
        *(f"the carrier itself broke: {f['error']}" for f in facts if f.kind == "broken"),
    ]


def _is_broken_answer(fact: Fact) -> bool:
    return fact.kind == "webhook" and fact["status"] >= 500


def _made(facts: Iterable[Fact]) -> list[Fact]:
    return [f for f in facts if f.kind in ("create", "call") and f.get("direction") != "inbound"]


def _by_rest(facts: Iterable[Fact]) -> list[Fact]:
    return [f for f in _made(facts) if f.get("direction") == "outbound-api"]


def _nothing_twice(facts: list[Fact], warned: set[str]) -> Iterator[str]:
    """One message or call for each row of ours, and no words twice to a phone unless the first were lost.

    A webhook that the carrier delivers twice gets its answer twice; that is the carrier's doing. Two warnings
    are two rows with the same safety text.
    """
    rows = Counter((f.kind, f["direction"], _row(f)) for f in _made(facts) if _row(f))
    for (kind, direction, row), count in rows.items():
        if direction == "outbound-api" and count > 1:
            yield f"row {row} was sent {count} times ({kind})"
        if direction == "outbound-api" and rows.get((kind, "outbound-reply", row)):
            yield f"row {row} was answered and sent as well"
    failed: dict[str, datetime] = {}
    for fact in facts:
        if fact.kind == "status" and fact["status"] in _FAILED:
            failed.setdefault(fact["sid"], fact.at)
    before: dict[tuple[str, str], Fact] = {}
    for fact in _by_rest(facts):
        if fact.kind == "create" and fact["body"] and _row(fact) not in warned:
            first = before.get((fact["to"], fact["body"]))
            if first is not None and failed.get(first["sid"], fact.at) >= fact.at:
                yield f"{_phone(fact)} got the same words twice, at {_at(first)} and {_at(fact)}"
            before[fact["to"], fact["body"]] = fact


def _row(fact: Fact) -> str:
    found = _ROW.search(fact.get("callback") or fact.get("url") or "")
    return found[1] if found else ""


def _no_call_too_soon(facts: list[Fact]) -> Iterator[str]:
    calls = defaultdict(list)
    for fact in _by_rest(facts):
        if fact.kind == "call":
            calls[fact["to"]].append(fact)
    for made in calls.values():
        for one, two in pairwise(made):
            if two.at - one.at < _CALLS_APART:
                yield f"{_phone(two)} was called at {_at(one)} and again at {_at(two)}"


def _nothing_out_of_hours(facts: list[Fact], storm: Storm, warned: set[str]) -> Iterator[str]:
    """Neither ordered nor let go by the carrier outside the patient's hours, unless they had just written.

    A warning that is heard late, when the webhook was lost, is answered when it is heard: at any hour.
    """
    from_phone = {f["sid"]: f["sender"] for f in facts if f.kind == "inbound"}
    wrote: dict[str, datetime] = {}
    by_rest: dict[str, str] = {}  # the carrier's id -> our row
    for fact in facts:
        if fact.kind in ("inbound", "inbound_told") and fact["sid"] in from_phone:
            wrote[from_phone[fact["sid"]]] = fact.at
        elif fact.kind in ("create", "call") and fact.get("direction") == "outbound-api":
            by_rest[fact["sid"]] = _row(fact)
        leaves = fact.kind == "status" and fact["status"] == "sent"
        if fact.get("sid") not in by_rest or not (fact.kind in ("create", "call") or leaves):
            continue
        asked = wrote.get(fact["to"])
        local = fact.at.astimezone(storm.zones.get(fact["to"], ZONE))
        late = _A_DAY if by_rest[fact["sid"]] in warned else _JUST_WROTE
        just_wrote = asked is not None and fact.at - asked <= late
        if not _OPENS <= local.time() < _CLOSES and not just_wrote:
            yield f"{_phone(fact)} had a {'text' if leaves else fact.kind} at {local:%H:%M:%S} there"


def _nothing_after_stop(facts: list[Fact]) -> Iterator[str]:
    """From the moment a STOP was answered with success, in the order of the log."""
    stops = {f["sid"]: f["sender"] for f in facts if f.kind == "keyword" and f["keyword"].lower() == "stop"}
    stopped: dict[str, str] = {}
    for fact in facts:
        if fact.kind == "inbound_told" and fact["sid"] in stops and fact["http"] == 200:
            stopped[stops[fact["sid"]]] = _at(fact)
        elif fact.kind in ("create", "call", "refusal") and fact.get("to") in stopped:
            yield f"{_phone(fact)} had a {fact.kind} at {_at(fact)}, after STOP at {stopped[fact['to']]}"


def _everything_heard(facts: list[Fact], product: Survivor) -> Iterator[str]:
    lost = {f["sid"] for f in facts if f.kind == "inbound"} - product.heard()
    if lost:
        yield f"{len(lost)} texts of patients were never stored"


def _one_bucket_each(storm: Storm, product: Survivor) -> Iterator[str]:
    for day, patients in zip(storm.check_in_days(), storm.people, strict=True):
        digest = product.digest(day)
        placed = Counter(e["procedure_id"] for bucket in digest["buckets"].values() for e in bucket)
        mine = {p.patient_id for p in patients}
        found = {name.rsplit("-", 1)[0] for name in placed}
        for name in sorted(mine - found):
            yield f"the procedure of {name} is in no bucket of {day}"
        for name, count in placed.items():
            if count > 1:
                yield f"procedure {name} is in {count} buckets of {day}"
        if digest["buckets"]["waiting"]:
            yield f"{len(digest['buckets']['waiting'])} conversations of {day} never ended"
        adds_up, sentences = product.reconcile(day)
        if not adds_up:
            yield f"{day} does not add up: {'; '.join(sentences)}"


def _phone(fact: Fact) -> str:
    return f"the phone {fact['to']}"  # whole: it is invented, and they all end in 01xx


def _at(fact: Fact) -> str:
    return f"{fact.at.astimezone(ZONE):%a %H:%M:%S}"
