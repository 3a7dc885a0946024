"""Find a patient by name, number or chart id.

Numbers and chart ids are found by their hashes, however old. Names are sealed and cannot be searched, so the
clinic's patients of the last months are unsealed and looked through: a few thousand, a fraction of a second.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from followup.digest.rows import among
from followup.intake.fields import UnreadableError
from followup.intake.fields import phone as read_phone
from followup.store import is_one_of
from followup.store.models import Patient, Procedure

RECENT = timedelta(days=184)
SIZE = 25
_MOST = 10_000  # procedures, the newest, whose patients are unsealed for one search
_NAMES = select(Patient.id, Patient.given_name, Patient.family_name)
_LISTED = 500  # who fit, on all pages together
_NO_LETTER = re.compile(r"[^\w ]|_")


@dataclass(frozen=True)
class Found:
    """`kind`: how they were found: number, chart or name."""

    patients: list[Patient]
    total: int
    page: int
    pages: int
    kind: str


def find(session: Session, clinic_id: int, asked: str, now: datetime, page: int = 1) -> Found:
    """The clinic's patients that fit `asked`, newest first, a page at a time. Nothing asked finds nobody."""
    asked = " ".join(asked.split())
    if not asked:
        return _page([], "name", 1)
    if by_number := _by_number(session, clinic_id, asked):
        return _page(by_number, "number", page)
    by_chart = session.exec(
        select(Patient).where(Patient.clinic_id == clinic_id, is_one_of(Patient.chart_hash, "chart", asked))
    ).all()
    if by_chart:
        return _page(list(by_chart), "chart", page)
    return _page(_by_name(session, clinic_id, asked, now), "name", page)


def _by_number(session: Session, clinic_id: int, asked: str) -> list[Patient]:
    if len(re.sub(r"\D", "", asked)) < 7:
        return []
    try:
        number = read_phone(asked)
    except UnreadableError:
        return []
    return list(
        session.exec(
            select(Patient)
            .where(Patient.clinic_id == clinic_id, is_one_of(Patient.phone_hash, "phone", number))
            .order_by(col(Patient.id).desc())
        ).all()
    )


def _by_name(session: Session, clinic_id: int, asked: str, now: datetime) -> list[Patient]:
    """Every word asked for begins one of the patient's names, in any order, accents and case aside."""
    # Read first and by itself: joined, PostgreSQL walks through the procedures of all years.
    recent = session.exec(
        select(Procedure.patient_id)
        .where(Procedure.clinic_id == clinic_id, Procedure.performed_at >= now - RECENT)
        .order_by(col(Procedure.performed_at).desc())
        .limit(_MOST)
    ).all()
    names = among(session, _NAMES.where(Patient.clinic_id == clinic_id), col(Patient.id), set(recent))
    wanted = plain(asked).split()
    fitting = [i for i, given, family in names if _fits(wanted, plain(f"{given} {family}").split())]
    found = among(session, select(Patient), col(Patient.id), sorted(fitting, reverse=True)[:_LISTED])
    return sorted(found, key=lambda patient: -(patient.id or 0))


def _fits(wanted: list[str], names: list[str]) -> bool:
    return bool(wanted) and all(any(name.startswith(word) for name in names) for word in wanted)


def plain(text: str) -> str:
    """'josé' and 'O'Neil-Smith' as they may be typed: 'jose', 'oneil smith'."""
    letters = text.casefold().replace("-", " ")
    if not letters.isascii():
        letters = unicodedata.normalize("NFKD", letters)
    return _NO_LETTER.sub("", letters)


def _page(patients: list[Patient], kind: str, page: int) -> Found:
    pages = max(1, -(-len(patients) // SIZE))
    page = min(max(page, 1), pages)
    return Found(patients[(page - 1) * SIZE : page * SIZE], len(patients), page, pages, kind)
