"""The `followup` command: parses, calls, prints.

The composition root, and the only room of the core that may import webhooks, scheduler and simulator; each
inside the command that needs it, so that `--help` stays quick.

Exit codes: 0 done, 1 done with something rejected, 2 could not start (one sentence, no traceback).
"""

from __future__ import annotations

import click

from followup.cli import custody, data, day, people, record, run, staff, streams
from followup.cli.demo import demo
from followup.cli.doctor import doctor
from followup.cli.export import export
from followup.cli.move import move
from followup.cli.simulate import simulate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def followup() -> None:
    """Next-day follow-up after a facet joint injection, by text and call."""


for command in (
    data.migrate,
    data.keys,
    data.clinic,
    data.pause,
    data.resume,
    staff.staff,
    data.import_,
    streams.read,
    streams.assess,
    day.tick,
    day.digest,
    day.series,
    day.outcomes,
    day.reconcile,
    record.audit,
    custody.backup,
    custody.restore,
    people.person,
    people.erase,
    people.purge,
    export,
    move,
    run.serve,
    demo,
    simulate,
    doctor,
):
    followup.add_command(command)


def main() -> None:
    """The console script."""
    followup.main(prog_name="followup")
