"""What was loaded at the start is not looked through again, and what is made afterwards still is."""

from __future__ import annotations

import subprocess
import sys

_SEEN = """
import gc, weakref
from followup.memory import keep_what_is_loaded
keep_what_is_loaded()
kept = gc.get_freeze_count()
class Knot: pass
knot = Knot(); knot.itself = knot
gone = weakref.ref(knot)
del knot
gc.collect()
print(kept > 1000, gone() is None, gc.get_threshold()[0])
"""


def test_what_is_loaded_is_kept_and_what_comes_later_is_let_go() -> None:
    done = subprocess.run([sys.executable, "-c", _SEEN], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "5000"]
