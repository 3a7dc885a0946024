"""A line of the benchmarks, and the page they make together."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Line:
    """What was measured, on what, against what it should reach; `good` None where nothing is asked."""

    what: str
    on: str
    measured: str
    reach: str = ""
    good: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "yes", False: "NO", None: ""}[self.good]
        return f"| {self.what} | {self.on} | {self.measured} | {self.reach} | {verdict} |"


def milliseconds(work: Callable[[], object], times: int = 15) -> float:
    """The median of some runs: a tail here is the machine's."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return median(took) * 1000


def write(lines: list[Line], seconds: float) -> None:
    """docs/benchmarks.md: what falls short first, then everything."""
    short = [line for line in lines if line.good is False]
    head = ["| what | on | measured | to reach | reached |", "| --- | --- | --- | --- | --- |"]
    shown = [
        "# Benchmarks",
        "",
        f"Made by `make bench` on {datetime.now(UTC):%d %B %Y}, in {seconds / 60:.0f} minutes, on "
        f"{os.cpu_count()} cores ({platform.machine()}, Linux {platform.release().split('-')[0]}, Python "
        f"{platform.python_version()}), the load's generator and the carrier's stand-in on the same cores. "
        "Each ratio is of two things measured in this one run; the absolute figures are this machine's.",
        "",
        "## What falls short",
        "",
        *([*head, *map(str, short)] if short else ["Nothing."]),
        "",
        "## Everything",
        "",
        *head,
        *map(str, lines),
        "",
    ]
    PAGE.write_text("\n".join(shown), encoding="utf-8")
