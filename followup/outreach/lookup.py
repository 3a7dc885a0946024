"""Ask the carrier about many rows: several at once, and not for long.

Whenever the carrier, or we, were away, thousands are in doubt together. Asked one after the other they would
keep the pages of the same round waiting for an hour, and a worker that was told to end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

from followup.outreach.outcome import Sighting

T = TypeVar("T")
Seen = list[Sighting] | None

AT_ONCE = 8
_LONG_ENOUGH = timedelta(seconds=5)


def looked_up(
    rows: Sequence[T], look: Callable[[T], Seen], clock: Callable[[], datetime]
) -> Iterator[tuple[T, Seen]]:
    """Each row with what the carrier says of it: None when it could not be asked, and then no more are asked.

    Ends after five seconds by the clock too: what is left is asked about in the next round. `look` is called
    in threads of its own, never while what it brought is being written.
    """
    ends = clock() + _LONG_ENOUGH
    if len(rows) > AT_ONCE:
        rows = random.sample(rows, len(rows))  # several workers would ask about the same ones
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            seen = list(threads.map(look, some))
            yield from zip(some, seen, strict=True)
            if None in seen or clock() >= ends:
                return
