"""`followup export`: what came of the procedures of some days, for the clinic's own systems."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from followup.cli.base import DAY, CouldNotStart, chosen_clinic, clinic_option, open_database
from followup.cli.day import out_option
from followup.clock import utc_now

if TYPE_CHECKING:
    from followup.export.cases import Case


@click.command()
@clinic_option
@click.option("--from", "first", type=DAY, required=True, help="The first local day of procedures.")
@click.option("--to", "last", type=DAY, required=True, help="The last, included.")
@click.option("--format", "shape", type=click.Choice(["csv", "fhir"]), required=True)
@out_option
def export(code: str | None, first: date, last: date, shape: str, out: Path | None) -> None:
    """Procedures of the days --from to --to with everything that came of them; the audit notes it."""
    from followup.audit.record import record
    from followup.export.as_csv import as_csv
    from followup.export.as_fhir import as_fhir
    from followup.export.cases import cases, how_many
    from followup.progress import bar

    if last < first:
        raise CouldNotStart("--to lies before --from; give the earlier day first.")
    with open_database() as (_, store):
        with store.read() as session:
            clinic = chosen_clinic(session, code)
            total = how_many(session, clinic, first, last)
        clinic_id = clinic.id or 0
        with store.write() as session:  # before the first line leaves: one that breaks off has left as well
            detail = f"{first} to {last}: {total}"
            record(session, action=f"export.{shape}", now=utc_now(), clinic_id=clinic_id, detail=detail)
        with bar("procedures exported") as progress, _written(out) as file:
            found = _told(cases(store, clinic_id, first, last), total, progress)
            file.writelines(as_csv(found) if shape == "csv" else as_fhir(found, utc_now()))


def _told(days: Iterable[list[Case]], total: int, progress: Callable[[int, int], None]) -> Iterator[Case]:
    done = 0
    for day in days:
        yield from day
        if day:
            done += len(day)
            progress(done, total)


@contextmanager
def _written(out: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears whole: one that broke off could pass for a short week."""
    if out is None:
        yield sys.stdout
        return
    if out.exists() and not out.is_file():  # a pipe or a device: nothing may take its place
        with out.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    part = out.resolve().with_name(f"{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(out.resolve())
    finally:
        part.unlink(missing_ok=True)
