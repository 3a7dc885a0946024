"""After an outage many texts are in doubt at once: each is asked about at the carrier, and nobody waits."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select

from bench.growth import Instant
from bench.people import add_people
from followup.outreach.lookup import AT_ONCE
from followup.outreach.mail import Mailbox
from followup.outreach.outcome import Accepted, Sighting
from followup.outreach.send import Post
from followup.store import Store
from followup.store.models import Outbound
from scheduler.rounds import one_round
from tests.digest.clinic_day import add_clinic

TEN = datetime(2026, 3, 10, 14, 0, 5, tzinfo=UTC)
MANY = 60


class Outage(Instant):
    """A carrier that takes a quarter of a second over each look-up and has none of the texts."""

    def __init__(self, *, away: bool = False) -> None:
        self.now, self.away = TEN, away
        self.asked: list[str] = []
        self.sent_at: dict[str, datetime] = {}
        self._one = threading.Lock()

    def find_texts(self, to: str, since: datetime) -> list[Sighting] | None:
        with self._one:
            self.asked.append(to)
            self.now += timedelta(seconds=0.25)
        return None if self.away else []

    def send_text(self, *, to: str, **more: object) -> Accepted:
        self.sent_at[to] = self.now
        return super().send_text(**more)

    def round(self, store: Store) -> None:
        post = Post(self, Mailbox(""), "https://x.example", threads=1)  # type: ignore[arg-type]
        assert one_round(store, post, "worker", lambda: self.now) == 0


def in_doubt(store: Store, **more: object) -> None:
    """Texts that left five minutes ago, as far as anybody knows."""
    with store.write() as session:
        add_clinic(session)
    add_people(store, MANY, TEN, asked=True)
    with store.write() as session:
        session.execute(update(Outbound).values(state="unsure", sid="", deadline=TEN, **more))


def test_a_text_that_is_due_waits_five_seconds_for_them_and_not_until_all_were_asked_about(
    store: Store,
) -> None:
    in_doubt(store)
    (due,) = add_people(store, 1, TEN, asked=False)
    carrier = Outage()
    carrier.round(store)
    assert len(carrier.asked) == 3 * AT_ONCE, "six seconds' worth, eight at a time"
    assert carrier.sent_at[due] == TEN + timedelta(seconds=6)


def test_those_that_are_left_are_asked_about_in_the_rounds_after_it(store: Store) -> None:
    in_doubt(store)
    carrier = Outage()
    for _ in range(3):
        carrier.round(store)
    assert len(set(carrier.asked)) == len(carrier.asked) == MANY, "everybody once"
    with store.read() as session:
        assert {row.looks for row in session.exec(select(Outbound)).all()} == {1}


def test_a_carrier_that_is_away_is_not_asked_about_each_of_them(store: Store) -> None:
    """Each question would wait for the carrier's whole timeout."""
    in_doubt(store)
    carrier = Outage(away=True)
    carrier.round(store)
    assert len(carrier.asked) == AT_ONCE
    with store.read() as session:
        assert {row.looks for row in session.exec(select(Outbound)).all()} == {0}, "not asked is not lost"


def test_nor_about_each_that_was_taken_and_not_heard_of_again(store: Store) -> None:
    in_doubt(store)
    with store.write() as session:
        session.execute(update(Outbound).values(state="sent", channel="call", sid=col(Outbound.dedupe)))
    carrier = Outage(away=True)
    carrier.find_calls = carrier.find_texts  # type: ignore[method-assign]
    carrier.round(store)
    assert len(carrier.asked) == AT_ONCE


def test_an_address_in_doubt_is_no_business_of_the_carriers(store: Store) -> None:
    """An e-mail whose fate is unknown goes again, under the same message id."""
    in_doubt(store, channel="email", to="desk@harbor.example")
    carrier = Outage()
    carrier.round(store)
    assert carrier.asked == []
    with store.read() as session:
        assert {row.reason for row in session.exec(select(Outbound)).all()} >= {
            "not found at the carrier, sent again"
        }
