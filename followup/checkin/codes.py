"""The carrier's codes as a table: what each means for the row, the number and the staff."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REACTIONS = ("retry", "voice", "stop", "bad", "hold", "alert", "staff")


@dataclass(frozen=True, slots=True)
class Code:
    number: int
    reaction: str  # one of REACTIONS
    words: str  # what staff read
    after_minutes: float = 0


def code(number: int) -> Code:
    """The table's row for a code; an unknown one is for staff, and never sent again by itself."""
    return _table().get(number) or Code(number, "staff", f"The carrier refused it (code {number}).")


@cache
def _table() -> dict[int, Code]:
    rows = tomllib.loads((Path(__file__).parent / "codes.toml").read_text(encoding="utf-8"))
    return {int(number): Code(int(number), **row) for number, row in rows.items()}
