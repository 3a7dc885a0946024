"""`make bench`: every benchmark, one after the other, and docs/benchmarks.md. Leave the machine alone.

python bench/all.py [FOLLOW_UPS ...]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import claims, dispatch, growth, starting
from bench.fill import SIZES
from bench.page import PAGE, Line, write

TEXTS = 5000


def main() -> None:
    began = time.monotonic()
    sizes = sorted(int(word) for word in sys.argv[1:]) or SIZES
    lines: list[Line] = []
    for part in (starting.run, lambda: dispatch.run(TEXTS), claims.run, lambda: growth.run(sizes)):
        lines += part()
        print(f"{time.monotonic() - began:.0f} s so far", flush=True)
    write(lines, time.monotonic() - began)
    print(f"Written to {PAGE.relative_to(Path.cwd())}.")


if __name__ == "__main__":
    main()
