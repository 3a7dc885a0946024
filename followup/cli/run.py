"""Commands that stay: serve, and the demo."""

from __future__ import annotations

import click

from followup.cli.base import CouldNotStart, open_database, read_settings
from followup.clock import utc_now
from followup.config import WEB, SettingsError


@click.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(port: int, host: str) -> None:
    """Web and clock in one process, for one machine."""
    from followup.logs import set_up_logs
    from followup.memory import keep_what_is_loaded
    from followup.setup import open_post
    from scheduler.alone import the_only_clock
    from scheduler.metronome import start
    from webhooks.app import create_app
    from webhooks.server import Server, until_stopped

    settings = read_settings(WEB)
    set_up_logs(settings.log_level, settings.log_format)
    try:
        with the_only_clock(settings), open_database(WEB) as (_, store):
            server = Server(create_app(settings, store, utc_now), host, port, settings.proxies)
            post = open_post(settings, store)
            keep_what_is_loaded()
            clock = start(settings, store, post, utc_now)
            with server.in_background(), until_stopped():
                click.echo(f"followup serves http://{host}:{server.port} and the clock ticks.")
            post.halt.set()
            clock.shutdown(wait=True)
    except (SettingsError, OSError) as problem:
        raise CouldNotStart(str(problem)) from None
