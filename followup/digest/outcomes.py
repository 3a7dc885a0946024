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
from followup.tongue import N_, _

GAP = 10  # points between two answer rates that must not pass unseen
_NEVER = ("no_consent", "no_phone")
_LOST = {
    "no_consent": N_("no consent"),
    "no_phone": N_("no phone number"),
    "opt_out": N_("asked us to stop"),
    "missed": N_("too late to ask"),
    "undeliverable": N_("not delivered"),
    "wrong_person": N_("wrong number"),
    "no_answer": N_("no answer"),
    "unclear": N_("could not be read"),
    "answered": N_("delivery not confirmed"),
    "": N_("still open"),
}
_RUNGS = {
    "first": N_("First contact"),
    "reminder": N_("Reminder"),
    "call": N_("Call"),
    "second_call": N_("Second call"),
    "staff": N_("Staff by phone"),
}
_LANGUAGES = {"en": N_("English"), "es": N_("Spanish")}
_CHANNELS = {"text": N_("By text"), "call": N_("By call")}


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
    by_staff: bool = False


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
        Step(_("Procedures"), len(pairs)),
        Step(_("May be contacted"), len(eligible), _lost(pairs, eligible)),
        Step(_("Sent"), len(sent), _lost(eligible, sent)),
        Step(_("Delivered"), len(delivered), _lost(sent, delivered)),
        Step(_("Answered"), len(answered), _lost(delivered, answered)),
        Step(_("Decided"), len(decided), _undecided(answered)),
    )


def _arrived(period: Period, follow_up: FollowUp) -> bool:
    return any(contact.arrived for contact in period.contacts.get(follow_up.id, ()))


def _lost(before: Sequence[Pair], after: Sequence[Pair]) -> tuple[tuple[str, int], ...]:
    kept = {d.id for d, _f in after}
    why = Counter(_(_LOST.get(f.outcome, f.outcome)) for d, f in before if d.id not in kept)
    return tuple(sorted(why.items(), key=lambda item: (-item[1], item[0])))


def _undecided(answered: Iterable[Pair]) -> tuple[tuple[str, int], ...]:
    why = Counter(
        _("closed by staff") if d.ended else _("not decided yet") for d, _f in answered if not d.decided
    )
    return tuple(sorted(why.items(), key=lambda item: (-item[1], item[0])))


def _rungs(period: Period, pairs: Sequence[Pair]) -> tuple[Rung, ...]:
    after = Counter(_last_rung(period, f) for _, f in pairs if f.answered)
    after["staff"] = sum(d.ended == "reached" and not f.answered for d, f in pairs)
    return tuple(Rung(_(words), after[step], by_staff=step == "staff") for step, words in _RUNGS.items())


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
                found.append(Group(by, _(name), len(members), sum(f.answered for f in members)))
    return tuple(found)


def _gaps(groups: Sequence[Group]) -> tuple[str, ...]:
    said = []
    for by in ("language", "channel"):
        ours = sorted((g for g in groups if g.by == by), key=lambda g: g.percent)
        if len(ours) > 1 and ours[-1].percent - ours[0].percent > GAP:
            low, high = ours[0], ours[-1]
            said.append(
                _(
                    "{low}: {low_share} of {low_asked} answered, {high}: {high_share} of {high_asked}. "
                    "More than {gap} points apart: does the way we ask suit them all?",
                    low=low.name,
                    low_share=f"{low.percent:.0f} %",
                    low_asked=low.asked,
                    high=high.name,
                    high_share=f"{high.percent:.0f} %",
                    high_asked=high.asked,
                    gap=GAP,
                )
            )
    return tuple(said)
