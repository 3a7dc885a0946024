"""The worklist: who needs somebody, in the order of work, a page at a time.

Sorted from a few columns of everything that is open (`standing.py`); names, words and numbers are read and
unsealed only for the rows that are shown, by the digest's own reading of a case.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy import LargeBinary, type_coerce
from sqlmodel import Session, col, select

from followup.checkin.clinics import clinic_file
from followup.clinic import ClinicFile
from followup.desk.locks import Holder, holders
from followup.desk.standing import GROUPS, Standing, standings
from followup.digest.entries import entries
from followup.digest.model import Entry
from followup.digest.rows import among, load_some
from followup.store import keyed_hash, unseal
from followup.store.models import Clinic, Inbound, Patient, Procedure

SIZE = 30
_HANDLE = 10  # characters of a provider's hash in an address: names do not belong there


@dataclass
class Row:
    """One row as it is shown. `entries` are its procedures as the digest knows them, most urgent first."""

    standing: Standing
    entries: list[Entry] = field(default_factory=list)
    patient_id: int | None = None
    name: str = ""
    chart: str = ""
    phone: str = ""
    said: str = ""
    holder: Holder | None = None

    @property
    def key(self) -> str:
        return self.standing.key

    @property
    def group(self) -> str:
        return self.standing.group

    @property
    def entry(self) -> Entry | None:
        return self.entries[0] if self.entries else None

    @property
    def check_in_id(self) -> int | None:
        return self.standing.check_in_id

    @property
    def performed_at(self) -> datetime | None:
        return self.standing.cases[0].performed_at if self.standing.cases else None


@dataclass
class Worklist:
    """A page of rows. `counts` are of all rows by group, whatever is filtered; `providers` handle → name."""

    rows: list[Row]
    counts: dict[str, int]
    total: int
    page: int
    pages: int
    providers: dict[str, str]
    since: list[datetime]  # when each of the rows, on whichever page, came to stand here
    stamp: str  # changes when a row comes, goes or moves

    @property
    def newest(self) -> datetime | None:
        return max(self.since, default=None)

    @property
    def waiting_for_us(self) -> int:
        return sum(count for group, count in self.counts.items() if group != "rest")


def worklist(
    session: Session,
    clinic: Clinic,
    now: datetime,
    *,
    provider: str = "",
    only: str = "",
    page: int = 1,
    size: int = SIZE,
) -> Worklist:
    """Page `page` (from 1) of the clinic's worklist. `provider`: a handle, "" for all; `only`: a group.

    What only rests (waiting for an answer, put off until tomorrow) is counted, and listed when asked for.
    `size` 0 counts and reads no row.
    """
    file = clinic_file(clinic)
    everything = standings(session, clinic.id or 0, now.astimezone(file.zone).date(), now)
    by_procedure = _providers(session, everything) if provider or size else {}  # unsealing them takes a while
    names = {handle(name): name for name in sorted(set(by_procedure.values())) if name}
    mine = [s for s in everything if not provider or _is_of(s, provider, by_procedure)]
    shown = [s for s in mine if s.group == only or (not only and s.group != "rest")]
    pages = max(1, -(-len(shown) // size)) if size else 1
    page = min(max(page, 1), pages)
    rows = details(session, file, shown[(page - 1) * size : page * size], now)
    counts = Counter(s.group for s in mine)
    return Worklist(
        rows=rows,
        counts={group: counts[group] for group in GROUPS},
        total=len(shown),
        page=page,
        pages=pages,
        providers=names,
        since=[s.since for s in shown],
        stamp=_stamp(shown),
    )


def one_row(session: Session, clinic: Clinic, key: str, now: datetime) -> Row | None:
    """The row of a key as it stands now, None when it needs nobody any more."""
    file = clinic_file(clinic)
    everything = standings(session, clinic.id or 0, now.astimezone(file.zone).date(), now)
    found = [s for s in everything if s.key == key]
    return details(session, file, found, now)[0] if found else None


def _stamp(shown: Iterable[Standing]) -> str:
    said = "".join(f"{s.key}{s.group}{bool(s.alert and s.alert.acknowledged_at)}" for s in shown)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def handle(provider: str) -> str:
    """What stands for a provider in an address."""
    return keyed_hash("provider", provider)[:_HANDLE] if provider else ""


def details(session: Session, file: ClinicFile, chosen: Sequence[Standing], now: datetime) -> list[Row]:
    """Names, words and numbers of these rows."""
    wanted = {case.procedure_id for s in chosen for case in s.cases}
    procedures = sorted(among(session, select(Procedure), col(Procedure.id), wanted), key=lambda p: p.id or 0)
    made = entries(load_some(session, [p for p in procedures if p.check_in_id is not None]), file)
    of = {p.id: p for p in procedures}
    by_check_in: dict[int | None, list[Entry]] = {}
    for entry in made:
        by_check_in.setdefault(of[entry.id].check_in_id, []).append(entry)
    taken = holders(session, [s.check_in_id for s in chosen if s.check_in_id is not None], now)
    rows = []
    for standing in chosen:
        row = Row(standing, holder=taken.get(standing.check_in_id or 0))
        if standing.check_in_id is not None:
            row.entries = by_check_in.get(standing.check_in_id, [])
        if row.entry is not None:
            row.patient_id = standing.cases[0].patient_id
            row.name, row.chart, row.phone = row.entry.name, row.entry.chart, row.entry.phone
            row.said = row.entry.last_words
        rows.append(row)
    _name_the_loose(session, [row for row in rows if row.entry is None])
    return rows


def _name_the_loose(session: Session, rows: Iterable[Row]) -> None:
    """Whose a message without a check-in is, as far as anybody knows."""
    for row in rows:
        task = row.standing.tasks[0] if row.standing.tasks else None
        source = row.standing.alert or task
        inbound = session.get(Inbound, source.inbound_id) if source and source.inbound_id else None
        row.patient_id = (
            source.patient_id if source else row.standing.cases[0].patient_id if row.standing.cases else None
        )
        if inbound is not None:
            row.said, row.phone = inbound.body.strip(), inbound.from_number
        patient = session.get(Patient, row.patient_id) if row.patient_id else None
        if patient is not None:
            row.name = f"{patient.given_name} {patient.family_name}".strip()
            row.chart, row.phone = patient.chart, patient.phone or row.phone


def _providers(session: Session, everything: Iterable[Standing]) -> dict[int, str]:
    wanted = {case.procedure_id for s in everything for case in s.cases}
    sealed = select(Procedure.id, type_coerce(Procedure.provider, LargeBinary))
    found = among(session, sealed, col(Procedure.id), wanted)
    return {procedure_id: name for procedure_id, provider in found if (name := _opened(bytes(provider)))}


# The list of providers needs the name on each of five hundred open rows, at every look.
@lru_cache(maxsize=8192)
def _opened(provider: bytes) -> str:
    return unseal(provider, "procedure.provider")


def _is_of(standing: Standing, provider: str, by_procedure: dict[int, str]) -> bool:
    return any(handle(by_procedure.get(case.procedure_id, "")) == provider for case in standing.cases)
