"""A patient's block series as one sheet for the chart: what payers ask for, met, not met or missing.

Read from rows into one frozen value, as the digest is; page, text and CSV are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from followup.assessment import Thresholds
from followup.assessment.series import Block, Judged, Series, judge, series_of
from followup.checkin.clinics import clinic_file
from followup.checkin.series import blocks_of
from followup.store import known_hashes
from followup.store.models import Answer, Clinic, Decision, Patient, Procedure


@dataclass(frozen=True, slots=True)
class Given:
    """What the roster says of one procedure beside its scores, and when the patient was heard."""

    procedure: Procedure
    answered_at: datetime | None
    choice: str  # the provider's decision, "" while there is none


@dataclass(frozen=True, slots=True, repr=False)
class SeriesSheet:
    """Names are in here: passed on and printed, never stored or logged."""

    clinic_name: str
    callback_number: str
    zone: ZoneInfo
    made_at: datetime
    name: str
    chart: str
    bars: Thresholds
    series: tuple[Series, ...]
    others: tuple[Judged, ...]  # given as treatment: no part of a series
    given: dict[str, Given]  # by reference

    @property
    def local_now(self) -> datetime:
        return self.made_at.astimezone(self.zone)


def find_patient(session: Session, clinic: Clinic, chart: str) -> Patient | None:
    """The clinic's patient with this patient_id of the roster."""
    return session.exec(
        select(Patient).where(
            Patient.clinic_id == clinic.id, col(Patient.chart_hash).in_(known_hashes("chart", chart))
        )
    ).first()


def series_sheet(session: Session, clinic: Clinic, patient: Patient, now: datetime) -> SeriesSheet:
    """The patient's blocks judged at the clinic's present bars."""
    file = clinic_file(clinic)
    assert patient.id is not None
    blocks = blocks_of(session, patient.id, file)
    return SeriesSheet(
        clinic_name=file.clinic.name,
        callback_number=file.clinic.callback_number,
        zone=file.zone,
        made_at=now,
        name=f"{patient.given_name} {patient.family_name}".strip(),
        chart=patient.chart,
        bars=file.thresholds,
        series=series_of(blocks, file.thresholds),
        others=tuple(judge(b, file.thresholds) for b in blocks if b.inputs.intent != "diagnostic"),
        given=_given(session, patient.id, blocks),
    )


def _given(session: Session, patient_id: int, blocks: list[Block]) -> dict[str, Given]:
    procedures = session.exec(select(Procedure).where(Procedure.patient_id == patient_id)).all()
    answered = dict(
        session.exec(
            select(Answer.check_in_id, func.min(Answer.at))
            .where(col(Answer.check_in_id).in_([p.check_in_id for p in procedures]))
            .group_by(col(Answer.check_in_id))
        ).all()
    )
    decisions = session.exec(
        select(Decision)
        .where(col(Decision.procedure_id).in_([p.id for p in procedures]))
        .order_by(col(Decision.id))
    ).all()
    chosen = {decision.procedure_id: decision.choice.replace("_", " ") for decision in decisions}
    shown = {block.reference for block in blocks}
    return {
        p.reference: Given(p, answered.get(p.check_in_id or 0), chosen.get(p.id or 0, ""))
        for p in procedures
        if p.reference in shown
    }
