"""The doctor on call in the demo: reads the page, and takes the alert a few minutes later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.simulator.scripts import Line, Ring

NUMBER = "+12025550190"
_ASKED = re.compile(r"Reply (OK \S+)")


@dataclass
class OnCallDoctor:
    """Answers "OK 41" to a page that asks for it, after `delay` seconds."""

    delay: float = 240.0
    line: Line = "mobile"

    def text_arrived(self, text: str, at: datetime) -> Sequence[tuple[float, str]]:
        asked = _ASKED.search(text)
        return [(self.delay, asked[1])] if asked else []

    def rings(self, at: datetime) -> Ring:
        return Ring()

    def hears(self, words: str, seconds: float, at: datetime) -> Sequence[tuple[float, str]]:
        return [(seconds + 2, "1")]
