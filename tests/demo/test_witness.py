"""The witness is judged: a number of the digest that is not the log's is found and named."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from followup.clock import SetClock
from followup.demo.play import ZONE
from followup.demo.witness import Verdict, hold
from followup.simulator import Carrier
from followup.simulator.people import cast
from followup.simulator.person import Person

TEN = datetime(2026, 3, 10, 10, tzinfo=ZONE)
PRICES = {
    "segment_out": Decimal("0.01"), "segment_in": Decimal("0.02"), "carrier_fee_out": Decimal(0),
    "call_minute": Decimal("0.10"), "machine_detection": Decimal("0.005"),
}  # fmt: skip
COUNTS = {"roster lines accepted": 1, "procedures": 1, "check-ins due": 1, "digest entries": 1}


@pytest.fixture
def patient() -> Person:
    return cast(1, 4)[0]


@pytest.fixture
def carrier(patient: Person) -> Carrier:
    """One text, one reply of two, a reply of theirs, a call of 61 seconds."""
    clock = SetClock(TEN)
    carrier = Carrier(account_sid="AC1", auth_token="t", now=clock, public_url="https://x.example")
    ours, theirs = "+12025550123", patient.number
    note = carrier.log.note
    note("create", sid="SM1", direction="outbound-api", to=theirs, sender=ours, body="How is it?")
    note("inbound", sid="SM2", sender=theirs, to=ours, body=" 7 ")
    note("create", sid="SM3", direction="outbound-reply", to=theirs, sender=ours, body="Thanks")
    note("call", sid="CA1", direction="outbound-api", to=theirs, sender=ours)
    note("call_status", sid="CA1", to=theirs, status="in-progress")
    clock.set(TEN + timedelta(seconds=61))
    note("call_status", sid="CA1", to=theirs, status="completed")
    return carrier


def digest(patient: Person, **entry: Any) -> dict[str, Any]:
    truth = patient.truth
    relief = float(round(100 * (truth.baseline - truth.now) / truth.baseline, 2))
    shown = {
        "patient_id": patient.patient_id, "procedure_id": "P-1", "baseline": truth.baseline, "best": None,
        "hours": None, "now": truth.now, "pw": None, "pn": relief, "attempts": 2, "last_words": "7",
    }  # fmt: skip
    buckets: dict[str, list[Any]] = {"provider_review": [{**shown, **entry}], "closed": []}
    return {
        "date": "2026-03-10", "procedures": 1, "buckets": buckets,
        "details": {
            "counts": COUNTS, "asked": 1, "answered": 1,
            "week": {"procedures": 1, "by_day": [0, 1], "buckets": {"provider_review": 1, "closed": 0}},
        },
        # two out, one in, two minutes, one detection
        "cost": {"segments": 3, "calls": 1, "amount": "0.25", "per_completed": "0.25"},
    }  # fmt: skip


def judged(made: dict[str, Any], carrier: Carrier, patient: Person) -> Verdict:
    return hold(made, COUNTS, carrier, [patient], 0, PRICES)


def test_a_true_digest_is_held_number_by_number(carrier: Carrier, patient: Person) -> None:
    verdict = judged(digest(patient), carrier, patient)
    assert verdict.wrong == []
    assert verdict.held > 20


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"attempts": 3}, "attempts"),
        ({"last_words": "8"}, "last words"),
        ({"now": 0.5}, "now"),
        ({"pn": 99}, "pn"),
        ({"best": 11}, "best"),
        ({"baseline": 3.5}, "baseline"),
    ],
)
def test_a_number_of_a_case_that_is_not_so_is_named(
    entry: dict[str, Any], named: str, carrier: Carrier, patient: Person
) -> None:
    wrong = judged(digest(patient, **entry), carrier, patient).wrong
    assert any(sentence.startswith(f"{named} of P0001: the digest says") for sentence in wrong), wrong


@pytest.mark.parametrize("name", ["segments", "calls", "amount", "per_completed"])
def test_a_wrong_bill_is_named(name: str, carrier: Carrier, patient: Person) -> None:
    made = digest(patient)
    made["cost"][name] = 99
    assert len(judged(made, carrier, patient).wrong) == 1


def test_a_case_in_no_bucket_and_a_day_that_lost_one_are_named(carrier: Carrier, patient: Person) -> None:
    made = digest(patient)
    made["buckets"]["provider_review"] = []
    wrong = judged(made, carrier, patient).wrong
    assert "procedures: the digest says 1, counted again it is 0" in wrong
