"""Connection overrides: what a webhook URL's fragment says about timeouts and retries.

`https://clinic.example/sms?o=1#rc=3&rp=all` (Twilio: Webhooks connection overrides). The fragment is never
sent and never signed. Without one, only a failure to connect is retried, once: a 500 or a hang is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag

# key: (default, smallest, largest); milliseconds, retries for rc
LIMITS = {"ct": (5000, 100, 10000), "rt": (15000, 100, 15000), "tt": (15000, 100, 15000), "rc": (1, 0, 5)}
POLICIES = frozenset({"4xx", "5xx", "ct", "rt", "all"})


@dataclass(frozen=True)
class Overrides:
    """Seconds to connect, to read (first byte, then gaps), in total with retries; how often, after what."""

    connect: float
    read: float
    total: float
    retries: int
    retry_on: frozenset[str]

    def retries_after(self, failure: str) -> bool:
        """Whether `failure` ("ct", "rt", "4xx", "5xx") is one that is tried again."""
        return failure in self.retry_on or "all" in self.retry_on


def split(url: str) -> tuple[str, Overrides]:
    """The URL to request and its overrides. Values out of range or unreadable count as not given."""
    address, fragment = urldefrag(url)
    given = dict(parse_qsl(fragment))
    numbers = {}
    for key, (default, smallest, largest) in LIMITS.items():
        text = given.get(key, "")
        value = int(text) if text.isascii() and text.isdigit() else default
        numbers[key] = value if smallest <= value <= largest else default
    policy = frozenset(given.get("rp", "ct").split(",")) & POLICIES
    return address, Overrides(
        connect=numbers["ct"] / 1000,
        read=numbers["rt"] / 1000,
        total=numbers["tt"] / 1000,
        retries=numbers["rc"],
        retry_on=policy or frozenset({"ct"}),
    )
