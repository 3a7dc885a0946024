"""The workers, which are killed, and the two webs, which the patients write to."""

from __future__ import annotations

import logging
import multiprocessing
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.inbound import wait_ready
from followup.cli.mortal import _reader, serve
from followup.cli.processes import free_port

SPAWN = multiprocessing.get_context("spawn")


def worker(env: dict[str, str], cell: Any, name: str) -> None:
    """What `python -m scheduler` does, on the shared clock."""
    from followup.config import CLOCK, Settings
    from followup.inbox.spool import Spool
    from followup.setup import open_for_work, open_post
    from scheduler.rounds import one_round

    logging.disable(logging.CRITICAL)
    settings = Settings.from_env(CLOCK, env)
    store = open_for_work(settings)
    post, clock, spool = open_post(settings, store), _reader(cell), Spool(settings.spool_folder)
    while True:
        one_round(store, post, name, clock, spool)
        time.sleep(1)


class Killer(threading.Thread):
    """Keeps so many workers alive, and kills one every so many seconds."""

    def __init__(self, workers: int, every: float, args: tuple[Any, ...]) -> None:
        super().__init__(daemon=True)
        self.every, self.args, self.killed, self.born = every, args, 0, 0
        self.over = threading.Event()
        self.alive = [self._bear() for _ in range(workers)]

    def _bear(self) -> Any:
        self.born += 1
        process = SPAWN.Process(target=worker, args=(*self.args, f"worker-{self.born}"), daemon=True)
        process.start()
        return process

    def run(self) -> None:
        dice = random.Random(7)
        while self.every and not self.over.wait(self.every):
            place = dice.randrange(len(self.alive))
            self.alive[place].kill()
            self.killed += 1
            self.alive[place] = self._bear()

    def stop(self) -> None:
        self.over.set()
        self.join()  # or it would bear another behind our back
        for process in self.alive:
            process.kill()
            process.join()


@contextmanager
def webs(env: dict[str, str], cell: Any, many: int = 2) -> Iterator[list[int]]:
    """The ports of so many web processes of their own, on the shared clock, once each can store a reply."""
    ports, started = [], []
    try:
        for _ in range(many):
            ours, theirs = SPAWN.Pipe()
            ports.append(free_port())
            process = SPAWN.Process(target=serve, args=(env, cell, ports[-1], theirs), daemon=True)
            process.start()
            started.append((process, ours))  # a web ends when its end of the pipe is dropped
        for port, (process, _) in zip(ports, started, strict=True):
            wait_ready(port, process.is_alive)
        yield ports
    finally:
        for process, _ in started:
            process.kill()
            process.join()
