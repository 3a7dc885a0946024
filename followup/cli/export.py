"""`followup export`: what came of the procedures of some days, for the clinic's own systems."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from followup.cli.base import DAY, CouldNotStart, chosen_clinic, clinic_option, open_database
from followup.cli.day import out_option
from followup.clock import utc_now


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
    from followup.export.cases import cases

    if last < first:
        raise CouldNotStart("--to lies before --from; give the earlier day first.")
    with open_database() as (_, store):
        with store.read() as session:
            clinic = chosen_clinic(session, code)
            found = list(cases(session, clinic, first, last))
        text = (
            "".join(as_csv(found))
            if shape == "csv"
            else json.dumps(as_fhir(found, utc_now()), ensure_ascii=False, indent=1) + "\n"
        )
        with store.write() as session:
            detail = f"{first} to {last}: {len(found)}"
            record(session, action=f"export.{shape}", now=utc_now(), clinic_id=clinic.id, detail=detail)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="")
