"""Less to look through: what a process loaded at its start stays, and is not garbage.

Python's collector looks through all 300,000 objects of the program now and then: a page or a patient's reply
that comes then waits 100 to 200 ms longer.
"""

from __future__ import annotations

import gc

_YOUNG = 5_000  # objects made before the newest are looked at: at 20,000 `serve` held 151 MiB, and may 150


def keep_what_is_loaded() -> None:
    """Call once, when a process has loaded all and before its first request or round."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
