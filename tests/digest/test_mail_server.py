"""The digest's mail against a real mail server: taken, put off, refused, away. Everything on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlmodel import select

from followup.digest.build import build
from followup.digest.deliver import owe_digests
from followup.outreach.mail import Mailbox
from followup.outreach.send import Post, send_due
from followup.store import Store
from followup.store.models import Clinic, Outbound

from .clinic_day import DAY, FILE, NOW, add_clinic
from .full_day import add_full_day

TAKEN = "250 taken"
GREYLISTED = "451 4.7.1 come back later"
REFUSED = "550 5.1.1 no such mailbox"


class MailServer:
    """Answers each letter with the next line of its script, the last one for ever; keeps what it took."""

    def __init__(self, *script: str) -> None:
        self.script = list(script)
        self.letters: list[Message] = []
        self.asked = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.asked += 1
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if answer == TAKEN:
            self.letters.append(message_from_bytes(envelope.content))
        return answer


@contextmanager
def serving(*script: str) -> Iterator[tuple[MailServer, Post]]:
    house = MailServer(*script)
    controller = Controller(house, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield house, post_to(controller.port)
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def post_to(port: int) -> Post:
    mailbox = Mailbox(f"smtp://127.0.0.1:{port}")
    return Post(carrier=None, mailbox=mailbox, public_url="", threads=1)  # type: ignore[arg-type]


@pytest.fixture
def clinic(store: Store) -> Clinic:
    """One recipient, so that one answer of the server is one mail."""
    text = FILE.replace(', "lead@harbor.example"', "")
    with store.write() as session:
        clinic = add_clinic(session, text)
        clinic.created_at = NOW - timedelta(days=1)
        return clinic


def mail(store: Store) -> Outbound:
    with store.read() as session:
        return session.exec(select(Outbound).where(Outbound.channel == "email")).one()


def send(store: Store, post: Post, now: datetime) -> None:
    send_due(store, post, "test", lambda: now)


def attention(store: Store, now: datetime) -> list[str]:
    with store.read() as session:
        made = build(session, session.exec(select(Clinic)).one(), DAY, now)
    return [item.words for item in made.attention if item.kind == "mail"]


def test_a_mail_server_gets_a_letter_in_two_parts_with_nothing_to_fetch(store: Store) -> None:
    with store.write() as session:
        add_full_day(session).created_at = NOW - timedelta(days=1)
    with serving(TAKEN) as (house, post):
        owe_digests(store, NOW)
        send(store, post, NOW)
    assert len(house.letters) == 2
    letter = house.letters[0]
    assert letter["Subject"] == "Follow-up list, Tue 10 Mar: 1 urgent, 3 to call"
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = (part.get_payload(decode=True).decode() for part in letter.get_payload())  # type: ignore[union-attr]
    assert "  1 urgent" in plain
    assert "<img" not in html
    assert "url(" not in html
    # Outlook lays out tables and knows neither grid, flex nor max-width.
    assert not any(word in html for word in ("flex", "grid", "max-width", "<div"))
    assert html.count("https://") == 1


def test_a_server_that_puts_us_off_is_asked_again_and_takes_it_once(store: Store, clinic: Clinic) -> None:
    with serving(GREYLISTED, GREYLISTED, TAKEN) as (house, post):
        owe_digests(store, NOW)
        now = NOW
        for _ in range(3):
            send(store, post, now)
            now = max(mail(store).due_at, now) + timedelta(seconds=1)
    assert (mail(store).state, house.asked, len(house.letters)) == ("sent", 3, 1)
    assert attention(store, NOW) == []


def test_a_mail_put_off_is_not_tried_again_before_its_time(store: Store, clinic: Clinic) -> None:
    with serving(GREYLISTED) as (house, post):
        owe_digests(store, NOW)
        send(store, post, NOW)
        send(store, post, NOW + timedelta(seconds=30))
    assert (mail(store).state, house.asked) == ("planned", 1)
    assert mail(store).due_at >= NOW + timedelta(minutes=5)


def test_a_server_that_refuses_is_an_alert_on_the_page_at_once(store: Store, clinic: Clinic) -> None:
    with serving(REFUSED) as (_, post):
        owe_digests(store, NOW)
        send(store, post, NOW)
    assert mail(store).state == "refused"
    assert attention(store, NOW) == ["The digest e-mail of Tue 16:30 could not be delivered."]


def test_a_mail_that_nobody_takes_for_an_hour_is_an_alert_and_still_leaves_later(
    store: Store, clinic: Clinic
) -> None:
    with serving(GREYLISTED, TAKEN) as (house, post):
        owe_digests(store, NOW)
        send(store, post, NOW)
        assert attention(store, NOW + timedelta(minutes=59)) == []
        assert attention(store, NOW + timedelta(minutes=61)) == [
            "The digest e-mail of Tue 16:30 has not left yet: the mail server does not take it."
        ]
        send(store, post, NOW + timedelta(minutes=61))
    assert (mail(store).state, len(house.letters)) == ("sent", 1)
    assert attention(store, NOW + timedelta(minutes=62)) == []


def test_a_server_that_stays_away_is_given_up_within_two_days_and_said(store: Store, clinic: Clinic) -> None:
    post, now = post_to(free_port()), NOW
    owe_digests(store, now)
    while mail(store).state == "planned" and now < NOW + timedelta(days=2):
        send(store, post, now)
        now = max(mail(store).due_at, now) + timedelta(seconds=1)
    assert mail(store).state == "refused"
    assert attention(store, NOW) == ["The digest e-mail of Tue 16:30 could not be delivered."]
