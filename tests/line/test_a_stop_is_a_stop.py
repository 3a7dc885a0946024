"""A STOP is obeyed also when everything else about it fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import OperationalError

from followup.inbox import receive
from followup.store.models import Inbound, OptOut
from tests.clinic_day import ClinicDay


def test_a_stop_that_the_program_could_not_handle_is_obeyed_and_not_answered(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise LookupError("the reader's words are not there")

    phone = day.patient()
    day.at("10:05")
    before = len(day.texts(phone))
    monkeypatch.setattr(receive, "answer", broken)
    day.text(phone, " Stop ")
    monkeypatch.undo()
    assert [row.state for row in day.rows(Inbound)] == ["unread"]
    assert [row.stopped for row in day.rows(OptOut)] == [True]
    day.at("20:00")
    assert len(day.texts(phone)) == before
    assert day.carrier.log.of("refusal") == [], "nothing was even tried"


def test_a_stop_while_the_database_is_away_is_not_answered_and_obeyed_when_it_is_back(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Iterator[None]:
        raise OperationalError("connect", {}, Exception("the server closed the connection"))

    phone = day.patient()
    day.at("10:05")
    made = len(day.carrier.log.of("create"))
    monkeypatch.setattr(day.store, "write", gone)
    monkeypatch.setattr(day.store, "read", gone)
    day.text(phone, "STOP")
    monkeypatch.undo()
    assert len(day.carrier.log.of("create")) == made
    day.text("+12125550199", "hello")  # whatever comes next hears what waited first
    assert [row.stopped for row in day.rows(OptOut)] == [True]
