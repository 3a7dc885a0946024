"""What the simulated carrier owes the future: a heap of (moment, action).

Not a scheduler library: the same heap must serve a real clock in a thread and a virtual clock that a
test moves by hand, and must run actions in one reproducible order.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from datetime import datetime
from itertools import count

Action = Callable[[], None]


class Agenda:
    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._order = count()  # two actions of one moment run in the order they were promised
        self._lock = threading.Lock()

    def at(self, moment: datetime, action: Action) -> None:
        """Promise `action` for `moment` (aware UTC; a moment already past means at once)."""
        with self._lock:
            heapq.heappush(self._heap, (moment, next(self._order), action))

    def pop_due(self, now: datetime) -> Action | None:
        with self._lock:
            if self._heap and self._heap[0][0] <= now:
                return heapq.heappop(self._heap)[2]
            return None

    def next_due(self) -> datetime | None:
        with self._lock:
            return self._heap[0][0] if self._heap else None
