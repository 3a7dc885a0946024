"""What came of asking a carrier or mail server to send: four named values, and nothing between them.

Everything that follows (resend, wait, ask the carrier, tell staff) is decided from these. The one that
matters most is Unsure: a request that timed out may well have been carried out, and a second one
would reach the patient twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SKEW = timedelta(minutes=2)  # between the carrier's clock and ours


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took it, under this id."""

    sid: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A definite no: nothing was sent and the same request would be refused again."""

    code: int


@dataclass(frozen=True, slots=True)
class Later:
    """A definite "not now": nothing was sent, ask again after `seconds`."""

    code: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody knows whether it was sent. Never resend before the carrier was asked."""

    why: str  # timeout | connection lost | server error | unreadable answer | crash


Outcome = Accepted | Refused | Later | Unsure


@dataclass(frozen=True, slots=True)
class Sighting:
    """A message or call the carrier says it has; a call has no body."""

    sid: str
    status: str
    body: str
    created_at: datetime
    error: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A text or a call in the carrier's list of a day, theirs or ours; a call has no body."""

    sid: str
    direction: str  # inbound | outbound-api | outbound-reply ...
    sender: str
    to: str
    service: str  # the messaging service it went through, or ""
    body: str
    media: int
    created_at: datetime
