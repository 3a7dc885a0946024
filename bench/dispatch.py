"""How fast five thousand due texts leave when the carrier takes a tenth of a second over each.

python bench/dispatch.py [TEXTS]
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.fill import databases
from bench.page import Line
from bench.people import add_people
from followup.intake.clinics import set_clinic
from followup.outreach.carrier import Carrier
from followup.outreach.mail import Mailbox
from followup.outreach.send import Post, send_due
from followup.store import Store, open_store
from tests.clinic_day import CLINIC

LATENCY = 0.1
THREADS = (16, 64)
NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)  # no holiday, whenever this is run


def carrier(pipe: Connection) -> None:
    """A carrier that thinks for a tenth of a second and takes everything."""
    made = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal made
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                sizes = [h for h in head.lower().split(b"\r\n") if h.startswith(b"content-length")]
                await reader.readexactly(int(sizes[0].split(b":")[1]))
                await asyncio.sleep(LATENCY)
                made += 1
                body = f'{{"sid": "SM{made:032d}", "status": "queued"}}'
                writer.write(
                    f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def a_carrier() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=carrier, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def measure(kind: str, store: Store, url: str, texts: int) -> Iterator[Line]:
    with store.write() as session:
        set_clinic(session, CLINIC, NOON)
    for threads in THREADS:
        add_people(store, texts, NOON - timedelta(minutes=5), asked=False)
        way_out = Carrier("AC" + "0" * 32, "token", url, store.outside_transaction, threads=threads)
        post = Post(way_out, Mailbox(""), "https://followup.example", threads)
        began, sent, moment = time.perf_counter(), 0, NOON
        while sent < texts:
            if moment > NOON + timedelta(hours=1):
                raise RuntimeError(f"only {sent} of {texts} texts may leave")
            done = send_due(store, post, "bench", lambda at=moment: at)  # type: ignore[misc]
            moment += timedelta(seconds=5)  # the senders breathe between two ticks
            sent += done
        a_second = sent / (time.perf_counter() - began)
        ratio = a_second / (threads / LATENCY)
        yield Line(
            f"dispatch of {texts:,} due texts against threads ÷ latency", f"{kind}, {threads} threads",
            f"{ratio:.2f} ({a_second:.0f} a second)", "≥ 0.9", ratio >= 0.9,
        )  # fmt: skip


def run(texts: int = 5000) -> list[Line]:
    found: list[Line] = []
    with databases() as each, a_carrier() as address:
        for kind, url in each:
            store = open_store(url)
            for line in measure(kind, store, address, texts):
                print(line, flush=True)
                found.append(line)
            store.close()
    return found


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
