"""A carrier for a hundred thousand texts: small, in one process, with a memory of all it made.

The demo's carrier plays phones, faults and receipts for each text: it would be what is measured.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, urlsplit

THINKS = 0.05  # seconds
ANSWERED = 10  # every tenth text finds somebody who writes back at once


class Ledger:
    """What was made, in order; `at` is the time that is played, `real` the machine's, both in seconds."""

    def __init__(self, cell: Any, heard: Any) -> None:
        self.made: list[dict[str, Any]] = []
        self._by_phone: dict[str, list[dict[str, Any]]] = {}
        self._cell, self._heard = cell, heard

    def make(self, body: str) -> dict[str, Any]:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        callback = urlsplit(form.get("StatusCallback", "")).query
        one = {
            "sid": f"{'SM' if 'Body' in form else 'CA'}{len(self.made):032d}", "status": "queued",
            "to": form["To"], "from": form.get("From", ""), "body": form.get("Body", ""),
            "date_created": format_datetime(datetime.fromtimestamp(self._cell.value, UTC)),
            "row": parse_qs(callback).get("o", [""])[0], "at": self._cell.value, "real": time.monotonic(),
        }  # fmt: skip
        self.made.append(one)
        self._by_phone.setdefault(one["to"], []).append(one)
        if one["body"] and len(self.made) % ANSWERED == 0:
            self._heard.put((one["to"], one["from"]))
        return one

    def listed(self, head: str) -> dict[str, Any]:
        asked = parse_qs(urlsplit(head.split(" ")[1]).query)
        return {"messages": self._by_phone.get(asked.get("To", [""])[0], []), "next_page_uri": None}


def carrier(cell: Any, heard: Any, pipe: Connection) -> None:
    """Tells its port, serves until anything comes through `pipe`, and then gives its ledger."""
    ledger = Ledger(cell, heard)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                sizes = [h for h in head.lower().split("\r\n") if h.startswith("content-length")]
                body = (await reader.readexactly(int(sizes[0].split(":")[1]))).decode() if sizes else ""
                made = head.startswith("POST")
                told = ledger.make(body) if made else ledger.listed(head)
                await asyncio.sleep(THINKS)
                words = json.dumps(told).encode()
                status = "201 Created" if made else "200 OK"
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(words)}\r\n\r\n".encode()
                    + words
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve_forever() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        pipe.send(ledger.made)

    asyncio.run(serve_forever())
