"""The judge of a storm is judged: each thing that must not be is put into a carrier's log and found."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from followup.clock import SetClock
from followup.demo.invariants import violations
from followup.demo.play import ZONE
from followup.demo.storm import ALL, Storm, chances
from followup.simulator import Carrier
from followup.simulator.faults import NAMES

TEN = datetime(2026, 3, 10, 10, tzinfo=ZONE)


class Perfect:
    """A product that lost nothing."""

    def __init__(self, storm: Storm, carrier: Carrier) -> None:
        self.storm, self.carrier = storm, carrier
        self.lost: set[str] = set()
        self.waiting: list[dict[str, str]] = []
        self.open: list[str] = []
        self.safety: set[str] = set()

    def take_roster(self, csv: bytes) -> int:
        return 0

    def tick(self) -> None: ...

    def next_due(self) -> None: ...

    def digest(self, day: date) -> dict[str, Any]:
        entries = [{"procedure_id": f"{p.patient_id}-260309"} for p in self.storm.people[0]]
        return {"buckets": {"closed": entries, "waiting": self.waiting}}

    def reconcile(self, day: date) -> tuple[bool, list[str]]:
        return True, []

    def heard(self) -> set[str]:
        return {fact["sid"] for fact in self.carrier.log.of("inbound")} - self.lost

    def warned(self) -> set[str]:
        return self.safety

    def unsettled(self) -> list[str]:
        return self.open


class Court:
    def __init__(self) -> None:
        self.storm = Storm(patients=4, days=1, seed=1)
        self.phone = self.storm.people[0][0].number
        self.far = self.storm.people[0][3].number
        self.clock = SetClock(TEN)
        self.carrier = Carrier(
            account_sid="AC1", auth_token="t", now=self.clock, public_url="https://x.example"
        )
        self.product = Perfect(self.storm, self.carrier)

    def at(self, minutes: float) -> None:
        self.clock.set(TEN + timedelta(minutes=minutes))

    def note(self, kind: str, **more: Any) -> None:
        self.carrier.log.note(kind, **more)

    def text(self, row: int, body: str, sid: str, to: str = "", direction: str = "outbound-api") -> None:
        self.note(
            "create", sid=sid, direction=direction, to=to or self.phone, sender="+12025550123", body=body,
            callback=f"https://x.example/s?o={row}",
        )  # fmt: skip

    def call(self, row: int, sid: str) -> None:
        self.note(
            "call", sid=sid, direction="outbound-api", to=self.phone, sender="+12025550123",
            url=f"https://x.example/v?o={row}",
        )  # fmt: skip

    def wrote(self, sid: str, body: str = "7") -> None:
        self.note("inbound", sid=sid, sender=self.phone, to="+12025550123", body=body)

    def told(self, sid: str) -> None:
        self.note("inbound_told", sid=sid, http=200, lost=False)

    def verdict(self) -> list[str]:
        return violations(self.storm, self.product, self.carrier)


@pytest.fixture
def court() -> Court:
    return Court()


def test_an_ordinary_day_is_found_in_order(court: Court) -> None:
    court.text(1, "first", "SM1")
    court.at(5)
    court.wrote("SM2")
    court.told("SM2")
    court.text(2, "next", "SM3", direction="outbound-reply")
    court.at(200)
    court.call(3, "CA1")
    assert court.verdict() == []


def test_one_row_sent_twice(court: Court) -> None:
    court.text(1, "first", "SM1")
    court.text(1, "other", "SM2")
    assert court.verdict() == ["row 1 was sent 2 times (create)"]


def test_a_question_answered_and_sent_as_well(court: Court) -> None:
    court.text(2, "next", "SM1", direction="outbound-reply")
    court.text(2, "next", "SM2")
    assert court.verdict() == ["row 2 was answered and sent as well"]


def test_the_same_words_twice_unless_the_first_were_lost(court: Court) -> None:
    court.text(1, "first", "SM1")
    court.note("status", sid="SM1", to=court.phone, status="undelivered", error=30008)
    court.at(60)
    court.text(2, "first", "SM2")
    assert court.verdict() == []
    court.at(120)
    court.text(3, "first", "SM3")
    assert court.verdict() == [
        f"the phone {court.phone} got the same words twice, at Tue 11:00:00 and Tue 12:00:00"
    ]


def test_two_calls_within_minutes(court: Court) -> None:
    court.call(1, "CA1")
    court.at(8)
    court.call(2, "CA2")
    assert "was called at Tue 10:00:00 and again at Tue 10:08:00" in court.verdict()[0]


def test_hours_are_those_of_the_patients_zone_and_an_answer_may_leave_at_any(court: Court) -> None:
    court.text(1, "first", "SM1", to=court.far)
    assert court.verdict() == [f"the phone {court.far} had a create at 04:00:00 there"]
    court.at(10 * 60)
    court.wrote("SM2")
    court.text(2, "answer", "SM3")
    assert len(court.verdict()) == 1
    court.at(12 * 60)
    court.text(3, "late", "SM4")
    assert court.verdict()[1:] == [f"the phone {court.phone} had a create at 22:00:00 there"]


def test_a_warning_heard_late_is_answered_at_any_hour_and_each_of_two_alike(court: Court) -> None:
    court.product.safety = {"2", "3"}
    court.text(3, "call 911", "SM4", to=court.far)
    assert court.verdict() == [f"the phone {court.far} had a create at 04:00:00 there"], "nobody wrote"
    court.wrote("SM2", "I have a fever")
    court.at(11 * 60)
    court.text(2, "call 911", "SM3")
    court.text(3, "call 911", "SM5")
    assert len(court.verdict()) == 2, "row 3 was sent twice as well; the words are no fault"
    court.text(4, "next", "SM6")
    assert court.verdict()[-1] == f"the phone {court.phone} had a create at 21:00:00 there"


def test_a_text_the_carrier_lets_go_after_hours(court: Court) -> None:
    court.at(8 * 60 + 59)
    court.text(1, "first", "SM1")
    court.at(9 * 60 + 1)
    court.note("status", sid="SM1", to=court.phone, status="sent", error=None)
    assert court.verdict() == [f"the phone {court.phone} had a text at 19:01:00 there"]


@pytest.mark.parametrize("kind", ["text", "call", "refusal"])
def test_anything_after_a_stop_that_was_heard(court: Court, kind: str) -> None:
    court.wrote("SM1", "STOP")
    court.note("keyword", sid="SM1", sender=court.phone, to="+12025550123", keyword="stop")
    court.call(1, "CA1")
    assert court.verdict() == [], "the webhook has not told it yet"
    court.told("SM1")
    court.at(30)
    if kind == "text":
        court.text(2, "x", "SM2")
    elif kind == "call":
        court.call(2, "CA2")
    else:
        court.note("refusal", code=21610, path="/", to=court.phone)
    assert [sentence for sentence in court.verdict() if "after STOP at Tue 10:00:00" in sentence]


def test_texts_that_were_never_stored(court: Court) -> None:
    court.wrote("SM1")
    court.product.lost = {"SM1"}
    assert court.verdict() == ["1 texts of patients were never stored"]


def test_cases_that_wait_or_are_in_no_bucket_or_unsettled(court: Court) -> None:
    gone = court.storm.people[0].pop()
    court.product.waiting = [{"procedure_id": "p-1"}]
    court.product.open = ["text 9 (first) is still unsure"]
    court.storm.people[0].append(gone)
    court.product.digest = lambda day: {  # type: ignore[method-assign]
        "buckets": {"waiting": court.product.waiting}
    }
    found = court.verdict()
    assert f"the procedure of {gone.patient_id} is in no bucket of 2026-03-10" in found
    assert "1 conversations of 2026-03-10 never ended" in found
    assert "after the end: text 9 (first) is still unsure" in found


def test_a_webhook_answered_with_an_error(court: Court) -> None:
    court.note("webhook", url="x", attempt=0, status=500, error=11200, token="t")
    assert court.verdict() == ["a webhook was answered with 500"]


def test_faults_are_read_by_name() -> None:
    assert chances("all") == ALL
    assert set(ALL) == set(NAMES), "all means all"
    assert chances("none") == {}
    assert chances("busy=0.5, answer_lost=1") == {"busy": 0.5, "answer_lost": 1.0}
    with pytest.raises(ValueError, match="'rain' is no fault; choose all, none"):
        chances("rain=1")
    with pytest.raises(ValueError, match="'busy' has no number"):
        chances("busy")
