"""`make soak-scale`: a morning of many clinics in four time zones, on PostgreSQL. Not collected by pytest.

    python -m tests.morning [--clinics N] [--procedures N] [--workers N] [--kill-every SECONDS]

Real processes on a shared clock that runs in real time while anything is due and jumps when nothing is. The
carrier is a small one of its own, in one process, with a memory of all it made: at the end its list is held
against the database. A tenth of the patients answer through two web processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import requests
from sqlalchemy import func, text
from sqlmodel import select

from bench.fill import _migrated
from bench.inbound import environment, requests_of
from bench.people import add_people
from followup.cli.mortal import SharedClock, _reader, serve
from followup.cli.processes import _free_port
from followup.intake.clinics import set_clinic
from followup.store import Store, open_store, unlock
from followup.store.models import CheckIn, Clinic, Outbound
from tests import postgres
from tests.clinic_day import CLINIC

ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
DAY = datetime(2026, 3, 10, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")


def carrier(cell: Any, pipe: Connection) -> None:
    """Takes texts after 50 ms, lists them by number, and tells at the end what it made."""
    made: list[dict[str, str]] = []
    by_phone: dict[str, list[dict[str, str]]] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = [
                    int(h.split(":")[1]) for h in head.split("\r\n") if h.lower().startswith("content-length")
                ]
                body = (await reader.readexactly(length[0])).decode() if length and length[0] else ""
                told, status = (
                    (_made(body), "201 Created") if head.startswith("POST") else (_list(head), "200 OK")
                )
                await asyncio.sleep(0.05)
                words = json.dumps(told)
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(words)}\r\n\r\n{words}".encode()
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _made(body: str) -> dict[str, Any]:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        at = datetime.fromtimestamp(cell.value, UTC)
        row = parse_qs(urlsplit(form.get("StatusCallback", "")).query).get("o", [""])[0]
        one = {
            "sid": f"SM{len(made):032d}", "status": "queued", "to": form["To"], "body": form["Body"],
            "date_created": format_datetime(at), "row": row, "at": str(cell.value),
            "from": form.get("From", ""),
        }  # fmt: skip
        made.append(one)
        by_phone.setdefault(form["To"], []).append(one)
        return one

    def _list(head: str) -> dict[str, Any]:
        asked = parse_qs(urlsplit(head.split(" ")[1]).query)
        return {"messages": by_phone.get(asked.get("To", [""])[0], []), "next_page_uri": None}

    async def serve_forever() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        pipe.send(made)

    asyncio.run(serve_forever())


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


def fill(store: Store, clinics: int, procedures: int) -> int:
    """The clinics, a quarter in each zone, everybody due at ten there; returns how many texts are owed."""
    with store.write() as session:
        for n in range(clinics):
            words = CLINIC.replace('"harbor"', f'"clinic-{n}"').replace("segments_per_second = 1000\n", "")
            words = words.replace("+12025550123", f"+1{300 + n // 100}55501{n % 100:02d}")
            set_clinic(session, words.replace("America/New_York", ZONES[n % 4]), DAY)
    ten = {z: datetime(2026, 3, 10, 10, tzinfo=ZoneInfo(z)).astimezone(UTC) for z in ZONES}
    for _ in range(procedures):
        add_people(store, clinics, ten[ZONES[0]], asked=False)
    with store.write() as session:
        for clinic in session.exec(select(Clinic)).all():
            zone = ZONES[int(clinic.code.split("-")[1]) % 4]
            for table in ("outbound", "check_in"):
                session.execute(
                    text(f"UPDATE {table} SET due_at = :at WHERE clinic_id = :id"),
                    {"at": ten[zone], "id": clinic.id},
                )
    return clinics * procedures


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
        for process in self.alive:
            process.kill()
            process.join()


@contextmanager
def webs(env: dict[str, str], cell: Any) -> Iterator[list[int]]:
    ports, started = [], []
    for _ in range(2):
        ours, theirs = SPAWN.Pipe()
        ports.append(_free_port())
        started.append((SPAWN.Process(target=serve, args=(env, cell, ports[-1], theirs), daemon=True), ours))
        started[-1][0].start()
    for port in ports:
        while True:
            try:
                requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5)
                break
            except requests.RequestException:
                time.sleep(0.1)
    yield ports
    for process, _ in started:
        process.kill()


def reply(asked: list[tuple[str, str]], ports: list[int], answers: Counter[int]) -> None:
    """Every tenth patient says 7, through either web."""
    import http.client

    phones, senders = [phone for phone, _ in asked], [sender for _, sender in asked]
    for number, post in enumerate(requests_of(phones, "7", "m", senders)):
        head, _, body = post.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        line = http.client.HTTPConnection("127.0.0.1", ports[number % 2], timeout=60)
        line.request("POST", "/twilio/sms", body, headers)
        answers[line.getresponse().status] += 1
        line.close()


def play(store: Store, clock: SharedClock, owed: int, minutes: float) -> tuple[float, float]:
    """Until nothing is due, or the time is up; (seconds in which texts were due, all seconds)."""
    began, draining = time.monotonic(), 0.0
    while time.monotonic() - began < minutes * 60:
        with store.read() as session:
            firsts = "SELECT COUNT(*) FROM outbound WHERE step = 'first' AND state "
            left = session.execute(text(firsts + "IN ('planned', 'sending', 'unsure')")).scalar()
            waiting = text(firsts + "= 'planned' AND due_at <= :now")
            due = session.execute(waiting, {"now": clock()}).scalar()
        print(f"{clock():%H:%M:%S} UTC: {due} due, {left} of {owed} to settle", file=sys.stderr, flush=True)
        if not left:
            break
        if due:
            time.sleep(2)
            clock.set(clock() + timedelta(seconds=2))
            draining += 2
        else:
            time.sleep(1)
            clock.set(_next_moment(store, clock()))
    return draining, time.monotonic() - began


def _next_moment(store: Store, now: datetime) -> datetime:
    """When the next zone begins; half a minute on while the fate of a text is still open."""
    with store.read() as session:
        open_fate = session.exec(
            select(Outbound.id).where(Outbound.step == "first", Outbound.state.in_(("sending", "unsure")))
        ).first()
        begins = session.exec(
            select(func.min(Outbound.due_at)).where(Outbound.step == "first", Outbound.state == "planned")
        ).one()
    return now + timedelta(seconds=30) if open_fate is not None or begins is None else max(begins, now)


def violations(store: Store, made: list[dict[str, str]], owed: int, answers: Counter[int]) -> list[str]:
    rows, words = Counter(one["row"] for one in made), Counter((one["to"], one["body"]) for one in made)
    wrong = [f"row {row} was sent {n} times" for row, n in rows.items() if n > 1]
    wrong += [f"the phone {to} got the same words {n} times" for (to, _), n in words.items() if n > 1]
    with store.read() as session:
        zones = {row.sender: ZoneInfo(json.loads(row.file)["clinic"]["timezone"])
                 for row in session.exec(select(Clinic)).all()}  # fmt: skip
        never = session.execute(text("SELECT COUNT(*) FROM check_in WHERE first_asked_at IS NULL")).scalar()
        open_rows = session.execute(
            text("SELECT COUNT(*) FROM outbound WHERE state IN ('sending', 'unsure') AND channel = 'text'")
        ).scalar()
        heard = session.execute(text("SELECT COUNT(*) FROM inbound")).scalar() or 0
    for one in made:
        local = datetime.fromtimestamp(float(one["at"]), UTC).astimezone(zones[one["from"]])
        if not 9 <= local.hour < 19:
            wrong.append(f"a text left at {local:%H:%M} there")
    wrong += [f"{never} patients were never asked"] if never else []
    wrong += [f"{open_rows} texts are still in doubt"] if open_rows else []
    wrong += [f"{n} webhooks were answered with {status}" for status, n in answers.items() if status != 200]
    wrong += [f"{sum(answers.values()) - heard} replies were lost"] if heard < sum(answers.values()) else []
    return wrong


def main() -> int:
    parse = argparse.ArgumentParser()
    parse.add_argument("--clinics", type=int, default=1000)
    parse.add_argument("--procedures", type=int, default=10)
    parse.add_argument("--workers", type=int, default=4)
    parse.add_argument("--kill-every", type=float, default=20)
    parse.add_argument("--minutes", type=float, default=15)
    given = parse.parse_args()
    unlock([bytes(range(32))])
    with postgres.server() as server, server.database() as url, tempfile.TemporaryDirectory() as folder:
        store = open_store(_migrated(url))
        owed = fill(store, given.clinics, given.procedures)
        clock = SharedClock(datetime(2026, 3, 10, 10, tzinfo=ZoneInfo(ZONES[0])))
        ours, theirs = SPAWN.Pipe()
        SPAWN.Process(target=carrier, args=(clock.cell, theirs), daemon=True).start()
        env = environment(url) | {
            "TWILIO_API_URL": f"http://127.0.0.1:{ours.recv()}", "FOLLOWUP_SPOOL": folder,
        }  # fmt: skip
        answers: Counter[int] = Counter()
        with webs(env, clock.cell) as ports:
            killer = Killer(given.workers, given.kill_every, (env, clock.cell))
            killer.start()
            draining, took = play(store, clock, owed, given.minutes)
            with store.read() as session:
                asked = session.exec(
                    select(Outbound.to, Outbound.sender).where(Outbound.state == "sent")
                ).all()[::10]
            reply(list(asked), ports, answers)
            killer.stop()
        ours.send("end")
        made = ours.recv()
        wrong = violations(store, made, owed, answers)
        with store.read() as session:
            waits = session.exec(
                select(CheckIn.first_asked_at, CheckIn.due_at).where(CheckIn.first_asked_at.is_not(None))
            ).all()
        longest = max(((at - due).total_seconds() for at, due in waits), default=0)
        store.close()
    print(
        f"{given.clinics} clinics with {given.procedures} procedures, {given.workers} workers, 2 webs; "
        f"{killer.killed} workers killed.\n"
        f"{len(made)} texts made, {sum(answers.values())} replies taken in.\n"
        f"Longest wait of a due text {longest:.0f} s; "
        f"{len(made) / max(draining, 1):.0f} texts a second while any were due.\n"
        f"Played in {took:.0f} s: {len(wrong)} violations."
    )
    for sentence in wrong[:50]:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
