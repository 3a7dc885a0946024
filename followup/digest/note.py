"""The chart note: one case in ASCII, for pasting into any chart system.

Made from the case alone, never from the moment it is copied, so that two copies of one case are the same
bytes: a note that differs each time cannot be compared with what is already in the chart.
"""

from __future__ import annotations

import unicodedata
from zoneinfo import ZoneInfo

from followup.digest import words
from followup.digest.model import Entry

_QUOTE = 60  # characters of the patient's own words
_LINES = 8
_SIDES = {"left": " left", "right": " right", "both": " bilateral", "": ""}
_KINDS = {"facet": "Lumbar facet injection", "mbb": "Lumbar medial branch block"}
_MEDICINE = {"none": "none", "window": "yes", "after": "only after it", "unsure": "not sure"}
_PROPOSALS = {
    "urgent_call": "urgent call",
    "unreachable_call": "call, not reached",
    "provider_review": "provider to review",
    "candidate_repeat": "candidate for confirmatory block",
    "candidate_further_testing": "candidate for further testing",
}


def chart_note(entry: Entry, zone: ZoneInfo, *, by: str = "automated") -> str:
    """At most 8 lines of ASCII, ending with a line break. `zone` is the clinic's, `by` who asked."""
    lines = [
        _heading(entry, zone, by),
        _procedure(entry, zone),
        _scores(entry),
        _asked(entry),
        _proposal(entry, zone),
    ]
    return "".join(f"{to_ascii(line)}\n" for line in lines[:_LINES])


def to_ascii(text: str) -> str:
    """Accents taken off, typographic marks made plain, line breaks to spaces; anything else becomes '?'."""
    plain = text.translate(_MARKS)
    letters = unicodedata.normalize("NFKD", plain)
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(bare.encode("ascii", "replace").decode().split())


_MARKS = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "¿": "", "¡": ""}
)


def _heading(entry: Entry, zone: ZoneInfo, by: str) -> str:
    at = entry.answered_at
    if at is None:
        return f"Post-procedure pain follow-up, {by}, no answer."
    hours = int((at - entry.performed_at).total_seconds() // 3600)
    local = at.astimezone(zone)
    return f"Post-procedure pain follow-up, {by}, {local:%d %b %Y %H:%M} ({hours} h after procedure)"


def _procedure(entry: Entry, zone: ZoneInfo) -> str:
    where = (words.levels(entry) + _SIDES[entry.side]).strip()
    where = f", {where}" if where else ""
    before = (
        "not recorded" if entry.baseline is None else f"{words.number(entry.baseline)}/10, before procedure"
    )
    return f"{_KINDS[entry.kind]} {entry.performed_at.astimezone(zone):%d %b %Y}{where}. Baseline {before}."


def _scores(entry: Entry) -> str:
    parts = []
    if entry.best is not None:
        relief = "" if entry.pw is None else f", relief {words.percent(entry.pw)}%"
        lasted = "" if entry.hours is None else f" for about {words.number(entry.hours)} h"
        parts.append(f"Lowest {words.number(entry.best)}/10{relief}{lasted}.")
    if entry.now is not None:
        parts.append(f"Now {words.number(entry.now)}/10{_quoted(entry.words_now)}.")
    return " ".join(parts) or "No score given."


def _quoted(said: str) -> str:
    cut = to_ascii(said).replace('"', "'")
    if not cut:
        return ""
    return f': "{cut if len(cut) <= _QUOTE else cut[: _QUOTE - 3].rstrip() + "..."}"'


def _asked(entry: Entry) -> str:
    medicine = _MEDICINE.get(entry.medicine or "", "not asked")
    activity = "not asked" if entry.activity is None else "yes" if entry.activity else "no"
    screen = f"Warning-sign screen: {entry.screen}."
    return f"Pain medicine in the window: {medicine}. Usual activity: {activity}. {screen}"


def _proposal(entry: Entry, zone: ZoneInfo) -> str:
    signed = "Decision: ________ by ________"
    if entry.decision is not None:
        at = entry.decision.at.astimezone(zone)
        choice = entry.decision.choice.replace("_", " ")
        signed = f"Decision: {choice} by {entry.decision.by}, {at:%d %b %Y %H:%M}."
    if not entry.disposition:
        return f"Proposal: none yet. {signed}"
    row, _, version = entry.rule.partition("/")
    rule = f" (rule {row}, {version}, bar {words.number(entry.bar)}%)" if row else ""
    return f"Proposal: {_PROPOSALS[entry.disposition]}{rule}. {signed}"
