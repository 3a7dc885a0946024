"""The page's order: what the front desk does first, then what a provider signs, then what only waits.

Sections are not buckets. Worse pain is phoned the same day whatever its bucket, and so is who is still being
asked and needs a person: both move up to "call today". The counts at the top stay those of the buckets, and
the titles say who moved.
"""

from __future__ import annotations

from dataclasses import dataclass

from followup.digest.model import Digest, Entry
from followup.tongue import _


@dataclass(frozen=True, slots=True, repr=False)
class Section:
    name: str  # call_now | call_today | review | repeat | testing | waiting | closed
    title: str
    note: str
    entries: tuple[Entry, ...]


def sections(digest: Digest) -> tuple[Section, ...]:
    """All seven, empty ones too: "Call now (0)" is an answer."""
    buckets = digest.buckets
    worse = tuple(e for e in digest.entries if e.worse)
    waiting = tuple(e for e in buckets["waiting"] if not e.worse)
    asked = tuple(e for e in waiting if e.to_do)  # "please phone and ask" among who waits is read by nobody
    call_today = (*worse, *buckets["unreachable_call"], *asked)
    review = tuple(e for e in buckets["provider_review"] if not e.worse)
    also = _("{count} more under Call today: pain is worse", count=len(worse)) if worse else ""
    return (
        Section("call_now", _("Call now"), "", buckets["urgent_call"]),
        Section("call_today", _("Call today"), _moved(len(worse), len(asked)), call_today),
        Section("review", _("Provider to review"), also, review),
        Section("repeat", _("Candidates for confirmatory block"), "", buckets["candidate_repeat"]),
        Section("testing", _("Candidates for further testing"), "", buckets["candidate_further_testing"]),
        Section("waiting", _("Waiting for an answer"), "", tuple(e for e in waiting if not e.to_do)),
        Section("closed", _("Closed"), "", buckets["closed"]),
    )


def _moved(worse: int, asked: int) -> str:
    said = (
        (worse, _("{count} with worse pain, listed for review in the counts above", count=worse)),
        (asked, _("{count} still being asked, waiting in the counts above", count=asked)),
    )
    return "; ".join(words for count, words in said if count)
