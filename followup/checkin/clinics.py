"""What a clinic's file means for one patient: parsed once per change, not once per message."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import LargeBinary, type_coerce
from sqlmodel import Session, col, select

from followup.checkin.timing import ContactHours
from followup.clinic import ClinicFile
from followup.protocol import Manner
from followup.store import unseal
from followup.store.models import Clinic, Patient

log = logging.getLogger(__name__)


def clinic_file(clinic: Clinic) -> ClinicFile:
    return _parsed(clinic.file)


@lru_cache(maxsize=2048)
def _parsed(file: str) -> ClinicFile:
    return ClinicFile.model_validate_json(file, by_alias=True)


class Filed(NamedTuple):
    """What the clock wants of a clinic."""

    id: int
    created_at: datetime
    file: ClinicFile


def oldest_first(session: Session, ids: Collection[int | None] | None = None) -> Sequence[Clinic]:
    """Every clinic, or those of `ids`."""
    query = select(Clinic).order_by(col(Clinic.id))
    return session.exec(query if ids is None else query.where(col(Clinic.id).in_(ids))).all()


def readable_clinics(
    session: Session, ids: Collection[int | None] | None = None
) -> list[tuple[Clinic, ClinicFile]]:
    """Those whose file can be read: one broken file must not stop all others."""
    found = []
    for clinic in oldest_first(session, ids):
        try:
            found.append((clinic, clinic_file(clinic)))
        except ValueError:
            log.error("the file of clinic %s cannot be read", clinic.id)
    return found


def filed_clinics(session: Session) -> list[Filed]:
    """The same of every clinic, for who looks at a thousand once a minute: a file that is as it was is
    neither opened nor parsed again."""
    found = []
    sealed = type_coerce(col(Clinic.file), LargeBinary)
    for id, created_at, blob in session.execute(
        select(col(Clinic.id), col(Clinic.created_at), sealed).order_by(col(Clinic.id))
    ):
        try:
            found.append(Filed(id, created_at, _opened(bytes(blob))))
        except ValueError:
            log.error("the file of clinic %s cannot be read", id)
    return found


@lru_cache(maxsize=4096)
def _opened(blob: bytes) -> ClinicFile:
    return _parsed(unseal(blob, "clinic.file"))


def contact_hours(file: ClinicFile, patient: Patient) -> ContactHours:
    """The clinic's window in the patient's own zone (the roster's, else the clinic's)."""
    return ContactHours(
        zone=ZoneInfo(patient.timezone or file.clinic.timezone),
        opens=file.hours.window[0],
        closes=file.hours.window[1],
        days=frozenset(file.hours.days),
        country=file.hours.holidays,
    )


def manner(file: ClinicFile, patient: Patient | None, *, spoken: bool = False) -> Manner:
    """Whom the words are for. Without a patient (an unknown number) they are English and nameless."""
    return Manner(
        lang=patient.language if patient else "en",
        clinic=file.clinic.spoken_name,
        number=file.clinic.callback_number,
        spoken=spoken,
        given_name=patient.given_name if patient else "",
        after_hours=file.clinic.after_hours_number or "",
        window_hours=file.thresholds.window_hours,
        own=file.own_words,
    )
