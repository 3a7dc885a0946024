"""Every number of a digest, counted again by somebody who was not asked: the carrier's log and the patients.

The page is made from the product's own rows; if one of those were wrong, the page would be wrong and add up
all the same. So each number is held against what the carrier wrote down, against what the invented patients
know to be true of themselves, and against `reconcile`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from followup.demo.play import ZONE
from followup.simulator import Carrier
from followup.simulator.log import Fact
from followup.simulator.person import Person
from followup.simulator.segments import segments

_SCORES = ("now", "best")


@dataclass
class Verdict:
    """How many numbers were held against another count, and a sentence for each that differs."""

    held: int = 0
    wrong: list[str] = field(default_factory=list)

    def hold(self, what: str, digest: object, other: object) -> None:
        self.held += 1
        if digest != other:
            self.wrong.append(f"{what}: the digest says {digest}, counted again it is {other}")


def hold(
    digest: Mapping[str, Any],
    reconciled: Mapping[str, int],
    carrier: Carrier,
    people: Sequence[Person],
    refused: int,
    prices: Mapping[str, Decimal],
) -> Verdict:
    """Hold the JSON of a day's digest against `reconciled` (its counts by name), the log and the patients.

    For a day on which the carrier worked: after lost receipts a product cannot know what the log knows.
    """
    verdict = Verdict()
    phones = {person.number for person in people}
    log = [fact for fact in carrier.log if {fact.get("to"), fact.get("sender")} & phones]
    _sums(verdict, digest, reconciled, len(people) - refused)
    entries = {e["patient_id"]: e for bucket in digest["buckets"].values() for e in bucket}
    for person in people:
        if person.patient_id in entries:
            mine = [f for f in log if person.number in (f.get("to"), f.get("sender"))]
            _case(verdict, person, entries[person.patient_id], mine, digest["date"])
    asked = {fact["to"] for fact in _unprompted(log, digest["date"])}
    verdict.hold("asked", digest["details"]["asked"], len(asked))
    _money(verdict, digest["cost"], digest["details"]["answered"], log, prices)
    return verdict


def _sums(verdict: Verdict, digest: Mapping[str, Any], reconciled: Mapping[str, int], came: int) -> None:
    placed = sum(len(bucket) for bucket in digest["buckets"].values())
    verdict.hold("procedures", digest["procedures"], placed)
    verdict.hold("procedures of the roster", digest["procedures"], came)
    for name, count in digest["details"]["counts"].items():
        verdict.hold(name, count, reconciled.get(name))
    for name in ("roster lines accepted", "procedures", "digest entries"):
        verdict.hold(f"reconcile's {name}", reconciled.get(name), came)
    week = digest["details"]["week"]
    verdict.hold("procedures of the week", week["procedures"], came)
    verdict.hold("the week's days", sum(week["by_day"]), came)
    for name, bucket in digest["buckets"].items():
        verdict.hold(f"the week's {name}", week["buckets"][name], len(bucket))


def _case(verdict: Verdict, person: Person, entry: Mapping[str, Any], log: Sequence[Fact], day: str) -> None:
    who, truth = person.patient_id, person.truth
    verdict.hold(f"baseline of {who}", entry["baseline"], truth.baseline)
    for name in _SCORES:
        if entry[name] is not None:
            verdict.hold(f"{name} of {who}", entry[name], _as_told(entry[name], getattr(truth, name), person))
    # Who thinks again is asked one question twice and answers both: the second reply meets the next one.
    if entry["hours"] is not None and person.temper != "thinks_again":
        # A key stands for a whole hour and "an hour or two" for its upper end.
        near = abs(entry["hours"] - truth.hours) <= 1
        verdict.hold(f"hours of {who}", entry["hours"], entry["hours"] if near else truth.hours)
    for percent, score in (("pw", "best"), ("pn", "now")):
        verdict.hold(f"{percent} of {who}", entry[percent], _relief(entry["baseline"], entry[score]))
    verdict.hold(f"attempts of {who}", entry["attempts"], len(_unprompted(log, day)))
    said = [f["body"] for f in log if f.kind == "inbound"]
    verdict.hold(f"last words of {who}", entry["last_words"], said[-1].strip() if said else None)


def _unprompted(log: Sequence[Fact], day: str) -> list[Fact]:
    """Texts and calls that nobody had just written for; the text on the day of the procedure is no try."""
    made = [f for f in log if f.kind in ("create", "call") and f.get("direction") == "outbound-api"]
    return [f for f in made if f.at.astimezone(ZONE).date().isoformat() >= day]


def _as_told(shown: float, truth: float, person: Person) -> float:
    """Whoever gives a range is taken at its upper end; all others at their word."""
    told = {truth, min(10, truth + 1)} if person.temper == "ranger" else {truth}
    return shown if shown in told else truth


def _relief(before: float | None, score: float | None) -> float | None:
    if not before or score is None:
        return None
    percent = round(float(100 * (Decimal(str(before)) - Decimal(str(score))) / Decimal(str(before))), 2)
    return int(percent) if percent == int(percent) else percent


def _money(
    verdict: Verdict,
    cost: Mapping[str, Any],
    answered: int,
    log: Sequence[Fact],
    prices: Mapping[str, Decimal],
) -> None:
    out = sum(segments(f["body"]) for f in log if f.kind == "create" and f.get("direction") != "inbound")
    came = sum(segments(f["body"]) for f in log if f.kind == "inbound")
    calls = [f for f in log if f.kind == "call" and f["direction"] == "outbound-api"]
    seconds = list(_seconds(log, {f["sid"] for f in calls}))
    amount = (
        out * (prices["segment_out"] + prices["carrier_fee_out"])
        + came * prices["segment_in"]
        + sum(math.ceil(s / 60) for s in seconds) * prices["call_minute"]
        + len(seconds) * prices["machine_detection"]
    )
    verdict.hold("segments", cost["segments"], out + came)
    verdict.hold("calls", cost["calls"], len(calls))
    verdict.hold("amount", cost["amount"], _cents(amount))
    each = _cents(amount / answered) if answered else None
    verdict.hold("cost of a completed follow-up", cost["per_completed"], each)


def _cents(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _seconds(log: Sequence[Fact], calls: set[str]) -> Iterator[int]:
    """How long each call that was answered lasted, in whole seconds."""
    begun: dict[str, datetime] = {}
    for fact in log:
        if fact.kind != "call_status" or fact["sid"] not in calls:
            continue
        if fact["status"] == "in-progress":
            begun[fact["sid"]] = fact.at
        elif fact["status"] == "completed" and fact["sid"] in begun:
            yield int((fact.at - begun.pop(fact["sid"])).total_seconds())
