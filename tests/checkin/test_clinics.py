"""Clinics' files: opened when they have changed, and one that is broken stops none of the others."""

from __future__ import annotations

import pytest
from sqlmodel import select

from followup.checkin import clinics
from followup.checkin.clinics import filed_clinics, readable_clinics
from followup.intake.clinics import set_clinic
from followup.store import Store
from followup.store.models import Clinic
from tests.clinic_day import CLINIC
from tests.digest.clinic_day import NOW


def test_a_file_that_is_as_it_was_is_not_opened_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    unseal = clinics.unseal

    def counted(blob: bytes, place: str) -> str:
        opened.append(place)
        return unseal(blob, place)

    monkeypatch.setattr(clinics, "unseal", counted)

    def names() -> list[str]:
        with store.read() as session:
            return [clinic.file.clinic.name for clinic in filed_clinics(session)]

    with store.write() as session:
        set_clinic(session, CLINIC, NOW)
        set_clinic(session, CLINIC.replace('"harbor"', '"north"').replace("0123", "0124"), NOW)
    assert names() == names() == ["Harbor Spine Clinic"] * 2
    assert len(opened) == 2
    with store.write() as session:
        set_clinic(session, CLINIC.replace("Harbor Spine Clinic", "Harbor Pain Clinic"), NOW)
    assert names() == ["Harbor Pain Clinic", "Harbor Spine Clinic"], "a change is seen at once"
    assert len(opened) == 3


def test_a_broken_file_stops_no_other_clinic(store: Store) -> None:
    with store.write() as session:
        set_clinic(session, CLINIC, NOW)
        set_clinic(session, CLINIC.replace('"harbor"', '"north"').replace("0123", "0124"), NOW)
        session.exec(select(Clinic).where(Clinic.code == "harbor")).one().file = "{}"
    with store.read() as session:
        assert [clinic.id for clinic in filed_clinics(session)] == [2]
        assert [clinic.code for clinic, _ in readable_clinics(session)] == ["north"]
