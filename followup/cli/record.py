"""Commands about the record of who did what."""

from __future__ import annotations

import sys

import click

from followup.cli.base import CouldNotStart, open_database


@click.group()
def audit() -> None:
    """The record of who did what."""


@audit.command("verify")
@click.option("--head", default="", help="What an earlier run printed as the chain's head.")
def audit_verify(head: str) -> None:
    """Go along the chain of the record; 1 and a sentence for each row that is not as it was sealed."""
    from followup.audit.seal import verify
    from followup.progress import bar

    number, _, hashed = head.partition(":")
    if head and not (number.isdecimal() and len(hashed) == 64):
        raise CouldNotStart("--head is written like 1234:9f86d0..., as an earlier run printed it.")
    with open_database() as (_, store), bar("Verifying") as progress:
        found = verify(store, head, progress)
    for sentence in found.wrong:
        click.echo(sentence, err=True)
    click.echo(f"{found.links} rows are sealed, {found.unsealed} are newer than the last sealing.")
    click.echo(f"Head: {found.head}")
    if found.wrong:
        click.echo("The record was tampered with.", err=True)
        sys.exit(1)
    click.echo("The record is as it was sealed.")
