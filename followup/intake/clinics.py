"""Take in a clinic's own file, and let it act on what is already under way.

A clinic that moves its check-ins from ten to eleven means today's as well; what has left cannot be moved,
and what a provider has decided is not judged again.
"""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import Any

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from followup.checkin.close import ROUTINE
from followup.checkin.plan import arrange
from followup.checkin.propose import propose
from followup.checkin.timing import local_moment
from followup.clinic import ClinicFile, parse_clinic_file
from followup.store.models import CheckIn, Clinic, Decision, Outbound, Patient, Procedure


def set_clinic(session: Session, text: str, now: datetime) -> tuple[Clinic, bool]:
    """Create the clinic this file describes, or change the one that has its code; True when it is new.

    Raises ClinicFileError with every problem of the file, before anything is changed. The same file again
    changes nothing.
    """
    file = parse_clinic_file(text)
    written = _written(file)
    clinic = session.exec(select(Clinic).where(Clinic.code == file.clinic.code)).one_or_none()
    if clinic is None:
        clinic = Clinic(
            code=file.clinic.code,
            sender=file.sender,
            file=written,
            source=text,
            created_at=now,
            changed_at=now,
        )
        session.add(clinic)
        session.flush()
        return clinic, True
    clinic.source = text
    if clinic.file != written:
        clinic.file, clinic.sender, clinic.changed_at = written, file.sender, now
        session.flush()
        _move_what_has_not_left(session, clinic, file, now)
        _judge_again(session, clinic, file, now)
    return clinic, False


def _written(file: ClinicFile) -> str:
    """The file as JSON that can be read as a clinic file again: times of day as 07:30, without seconds."""

    def plain(value: Any) -> str:
        return f"{value:%H:%M}" if isinstance(value, time) else str(value)

    return json.dumps(file.model_dump(by_alias=True), default=plain, ensure_ascii=False)


def _move_what_has_not_left(session: Session, clinic: Clinic, file: ClinicFile, now: datetime) -> None:
    """Give what is planned the sender now in force, and first contacts the time now in force."""
    session.execute(
        update(Outbound)
        .where(
            col(Outbound.clinic_id) == clinic.id,
            col(Outbound.state) == "planned",
            col(Outbound.channel).in_(ROUTINE),
            col(Outbound.patient_id).is_not(None),
        )
        .values(sender=file.sender, changed_at=now)
    )
    planned = session.exec(
        select(CheckIn, Patient)
        .join(Patient, col(CheckIn.patient_id) == col(Patient.id))
        .where(CheckIn.clinic_id == clinic.id, CheckIn.state == "planned")
    ).all()
    for check_in, patient in planned:
        check_in.due_at = local_moment(check_in.due_on, file.hours.check_in_time, file.zone)
        arrange(session, file, patient, check_in, now)


def _judge_again(session: Session, clinic: Clinic, file: ClinicFile, now: datetime) -> None:
    """New proposals, where thresholds or the intent taken by default make a difference."""
    undecided = session.exec(
        select(CheckIn)
        .join(Procedure, col(Procedure.check_in_id) == col(CheckIn.id))
        .where(
            Procedure.clinic_id == clinic.id,
            Procedure.ended == "",
            CheckIn.state == "closed",
            ~exists().where(col(Decision.procedure_id) == col(Procedure.id)),
        )
        .distinct()
    ).all()
    for check_in in undecided:
        propose(session, check_in, file, now)
