"""What came of some weeks of follow-up, without flattering anybody. Pure.

A share of relief among those who answered looks better than it is: the silent may have fared worse. So it
is always shown with what it would be if every one of them had failed, and if every one had succeeded.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from followup.assessment import reaches
from followup.digest.model import Cost
from followup.digest.period import CONTACTS, Done, FollowUp, Period, score
from followup.digest.weeks import Week, minutes_to_reply, weeks

GAP = 10  # points between two answer rates that must not pass unseen
_NEVER = ("no_consent", "no_phone")
_LOST = {
    "no_consent": "no consent",
    "no_phone": "no phone number",
    "opt_out": "asked us to stop",
    "missed": "too late to ask",
    "undeliverable": "not delivered",
    "wrong_person": "wrong number",
    "no_answer": "no answer",
    "unclear": "could not be read",
    "answered": "delivery not confirmed",
    "": "still open",
}
_RUNGS = {
    "first": "First contact",
    "reminder": "Reminder",
    "call": "Call",
    "second_call": "Second call",
    "staff": "Staff by phone",
}
_LANGUAGES = {"en": "English", "es": "Spanish"}
_CHANNELS = {"text": "By text", "call": "By call"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel: `count` procedures got here, the others of the step before were lost, and why."""

    name: str
    count: int
    lost: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rung:
    """What one rung of the ladder added: procedures answered after it and before the next."""

    name: str
    added: int


@dataclass(frozen=True, slots=True)
class Relief:
    """Diagnostic procedures that were asked about, and how many are known to have reached the bar."""

    bar: Decimal
    reached: int
    known: int
    asked: int

    @property
    def shares(self) -> tuple[float, float, float] | None:
        """Percent: if every silent patient had failed, among those known, if every one had succeeded."""
        if not self.known:
            return None
        silent = self.asked - self.known
        return (
            100 * self.reached / self.asked,
            100 * self.reached / self.known,
            100 * (self.reached + silent) / self.asked,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Answer rate of the patients who share a language or a channel."""

    by: str  # language | channel
    name: str
    asked: int
    answered: int

    @property
    def percent(self) -> float:
        return 100 * self.answered / self.asked


@dataclass(frozen=True, slots=True)
class Outcomes:
    procedures: int
    funnel: tuple[Step, ...]
    decided_unanswered: int  # decided by a provider although nothing was answered
    rungs: tuple[Rung, ...]
    relief: Relief
    groups: tuple[Group, ...]
    gaps: tuple[str, ...]  # sentences, when two groups lie more than GAP points apart
    median_minutes: int | None
    cost: Cost
    weeks: tuple[Week, ...]


def outcomes(period: Period, count: int, bar: Decimal, default_intent: str) -> Outcomes:
    """Everything of the outcomes page, from a period loaded whole; `bar` in percent, `count` weeks."""
    by_id = {f.id: f for f in period.follow_ups}
    pairs = [(done, by_id[done.check_in_id]) for done in period.procedures]
    groups = _groups(period.follow_ups)
    return Outcomes(
        procedures=len(pairs),
        funnel=_funnel(period, pairs),
        decided_unanswered=sum(d.decided and not f.answered for d, f in pairs),
        rungs=_rungs(period, pairs),
        relief=_relief(pairs, bar, default_intent),
        groups=groups,
        gaps=_gaps(groups),
        median_minutes=minutes_to_reply(period.follow_ups),
        cost=period.cost(period.first, period.last),
        weeks=weeks(period, count),
    )


Pair = tuple[Done, FollowUp]


def _funnel(period: Period, pairs: Sequence[Pair]) -> tuple[Step, ...]:
    eligible = [(d, f) for d, f in pairs if f.outcome not in _NEVER]
    sent = [(d, f) for d, f in eligible if f.asked_at is not None]
    delivered = [(d, f) for d, f in sent if f.answered or _arrived(period, f)]
    answered = [(d, f) for d, f in delivered if f.answered]
    decided = [(d, f) for d, f in answered if d.decided]
    return (
        Step("Procedures", len(pairs)),
        Step("May be contacted", len(eligible), _lost(pairs, eligible)),
        Step("Sent", len(sent), _lost(eligible, sent)),
        Step("Delivered", len(delivered), _lost(sent, delivered)),
        Step("Answered", len(answered), _lost(delivered, answered)),
        Step("Decided", len(decided), _undecided(answered)),
    )


def _arrived(period: Period, follow_up: FollowUp) -> bool:
    return any(contact.arrived for contact in period.contacts.get(follow_up.id, ()))


def _lost(before: Sequence[Pair], after: Sequence[Pair]) -> tuple[tuple[str, int], ...]:
    kept = {d.id for d, _ in after}
    why = Counter(_LOST.get(f.outcome, f.outcome) for d, f in before if d.id not in kept)
    return tuple(sorted(why.items(), key=lambda item: (-item[1], item[0])))


def _undecided(answered: Iterable[Pair]) -> tuple[tuple[str, int], ...]:
    why = Counter("closed by staff" if d.ended else "not decided yet" for d, _ in answered if not d.decided)
    return tuple(sorted(why.items(), key=lambda item: (-item[1], item[0])))


def _rungs(period: Period, pairs: Sequence[Pair]) -> tuple[Rung, ...]:
    after = Counter(_last_rung(period, f) for _, f in pairs if f.answered)
    after["staff"] = sum(d.ended == "reached" and not f.answered for d, f in pairs)
    return tuple(Rung(words, after[step]) for step, words in _RUNGS.items())


def _last_rung(period: Period, follow_up: FollowUp) -> str:
    """The last contact that left before the first answer; who wrote unasked counts for the first."""
    at = follow_up.answered_at
    before = [c.step for c in period.contacts.get(follow_up.id, ()) if at is not None and c.sent_at <= at]
    return max(before, key=CONTACTS.index, default="first")


def _relief(pairs: Sequence[Pair], bar: Decimal, default_intent: str) -> Relief:
    asked = [d for d, f in pairs if f.asked_at is not None and (d.intent or default_intent) == "diagnostic"]
    found = [known for d in asked if (known := _reached(d, bar)) is not None]
    return Relief(bar, sum(found), len(found), len(asked))


def _reached(done: Done, bar: Decimal) -> bool | None:
    """Whether the relief reached the bar; None when the scores do not say."""
    given = json.loads(done.inputs) if done.inputs else {}
    baseline, best, now = (score(given.get(key)) for key in ("baseline", "best", "now"))
    if not baseline:
        return None
    if best is not None:
        return reaches(baseline, best, bar)
    # Relief that is still there the next day was there before; relief that is gone says nothing.
    return True if reaches(baseline, now, bar) else None


def _groups(follow_ups: Sequence[FollowUp]) -> tuple[Group, ...]:
    asked = [f for f in follow_ups if f.asked_at is not None]
    found = []
    for by, names in (("language", _LANGUAGES), ("channel", _CHANNELS)):
        for key, name in names.items():
            members = [f for f in asked if getattr(f, by) == key]
            if members:
                found.append(Group(by, name, len(members), sum(f.answered for f in members)))
    return tuple(found)


def _gaps(groups: Sequence[Group]) -> tuple[str, ...]:
    said = []
    for by in ("language", "channel"):
        ours = sorted((g for g in groups if g.by == by), key=lambda g: g.percent)
        if len(ours) > 1 and ours[-1].percent - ours[0].percent > GAP:
            low, high = ours[0], ours[-1]
            said.append(
                f"{low.name}: {low.percent:.0f} % of {low.asked} answered, {high.name}: "
                f"{high.percent:.0f} % of {high.asked}. More than {GAP} points apart: does the way we ask "
                "suit them all?"
            )
    return tuple(said)
