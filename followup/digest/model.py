"""A day's digest as one frozen value: text, page, JSON and e-mail are made from it and from nothing else.

Names and numbers are unsealed in here, so a digest is passed on and never stored or logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from followup.digest.place import BUCKETS
from followup.tongue import _

if TYPE_CHECKING:
    from followup.digest.weeks import Week


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """The gravest unresolved alert of a check-in. tier: E (emergency) or S (same day)."""

    id: int
    tier: str
    kind: str
    opened_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    paged_at: datetime | None = None  # when the first page left


@dataclass(frozen=True, slots=True)
class Decided:
    """A provider's signed decision."""

    choice: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """One contact that left, or was refused: `how` is the channel, `came_of` what is known of it."""

    at: datetime
    how: str
    step: str
    came_of: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One procedure on the page. Scores 0 to 10, hours of relief, pw and pn in percent of the baseline.

    `reference` is the roster's procedure_id (`id` is ours), `chart` its patient_id (`person` is ours).
    `disposition`, `reason` and `rule` are "" while nothing is proposed. `words_now` is the message that
    gave the score now. `own_words` are the messages worth reading: what set a warning off, else those with
    more in them than a bare answer, else the one that gave the score.
    """

    id: int
    reference: str
    bucket: str
    chart: str
    name: str
    phone: str
    language: str
    performed_at: datetime
    due_on: date
    kind: str
    levels: str
    side: str
    provider: str = ""
    intent: str = ""
    person: int = 0
    baseline: Decimal | None = None
    best: Decimal | None = None
    hours: Decimal | None = None
    now: Decimal | None = None
    medicine: str | None = None
    activity: bool | None = None
    screen: str = "not answered"  # negative | positive | not answered
    pw: float | None = None
    pn: float | None = None
    disposition: str = ""
    reason: str = ""
    flags: tuple[str, ...] = ()
    rule: str = ""
    why: str = ""  # the reason in words, "" while nothing is proposed
    earliest: date | None = None  # the first day a confirmatory block may be given
    bar: Decimal = Decimal(80)
    window_hours: Decimal = Decimal(8)
    explanation: str = ""
    what_if: tuple[str, ...] = ()  # other bars under which it would be something else
    would_change: tuple[tuple[str, str], ...] = ()  # one answer otherwise, and the disposition it would make
    outcome: str = ""
    ended: str = ""
    ended_by: str = ""
    last_words: str = ""
    words_now: str = ""
    own_words: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    attempts: int = 0
    next_at: datetime | None = None  # when the next contact leaves by itself
    proposed_at: datetime | None = None
    answered_at: datetime | None = None
    to_do: tuple[str, ...] = ()  # open tasks, in words
    alert: AlertSeen | None = None
    decision: Decided | None = None

    @property
    def worse(self) -> bool:
        """Pain worse than before: phoned the same day, whatever the bucket."""
        return self.reason == "pain_worse" and self.bucket not in ("urgent_call", "closed")


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that belongs to no procedure of the page, in words without names."""

    kind: str  # clock | mail | alert | no_check_in | roster | unmatched | sender | task | planned
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cost:
    """What the carrier charges for the check-ins due on the day."""

    segments: int
    calls: int
    amount: Decimal
    currency: str
    completed: int

    @property
    def per_completed(self) -> Decimal | None:
        """None while nobody has answered: nothing can be shared among nobody."""
        return self.amount / self.completed if self.completed else None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Independent counts of one day, and a sentence for whatever is missing."""

    ok: bool
    counts: dict[str, int]
    missing: list[str]


@dataclass(frozen=True, slots=True)
class WeekSum:
    """The seven days from `first` to `last`: every procedure in one bucket, and what is missing.

    `by_day` has seven counts, oldest first, by the day the check-in was due.
    """

    first: date
    last: date
    procedures: int
    by_day: tuple[int, ...]
    buckets: dict[str, int]
    missing: list[str]

    @property
    def ok(self) -> bool:
        return not self.missing and sum(self.buckets.values()) == self.procedures == sum(self.by_day)


@dataclass(frozen=True, slots=True, repr=False)
class Digest:
    clinic: str  # code
    clinic_name: str
    zone: ZoneInfo
    day: date
    generated_at: datetime
    entries: tuple[Entry, ...]
    attention: tuple[Attention, ...]
    cost: Cost
    reconciliation: Reconciliation
    week: WeekSum
    trend: tuple[Week, ...] = ()  # the four weeks before the day, oldest first
    reply_minutes: int | None = None  # the median over those weeks
    callback_number: str = ""
    asked: int = 0  # check-ins due on the day that were asked
    answered: int = 0  # and those of them that were answered
    buckets: dict[str, tuple[Entry, ...]] = field(init=False)

    def __post_init__(self) -> None:
        sorted_in = {b: tuple(e for e in self.entries if e.bucket == b) for b in BUCKETS}
        object.__setattr__(self, "buckets", sorted_in)

    @property
    def missing(self) -> tuple[str, ...]:
        """What does not add up, on the day or in the week; one sentence each, () when all does."""
        week = [_("this week: {sentence}", sentence=sentence) for sentence in self.week.missing]
        if not (self.week.ok or week):
            week = [_("this week: the buckets do not sum up to the procedures")]
        return (*self.reconciliation.missing, *week)

    @property
    def reconciled(self) -> bool:
        return not self.missing

    @property
    def procedures_of(self) -> date:
        """The day most of the page's procedures were done on."""
        return self.day - timedelta(days=1)

    @property
    def local_now(self) -> datetime:
        return self.generated_at.astimezone(self.zone)
