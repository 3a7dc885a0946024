"""What a clinic's file means for one patient: parsed once per change, not once per message."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from followup.checkin.timing import ContactHours
from followup.clinic import ClinicFile
from followup.protocol import Manner
from followup.store.models import Clinic, Patient

log = logging.getLogger(__name__)


def clinic_file(clinic: Clinic) -> ClinicFile:
    return _parsed(clinic.file)


@lru_cache(maxsize=2048)
def _parsed(file: str) -> ClinicFile:
    return ClinicFile.model_validate_json(file, by_alias=True)


def readable_clinics(
    session: Session, ids: Collection[int | None] | None = None
) -> list[tuple[Clinic, ClinicFile]]:
    """Every clinic (or those of `ids`) whose file can be read, the oldest first: one broken file must not
    stop all others."""
    query = select(Clinic).order_by(col(Clinic.id))
    found = []
    for clinic in session.exec(query if ids is None else query.where(col(Clinic.id).in_(ids))).all():
        try:
            found.append((clinic, clinic_file(clinic)))
        except ValueError:
            log.error("the file of clinic %s cannot be read", clinic.id)
    return found


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
