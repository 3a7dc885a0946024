"""The record: what a row holds, and that nobody changes one."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from followup.audit.record import record
from followup.store import Store
from followup.store.models import Audit, Place


def test_a_row_holds_ids_and_leads_to_the_sealed_address(store: Store, now: datetime) -> None:
    with store.write() as session:
        for _ in range(2):
            record(session, action="patient.view", now=now, clinic_id=1, staff_id=2, subject="patient",
                   subject_id=12, detail="series", address="192.0.2.7")  # fmt: skip
        record(session, action="keys.rotate", now=now)
    with store.read() as session:
        rows = session.exec(select(Audit).order_by(Audit.id)).all()  # type: ignore[arg-type]
        places = session.exec(select(Place)).all()
        assert b"192.0.2.7" not in bytes(session.execute(text("SELECT address FROM place")).scalar_one())
    assert [(row.at, row.staff_id, row.subject, row.subject_id, row.detail) for row in rows] == [
        (now, 2, "patient", 12, "series"), (now, 2, "patient", 12, "series"), (now, None, "", None, ""),
    ]  # fmt: skip
    assert [place.address for place in places] == ["192.0.2.7"]
    assert [row.place_id for row in rows] == [places[0].id, places[0].id, None]


def test_the_database_refuses_to_change_a_row(store: Store, now: datetime) -> None:
    with store.write() as session:
        record(session, action="decision.sign", now=now, subject="procedure", subject_id=7)
    with pytest.raises(DBAPIError, match="never changed"), store.write() as session:
        session.execute(text("UPDATE audit SET subject_id = 8"))


@pytest.mark.parametrize(
    ("action", "detail"), [("looked at it", ""), ("view", ""), ("patient.view", "she said: it hurts!")]
)
def test_words_do_not_fit_in_a_row(store: Store, now: datetime, action: str, detail: str) -> None:
    with pytest.raises(ValueError, match="audit"), store.write() as session:
        record(session, action=action, now=now, detail=detail)
