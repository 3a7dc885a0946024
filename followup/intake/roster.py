"""The roster as typed rows, and a sentence for every cell that could not be one.

Reading is pure and comes before anything is stored, because some of it concerns the file as a whole: a
procedure listed twice, a patient whose two rows disagree. Settled row by row against the database, such a
file would change something each time it is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from followup.intake import fields as cell
from followup.intake.bundle import is_bundle, read_bundle
from followup.intake.sheet import Line, clean, read_sheet
from followup.tongue import N_, _

REQUIRED = ("patient_id", "given_name", "procedure_id", "performed_at")
PATIENT = (
    "given_name", "family_name", "phone", "language", "channel", "timezone", "consent", "birth_year",
    "blood_thinner",
)  # fmt: skip
_DIFFER = {
    "line": N_("Lines {one} and {two} are one patient with a different {name}; line {two} was taken."),
    "entry": N_("Entries {one} and {two} are one patient with a different {name}; entry {two} was taken."),
}
_ALREADY = {
    "line": N_("an earlier line has the same procedure_id and says something else"),
    "entry": N_("an earlier entry has the same procedure_id and says something else"),
}
_FAR_AHEAD = {
    "line": N_("line {n}: performed_at lies more than a year ahead; is the year right?"),
    "entry": N_("entry {n}: performed_at lies more than a year ahead; is the year right?"),
}
_SHOWN = 40  # characters of a refused cell; it may hold anything


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One procedure and its patient, as one line tells it. What the line does not tell is "" or None.

    performed_at is UTC, performed_on the clinic's local date; scores 0 to 10 in halves.
    """

    line: int
    patient_id: str
    given_name: str
    procedure_id: str
    performed_at: datetime
    performed_on: date
    family_name: str = ""
    phone: str = ""  # E.164
    language: str = ""
    channel: str = ""
    timezone: str = ""
    consent: bool | None = None
    birth_year: str = ""
    blood_thinner: bool | None = None
    status: str = "performed"
    kind: str = "facet"
    levels: str = ""
    side: str = ""
    intent: str = ""
    agent: str = ""
    steroid: bool | None = None
    sedation: bool | None = None
    provider: str = ""
    baseline_score: Decimal | None = None
    post_score: Decimal | None = None
    prior_positive: int | None = None
    sessions_12m: int | None = None
    unit: str = "line"  # or "entry", of a bundle


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one cell, and with it its row, was not taken in. Prints as one sentence."""

    line: int
    field: str  # "" when the whole row is meant
    value: str
    why: str
    instead: str
    unit: str = "line"

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= _SHOWN else self.value[: _SHOWN - 3] + "..."
        what = f'{self.field} "{shown}": ' if self.value else f"{self.field}: " if self.field else ""
        return f"{self.unit} {self.line}: {what}{self.why}; {self.instead}."


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that stays out, with all that is wrong with it and as much as is known of its procedure."""

    line: int
    refusals: tuple[Refusal, ...]
    procedure_id: str = ""
    performed_on: date | None = None

    @classmethod
    def of(cls, row: RosterRow, field: str, why: str, instead: str) -> RefusedLine:
        value = str(getattr(row, field)) if field else ""
        refusal = Refusal(row.line, field, value, why, instead, row.unit)
        return cls(row.line, (refusal,), row.procedure_id, row.performed_on)


@dataclass(frozen=True)
class RosterFile:
    """A read roster. `columns` are the ones it has: what a file never mentions is not emptied by it."""

    columns: frozenset[str]
    lines: tuple[RosterRow | RefusedLine, ...]
    notes: tuple[str, ...] = field(default=())


def read_roster(data: bytes, zone: ZoneInfo, now: datetime) -> RosterFile:
    """Read a roster of a clinic in `zone`, a spreadsheet or a FHIR bundle; raises IntakeError for neither.

    1. Read each line by itself; all its problems are named at once.
    2. Refuse a second line of one procedure that says something else.
    3. Give every row of a patient the last that the file says of that patient.
    """
    readers = _readers(zone, now)
    sheet = read_bundle(data, readers) if is_bundle(data) else read_sheet(data, tuple(readers), REQUIRED)
    columns = frozenset(sheet.columns) & readers.keys()
    lines = _once_per_procedure([_read_line(line, readers, zone, sheet.unit) for line in sheet.lines])
    lines, disagreements = _one_word_per_patient(lines)
    notes = (*sheet.notes, *_header_notes(sheet.columns, columns), *_far_ahead(lines, now), *disagreements)
    return RosterFile(columns, tuple(lines), notes)


def read_cells(cells: Mapping[str, str], zone: ZoneInfo, now: datetime) -> RosterFile:
    """One line typed by hand, held to the same rules as a line of a file; its columns are the cells given."""
    readers = _readers(zone, now)
    given = {name: clean(text) for name, text in cells.items() if name in readers}
    line = _read_line(Line(1, given), readers, zone)
    return RosterFile(frozenset(given), (line,))


def _readers(zone: ZoneInfo, now: datetime) -> dict[str, Callable[[str], Any]]:
    """The reader of each column, in the contract's order."""
    return {
        "patient_id": cell.short_text(64),
        "given_name": cell.short_text(80),
        "family_name": cell.short_text(80),
        "phone": cell.phone,
        "language": cell.language,
        "channel": cell.channel,
        "timezone": cell.timezone,
        "consent": cell.yes_no,
        "birth_year": partial(cell.birth_year, latest=now.year),
        "blood_thinner": cell.yes_no,
        "procedure_id": cell.short_text(64),
        "performed_at": partial(cell.moment, zone=zone),
        "status": cell.status,
        "kind": cell.kind,
        "levels": cell.levels,
        "side": cell.side,
        "intent": cell.intent,
        "agent": cell.agent,
        "steroid": cell.yes_no,
        "sedation": cell.yes_no,
        "provider": cell.short_text(80),
        "baseline_score": cell.score,
        "post_score": cell.score,
        "prior_positive": cell.positives,
        "sessions_12m": cell.count,
    }


def _read_line(
    line: Line, readers: Mapping[str, Callable[[str], Any]], zone: ZoneInfo, unit: str = "line"
) -> RosterRow | RefusedLine:
    if line.problem:
        refusal = Refusal(line.number, "", "", line.problem, line.instead, unit)
        return RefusedLine(line.number, (refusal,))
    values: dict[str, Any] = {}
    refusals = []
    for name, reader in readers.items():
        text = line.cells.get(name, "")
        if not text:
            if name in REQUIRED:
                refusals.append(Refusal(line.number, name, "", "empty", "every row needs one", unit))
            continue
        try:
            values[name] = reader(text)
        except cell.UnreadableError as problem:
            refusals.append(Refusal(line.number, name, text, problem.why, problem.instead, unit))
    moment: datetime | None = values.get("performed_at")
    performed_on = moment.astimezone(zone).date() if moment else None
    if refusals or performed_on is None:
        return RefusedLine(line.number, tuple(refusals), values.get("procedure_id", ""), performed_on)
    return RosterRow(line=line.number, unit=unit, performed_on=performed_on, **values)


def _once_per_procedure(lines: Iterable[RosterRow | RefusedLine]) -> list[RosterRow | RefusedLine]:
    first: dict[str, RosterRow] = {}
    kept: list[RosterRow | RefusedLine] = []
    for row in lines:
        if isinstance(row, RosterRow):
            before = first.setdefault(row.procedure_id, row)
            if replace(before, line=row.line) != row:
                row = RefusedLine.of(row, "procedure_id", _ALREADY[row.unit], "keep the line that is right")
        kept.append(row)
    return kept


def _one_word_per_patient(
    lines: list[RosterRow | RefusedLine],
) -> tuple[list[RosterRow | RefusedLine], list[str]]:
    last: dict[str, dict[str, tuple[Any, int]]] = {}
    notes = []
    for row in lines:
        if not isinstance(row, RosterRow):
            continue
        said = last.setdefault(row.patient_id, {})
        differing = []
        for name in PATIENT:
            value = getattr(row, name)
            if value in ("", None):
                continue
            if name in said and said[name][0] != value:
                differing.append((name, said[name][1]))
            said[name] = (value, row.line)
        for name, line in differing:
            notes.append(_(_DIFFER[row.unit], one=line, two=row.line, name=name))
    settled = {
        patient: {name: value for name, (value, _at) in said.items()} for patient, said in last.items()
    }
    return [replace(r, **settled[r.patient_id]) if isinstance(r, RosterRow) else r for r in lines], notes


def _header_notes(named: Iterable[str], columns: frozenset[str]) -> list[str]:
    known = [f.name for f in fields(RosterRow)]
    notes = []
    for name in named:
        near = get_close_matches(name, known, n=1, cutoff=0.75) if name and name not in columns else []
        if near and near[0] not in columns:
            notes.append(
                _(
                    'The column "{name}" is not one we know and was ignored: is it {near}?',
                    name=name[:_SHOWN],
                    near=near[0],
                )
            )
    if "phone" not in columns:
        notes.append(
            _("The roster has no column phone: new patients in it go to staff, nobody can text them.")
        )
    return notes


def _far_ahead(lines: Iterable[RosterRow | RefusedLine], now: datetime) -> list[str]:
    return [
        _(_FAR_AHEAD[row.unit], n=row.line)
        for row in lines
        if isinstance(row, RosterRow) and (row.performed_at - now).days > 365
    ]
