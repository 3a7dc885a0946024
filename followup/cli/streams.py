"""`followup read` and `followup assess`: JSON lines in, JSON lines out, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click


def _stream(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """One JSON object a line in, one out, in order; a bad line is answered and the rest goes on."""
    rejected = False
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        given: Any = None
        try:
            given = json.loads(line)
            if not isinstance(given, dict):
                raise ValueError("write one JSON object a line")
            made = work(given)
        except ValueError as problem:
            name = given.get("id") if isinstance(given, dict) else None
            made = {"id": name, "error": f"line {number}: {problem}"}
        rejected = rejected or "error" in made
        sys.stdout.write(json.dumps(made, ensure_ascii=False) + "\n")
        if number % 100 == 0:
            sys.stdout.flush()
    sys.stdout.flush()
    sys.exit(1 if rejected else 0)


@click.command()
def read() -> None:
    """Read replies: JSON lines in, readings out."""
    from followup.reading.lines import read_line

    _stream(read_line)


@click.command()
def assess() -> None:
    """Put inputs through the decision table: JSON lines in, proposals out."""
    from followup.assessment import assess_line

    _stream(assess_line)
