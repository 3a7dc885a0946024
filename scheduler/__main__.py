"""`python -m scheduler`: the worker process. Ends on SIGTERM or Ctrl-C once the round in hand is done."""

from __future__ import annotations

import signal
import sys
import threading

from followup.clock import utc_now
from followup.config import CLOCK, Settings, SettingsError
from followup.logs import set_up_logs
from followup.memory import keep_what_is_loaded
from followup.setup import open_for_work, open_post
from scheduler.alone import the_only_clock
from scheduler.metronome import start


def main() -> int:
    try:
        settings = Settings.from_env(CLOCK)
        set_up_logs(settings.log_level, settings.log_format)
        with the_only_clock(settings):
            store = open_for_work(settings)
            done = threading.Event()
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: done.set())
            post = open_post(settings, store)
            keep_what_is_loaded()
            clock = start(settings, store, post, utc_now)
            done.wait()
            post.halt.set()
            clock.shutdown(wait=True)
            store.close()
    except SettingsError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
