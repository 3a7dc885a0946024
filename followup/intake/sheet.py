"""A roster file as lines of named cells, whatever program saved it.

The `csv` module reads the cells, but one line at a time: given the whole file, a single quotation mark
that is never closed swallows every row after it into one cell, and patients vanish without a word.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from followup.tongue import _

_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_CELL = 20  # lines; a note with more line breaks than that is a quotation mark never closed


class IntakeError(Exception):
    """A sentence on why a whole file cannot be taken in, and how to mend it. Nothing of it was stored."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file: its line number as an editor shows it, and its cells, or why it has none."""

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    instead: str = "put quotation marks around a cell that holds a comma, and double those inside it"


@dataclass(frozen=True)
class Sheet:
    columns: tuple[str, ...]  # as normalised: lower case, underscores; extra ones included
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    unit: str = "line"  # what the numbers of its lines count


def read_sheet(data: bytes, known: Collection[str], required: Collection[str]) -> Sheet:
    """Read a delimited file whose first line names its columns.

    Raises IntakeError when there is no usable header: empty file, a required column missing, one named twice.
    """
    rows, foreign = _decoded(data)
    top = next((at for at, text in enumerate(rows) if text.strip(" ,;\t|") and not _is_separator(text)), None)
    if top is None:
        raise IntakeError(_("The roster is empty; its first line must name the columns."))
    delimiter = _delimiter(rows[top], known)
    columns = tuple(_column(name) for name in _cells([rows[top]], delimiter) or ())
    _check_header(columns, known, required)
    lines = tuple(_lines(rows, top + 1, delimiter, columns))
    notes = (_("Lines not in UTF-8, read as Windows-1252: {n}.", n=foreign),) if foreign else ()
    return Sheet(columns, lines, notes)


def _decoded(data: bytes) -> tuple[list[str], int]:
    """The file's lines, and how many of them were not UTF-8.

    Each line for itself: two exports pasted together are common, and names would otherwise be garbled.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # what Excel calls "Unicode text"
        text = data.decode("utf-16", errors="replace").replace("\0", "")
        return re.split(r"\r\n|\n|\r", text), 0
    rows, foreign = [], 0
    plain = data.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    for raw in re.split(rb"\r\n|\n|\r", plain):
        try:
            rows.append(raw.decode("utf-8"))
        except UnicodeDecodeError:
            rows.append(raw.decode("cp1252", errors="replace"))
            foreign += 1
    return rows, foreign


def _is_separator(text: str) -> bool:
    """Excel's own first line, `sep=;`."""
    return re.fullmatch(r"sep=.", text.strip().lower()) is not None


def _delimiter(header: str, known: Collection[str]) -> str:
    """The delimiter under which the header names the most columns we know."""

    def named(delimiter: str) -> int:
        return sum(_column(name) in known for name in _cells([header], delimiter) or ())

    return max(_DELIMITERS, key=named)


def _column(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", clean(name).lower()).strip("_")


def _check_header(columns: tuple[str, ...], known: Collection[str], required: Collection[str]) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        raise IntakeError(
            _(
                "The roster has no column {missing}; its first line must name at least {required}.",
                missing=_and(missing),
                required=_and(required),
            )
        )
    twice = [name for name in known if columns.count(name) > 1]
    if twice:
        raise IntakeError(_("The roster names the column {name} twice; keep one of them.", name=_and(twice)))


def _and(names: Collection[str]) -> str:
    *first, last = names
    return _("{some} and {last}", some=", ".join(first), last=last) if first else last


def _lines(rows: list[str], start: int, delimiter: str, columns: tuple[str, ...]) -> Iterator[Line]:
    at = start
    while at < len(rows):
        height, cells = _row_at(rows, at, delimiter, len(columns))
        number, at = at + 1, at + height
        if cells is None:
            yield Line(number, problem="a quotation mark is opened and not closed")
        elif any(cell.strip() for cell in cells[len(columns) :]):
            yield Line(number, problem=f"has {len(cells)} cells where the first line names {len(columns)}")
        elif any(cells := [clean(cell) for cell in cells]):
            yield Line(number, dict(zip(columns, cells, strict=False)))


def _row_at(rows: list[str], at: int, delimiter: str, width: int) -> tuple[int, list[str] | None]:
    """How many lines the row at `at` spans, and its cells; None when its quotation marks do not pair up."""
    for height in range(1, _LONGEST_CELL + 1):
        if at + height > len(rows):
            break
        cells = _cells(rows[at : at + height], delimiter)
        if cells is not None:
            swallowed = any(_holds_rows(cell, delimiter, width) for cell in cells)
            return (1, None) if swallowed else (height, cells)
    return 1, None


def _holds_rows(cell: str, delimiter: str, width: int) -> bool:
    """Whether a cell with line breaks has as many delimiters as rows between two stray marks would."""
    breaks = cell.count("\n")
    return breaks > 0 and cell.count(delimiter) >= breaks * (width - 1)


def _cells(rows: list[str], delimiter: str) -> list[str] | None:
    """The cells of one row written over these lines, or None when they are not exactly one row."""
    try:
        found = list(
            csv.reader([row + "\n" for row in rows], delimiter=delimiter, strict=True, skipinitialspace=True)
        )
    except csv.Error:
        return None
    return (found[0] if found else []) if len(found) <= 1 else None


def clean(cell: str) -> str:
    """A cell without what cannot be seen: control and formatting characters, odd spaces, its margins."""
    if cell.isascii() and cell.isprintable():
        return " ".join(cell.split())
    seen = "".join(
        " " if c.isspace() else c for c in cell if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    return unicodedata.normalize("NFC", " ".join(seen.split()))
