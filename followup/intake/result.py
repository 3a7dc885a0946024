"""What became of a roster's lines, in numbers and, for a preview, line by line.

Counted apart from the import itself, because terminal and console tell the same result in different words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from followup.intake.roster import Refusal, RefusedLine, RosterRow

Line = RosterRow | RefusedLine


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a preview: whose it is, what would become of it, and each value that would differ.

    outcome: new, changed, unchanged or refused. before: values as stored, after: as the line has them.
    beside: the reference of another procedure this patient has on that local day, "" for none.
    """

    line: int
    outcome: str
    patient_id: str = ""
    name: str = ""
    procedure_id: str = ""
    performed_at: datetime | None = None
    changes: tuple[tuple[str, Any, Any], ...] = ()
    beside: str = ""
    refusals: tuple[Refusal, ...] = ()


@dataclass
class ImportResult:
    """What became of a roster's lines: lines = new + changed + unchanged + refused_lines.

    `told` is filled by a rehearsal only: it holds names.
    """

    lines: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list, repr=False, compare=False)

    @property
    def refused_lines(self) -> int:
        return len({refusal.line for refusal in self.refused})

    def count(self, done: Sequence[tuple[Line, str]]) -> None:
        """Add some lines with what became of each."""
        for line, outcome in done:
            self.lines += 1
            if isinstance(line, RefusedLine):
                self.refused += line.refusals
            else:
                setattr(self, outcome, getattr(self, outcome) + 1)


def told(
    line: Line, outcome: str, changes: Mapping[str, tuple[Any, Any]] | None = None, beside: str = ""
) -> Told:
    """A line as the preview shows it."""
    if isinstance(line, RefusedLine):
        return Told(line.line, "refused", procedure_id=line.procedure_id, refusals=line.refusals)
    return Told(
        line=line.line,
        outcome=outcome,
        patient_id=line.patient_id,
        name=f"{line.given_name} {line.family_name}".strip(),
        procedure_id=line.procedure_id,
        performed_at=line.performed_at,
        changes=tuple((name, *values) for name, values in sorted((changes or {}).items())),
        beside=beside,
    )
