"""The reply files of these tests, as parameters: one case a reply, named by its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = (
    HERE.parent.parent.parent / "shared" / "replies" / "peers.jsonl"
)  # outside the repository; may be absent

Wanted = tuple[str, object, bool, tuple[str, ...]]


def load(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def wanted(row: dict[str, Any]) -> Wanted:
    expect = row["expect"]
    return expect["intent"], expect["value"], bool(expect.get("approx")), tuple(sorted(expect["flags"]))


def same_value(a: object, b: object) -> bool:
    """1 and True are equal in Python and not in a chart."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)
