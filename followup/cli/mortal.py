"""The product's web and worker as processes, killed by SIGKILL and started again, on a virtual clock.

Forked from a server that has imported everything: a restart then costs a tenth of a second instead of two, so
that a run meets twenty times the crashes. The clock is a number in shared memory: all read one time, and no
process can die holding a lock on it.
"""

from __future__ import annotations

import logging
import multiprocessing
import random
import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from ctypes import c_double
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from followup.clock import Clock, SetClock

_CONTEXT = multiprocessing.get_context("forkserver")
_IMPATIENT = (1.0, 0.5)  # seconds to connect and to answer: the simulated carrier hangs for one


class SharedClock(SetClock):
    """A clock set here and read by every process."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(moment)
        self.cell: Any = _CONTEXT.RawValue(c_double, moment.timestamp())

    def set(self, moment: datetime) -> None:
        super().set(moment)
        self.cell.value = self().timestamp()


def _reader(cell: Any) -> Clock:
    return lambda: datetime.fromtimestamp(cell.value, UTC)


def serve(env: Mapping[str, str], cell: Any, port: int, life: Connection) -> None:
    """The web process: ends when `life` is closed at the other end."""
    from followup.config import WEB, Settings
    from followup.memory import keep_what_is_loaded
    from followup.setup import open_for_work
    from webhooks.app import create_app
    from webhooks.server import Server

    _begin()
    settings = Settings.from_env(WEB, env)
    server = Server(create_app(settings, open_for_work(settings), _reader(cell)), "127.0.0.1", port)
    keep_what_is_loaded()
    with server.in_background():
        _until_closed(life)


def work(env: Mapping[str, str], cell: Any, name: str, orders: Connection) -> None:
    """A worker process: one round for each order, answered with "" or the kind of what went wrong."""
    from followup.config import CLOCK, Settings
    from followup.inbox.spool import Spool
    from followup.outreach.carrier import Carrier
    from followup.outreach.mail import Mailbox
    from followup.outreach.send import Post
    from followup.setup import open_for_work
    from scheduler.rounds import one_round

    _begin()
    settings = Settings.from_env(CLOCK, env)
    store = open_for_work(settings)
    carrier = Carrier(
        settings.account_sid, settings.auth_tokens[0], settings.twilio_api_url, store.outside_transaction,
        timeout=_IMPATIENT,
    )  # fmt: skip
    post = Post(carrier, Mailbox(settings.smtp_url), settings.public_url, threads=8)
    while True:
        try:
            orders.recv()
        except EOFError:
            return
        try:
            one_round(store, post, name, _reader(cell), Spool(settings.spool_folder))
            orders.send("")
        except Exception as problem:  # as the metronome does: the next round tries again
            orders.send(type(problem).__name__)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes our pipe
    logging.disable(logging.CRITICAL)


def _until_closed(life: Connection) -> None:
    try:
        life.recv()
    except EOFError:
        return


class Mortals:
    """Some webs and some workers. `tick()` orders a round; between `storm()` and `calm()` they are killed."""

    def __init__(
        self, env: Mapping[str, str], clock: SharedClock, ports: Sequence[int], workers: int, seed: int
    ) -> None:
        """`ports`: where each web process listens."""
        _CONTEXT.set_forkserver_preload(["scheduler.rounds", "webhooks.app", "webhooks.server"])
        self._env, self._cell, self._ports, self._seed = dict(env), clock.cell, ports, seed
        self.killed = {"worker": 0, "web": 0}
        self.troubles: list[str] = []  # rounds that ended with an error
        self._turn = threading.Lock()
        self._quiet = threading.Event()
        self._reaper: threading.Thread | None = None
        self._doomed = False
        self._lives = 0
        self._webs = [self._start_web(port) for port in ports]
        self._workers = [self._start_worker() for _ in range(workers)]

    def tick(self) -> None:
        """A round of each worker; one that dies in it is started again and does its next round next time."""
        with self._turn:
            ordered = [pair for pair in list(self._workers) if self._order(pair[1])]
            if self._doomed:
                self._doomed = False
                self._workers[0][0].kill()
                self.killed["worker"] += 1
        for _, orders in ordered:
            try:
                if trouble := orders.recv():
                    self.troubles.append(trouble)
            except (EOFError, OSError):
                continue
        with self._turn:
            for place, (process, orders) in enumerate(self._workers):
                if not process.is_alive():
                    orders.close()
                    self._workers[place] = self._start_worker()

    def _order(self, orders: Connection) -> bool:
        try:
            orders.send("round")
        except OSError:
            return False
        return True

    def doom_a_worker(self) -> None:
        """Kill a worker in the middle of the next round."""
        self._doomed = True

    def storm(self, kill_every: float) -> None:
        """Begin to kill one of them every `kill_every` real seconds on average, workers twice as often."""
        self._reaper = threading.Thread(target=self._reap, args=(kill_every,), daemon=True)
        self._reaper.start()

    def _reap(self, every: float) -> None:
        dice = random.Random(f"reaper:{self._seed}")  # noqa: S311 - not secret
        while not self._quiet.wait(dice.uniform(0.5, 1.5) * every):
            if dice.random() < 0.67:
                with self._turn:
                    process = dice.choice(self._workers)[0]
                    process.kill()
                self.killed["worker"] += 1
            else:
                place = dice.randrange(len(self._webs))
                web, life = self._webs[place]
                web.kill()
                web.join()
                life.close()
                self.killed["web"] += 1
                self._webs[place] = self._start_web(self._ports[place])

    def calm(self) -> None:
        """Kill nobody any more."""
        self._quiet.set()
        if self._reaper is not None:
            self._reaper.join()

    def close(self) -> None:
        self.calm()
        for process, pipe in (*self._workers, *self._webs):
            pipe.close()
            process.kill()
            process.join()

    def _start_worker(self) -> tuple[BaseProcess, Connection]:
        self._lives += 1
        return self._start(work, f"worker-{self._lives}")

    def _start_web(self, port: int) -> tuple[BaseProcess, Connection]:
        started = self._start(serve, port)
        until = time.monotonic() + 30
        while not _listens(port):
            if time.monotonic() > until or not started[0].is_alive():
                raise RuntimeError("the web process does not start")
            time.sleep(0.01)
        return started

    def _start(self, what: Any, own: object) -> tuple[BaseProcess, Connection]:
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=what, args=(self._env, self._cell, own, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, ours


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
