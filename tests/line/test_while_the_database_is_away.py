"""A reply that meets a database being restarted is kept on disk, answered politely, and heard afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from followup.inbox.spool import Spool
from followup.store import Store
from followup.store.models import Answer, Inbound, Receipt
from tests.clinic_day import ClinicDay


class Away:
    """Switches a store off and on, as a restart of the server does."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch, self.store, self.write, self.read = monkeypatch, store, store.write, store.read

    def go(self) -> None:
        def gone(*_: object) -> Iterator[None]:
            raise OperationalError("connect", {}, Exception("the server closed the connection"))

        self.patch.setattr(self.store, "write", gone)
        self.patch.setattr(self.store, "read", gone)

    def back(self) -> None:
        self.patch.setattr(self.store, "write", self.write)
        self.patch.setattr(self.store, "read", self.read)


@pytest.fixture
def away(day: ClinicDay, monkeypatch: pytest.MonkeyPatch) -> Away:
    return Away(day.store, monkeypatch)


def spool(day: ClinicDay) -> Spool:
    return Spool(day.settings.spool_folder)


def test_a_reply_is_spooled_answered_and_heard_when_the_database_is_back(day: ClinicDay, away: Away) -> None:
    phone = day.patient()
    day.at("10:05")
    away.go()
    day.text(phone, "7")
    away.back()
    assert len(spool(day).waiting()) == 1
    assert day.rows(Inbound) == []

    day.text(phone, "N")
    assert [row.body for row in day.rows(Inbound)] == ["7", "N"], "what waited is heard first"
    assert [row.question for row in day.rows(Answer)] == ["pain_now", "warning_signs"]
    assert spool(day).waiting() == []
    day.at("10:30")
    assert any("we have your message" in text for text in day.texts(phone))
    assert any("LOWEST" in text for text in day.texts(phone)), "the question nobody saw is put again"


def test_a_warning_is_answered_even_then(day: ClinicDay, away: Away) -> None:
    phone = day.patient()
    day.at("10:05")
    away.go()
    day.text(phone, "I can't move my legs")
    away.back()
    day.at("10:10")
    assert "Call 911" in day.texts(phone)[1]


def test_a_receipt_is_spooled_too(day: ClinicDay, away: Away) -> None:
    day.patient()
    day.at("10:00")
    away.go()
    day.clock.set(day.carrier.next_due() or day.clock())
    day.carrier.run_due()
    away.back()
    assert len(spool(day).waiting()) >= 1
    before = len(day.rows(Receipt))
    day.at("10:05")
    day.text("+12125550199", "hello")
    assert len(day.rows(Receipt)) > before


def test_nothing_in_the_spool_can_be_read_without_the_key(day: ClinicDay, away: Away) -> None:
    phone = day.patient()
    day.at("10:05")
    away.go()
    day.text(phone, "my name is Ann Example")
    away.back()
    on_disk = b"".join(Path(path).read_bytes() for path in spool(day).waiting())
    assert on_disk
    assert b"Ann" not in on_disk
    assert phone.encode() not in on_disk


def test_ready_means_that_a_reply_can_be_stored(day: ClinicDay, away: Away) -> None:
    client = day.app.test_client()
    assert client.get("/readyz").data == b"ready\n"
    away.go()
    assert client.get("/readyz").status_code == 200
    assert b"spooled" in client.get("/readyz").data
