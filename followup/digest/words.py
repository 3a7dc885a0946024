"""The page's English: times, people, tries and reasons as staff say them.

One place for all three renderings, so that a case reads the same on paper, in a terminal and on screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

import phonenumbers

from followup.assessment import CAUTIONS, SUGGESTS
from followup.digest.model import Digest, Entry, Tried

COUNTED = {
    "urgent_call": "urgent",
    "unreachable_call": "to call",
    "provider_review": "review",
    "candidate_repeat": "repeat",
    "candidate_further_testing": "further testing",
    "waiting": "waiting",
    "closed": "closed",
}
_ASK = {
    "wrong_person": "Find the right number in the chart.",
    "undeliverable": "Call, and check the number.",
    "no_phone": "Find a number in the chart.",
    "no_consent": "Call, and ask about texts.",
}
_STEPS = {
    "reminder": "reminder",
    "question": "question again",
    "call": "call",
    "second_call": "second call",
    "day_of": "text on the day",
    "desk": "phoned by staff",
}
KINDS = {"facet": "facet", "mbb": "MBB"}
_SIDES = {"": "", "left": "left", "right": "right", "both": "both"}
_ENDED = {
    "cancelled": "cancelled",
    "decided": "decided",
    "reached": "reached by staff",
    "declined": "declined",
    "deceased": "deceased",
}
_SIGNS = {
    "neuro": "numbness or weakness",
    "bladder_bowel": "bladder or bowel",
    "cardiac_breathing": "chest or breathing",
    "self_harm": "self-harm",
    "glucose": "high blood sugar",
}
_NEVER_ASKED = "never asked: too late"
SCRIPT = (
    "Say who you are and ask for the patient by name; leave nothing but name and number on a machine. "
    "Ask: usual pain now, 0-10? Weakness, numbness, fever, trouble with bladder or bowels? "
    "Lowest in the first {window} hours, for how long? Pain medicine then? Usual activity?"
)


def day_words(day: date) -> str:
    """'Tue 10 Mar'."""
    return f"{day:%a} {day.day} {day:%b}"


def clock(moment: datetime, zone: ZoneInfo, day: date) -> str:
    """'09:12' on the digest's day, 'Mon 09:12' within the week, else 'Mon 2 Mar 09:12'; clinic-local."""
    local = moment.astimezone(zone)
    if local.date() == day:
        return f"{local:%H:%M}"
    if abs((local.date() - day).days) < 7:
        return f"{local:%a %H:%M}"
    return f"{day_words(local.date())} {local:%H:%M}"


def number(value: Decimal | None) -> str:
    """7 not 7.0, 1.5 as it is, '?' when not known."""
    return "?" if value is None else f"{value.normalize():f}"


def percent(value: float | None) -> str:
    """One decimal, cut and never rounded up: 79.96 shown as 80 would say that a bar was met."""
    if value is None:
        return "?"
    return number(Decimal(str(value)).quantize(Decimal("0.1"), ROUND_FLOOR))


def phone(e164: str) -> str:
    """'(202) 555-0123' for a North American number, '+44 …' for others, 'no number' without one."""
    if not e164:
        return "no number"
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        parsed, form.NATIONAL if parsed.country_code == 1 else form.INTERNATIONAL
    )


def procedure(entry: Entry) -> str:
    """'facet L4-5 L5-S1 both'."""
    return " ".join(filter(None, (KINDS[entry.kind], levels(entry), _SIDES[entry.side])))


def levels(entry: Entry) -> str:
    """'L4-5 L5-S1' for the roster's "L4-L5;L5-S1"."""
    return " ".join(
        re.sub(r"\b([CTLS])(\d+)-\1(\d+)\b", r"\1\2-\3", re.sub("[;,]", " ", entry.levels)).split()
    )


def counted(digest: Digest) -> str:
    """'18 = 1 urgent + 3 to call + …': every bucket, so that the reader can add up."""
    parts = " + ".join(f"{len(digest.buckets[b])} {words}" for b, words in COUNTED.items())
    return f"{len(digest.entries)} = {parts}"


def waited_too_long(digest: Digest) -> str:
    """The first line when a warning has waited for an hour and nobody on call has taken it, else ""."""
    late = [
        entry
        for entry in digest.entries
        if entry.alert is not None
        and entry.alert.acknowledged_at is None
        and digest.generated_at - entry.alert.opened_at >= timedelta(hours=1)
    ]
    if not late:
        return ""
    who = "1 warning has" if len(late) == 1 else f"{len(late)} warnings have"
    return f"{who} waited for over an hour and nobody has taken it. Call now."


def tried(entry: Entry, zone: ZoneInfo, day: date) -> str:
    """'text Tue 10:00 delivered, reminder 13:00': what was tried, in order."""
    return ", ".join(_one_try(t, zone, day) for t in entry.tried) or "nothing was sent"


def _one_try(one: Tried, zone: ZoneInfo, day: date) -> str:
    return " ".join(filter(None, (_STEPS.get(one.step, one.how), clock(one.at, zone, day), one.came_of)))


def why(entry: Entry) -> str:
    """The reason in a few words; the full paragraph is `entry.explanation`."""
    code, _, kind = entry.reason.partition(":")
    if code == "red_flag":
        return f"warning sign: {signs(kind)}"
    if entry.earliest is not None:
        return f"relief reaches the bar; earliest {day_words(entry.earliest)}"
    return entry.why or "nothing is proposed: please look"


def signs(kinds: str) -> str:
    """'numbness or weakness, fever' from the alert's kinds."""
    return ", ".join(_SIGNS.get(kind, kind.replace("_", " ")) for kind in kinds.split(","))


def ask(entry: Entry) -> str:
    """What to do on this call beyond the script, "" when the script is enough."""
    return _ASK.get(entry.reason, "")


def cautions(entry: Entry) -> tuple[str, ...]:
    """What a provider should know beside the proposal; none of it changes the proposal."""
    return tuple(_NEVER_ASKED if flag == "missed" else CAUTIONS[flag] for flag in entry.flags)


def caution(entry: Entry) -> str:
    """'caution: sedation was given, a score was given as a range', "" without any."""
    found = cautions(entry)
    return f"caution: {', '.join(found)}" if found else ""


def nearest_change(entry: Entry) -> str:
    """'a lowest of 2 would change it': the answer the proposal hangs on."""
    return f"{entry.would_change[0][0]} would change it" if entry.would_change else ""


def all_changes(entry: Entry) -> str:
    """'Provider to review with a lowest of 2 or no usual activity.': every such answer, by where to."""
    to: dict[str, list[str]] = {}
    for what, disposition in entry.would_change:
        to.setdefault(disposition, []).append(what)
    return " ".join(f"{SUGGESTS[there]} with {' or '.join(named)}." for there, named in to.items())


def sentence(text: str) -> str:
    """With a capital letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def ended(entry: Entry) -> str:
    """How a closed case ended and by whom."""
    how = (
        f"decided: {entry.decision.choice.replace('_', ' ')}"
        if entry.decision
        else _ENDED.get(entry.ended, "closed")
    )
    by = entry.decision.by if entry.decision else entry.ended_by
    return f"{how}, {by}" if by else how


def acknowledged(entry: Entry, zone: ZoneInfo, day: date) -> str:
    """'paged 10:13, acknowledged 10:20 by Dr K': who has been told of a warning, and who has it."""
    alert = entry.alert
    if alert is None:
        return "no open alert"
    paged = f"paged {clock(alert.paged_at, zone, day)}, " if alert.paged_at else ""
    if alert.acknowledged_at is None:
        return f"{paged or 'nobody was paged, '}NOT ACKNOWLEDGED"
    by = f" by {alert.acknowledged_by}" if alert.acknowledged_by else ""
    return f"{paged}acknowledged {clock(alert.acknowledged_at, zone, day)}{by}"


def carried(entry: Entry, day: date) -> str:
    """'since Mon 9 Mar' for a case of an earlier day."""
    return f"since {day_words(entry.due_on)}" if entry.due_on < day else ""


def rule(entry: Entry) -> str:
    """'rule 15, facet-v1, clinic's bar 80 %': which row of the table proposed this, under which bar."""
    row, _, _ = entry.rule.partition("/")
    return f"rule {row}, {bar(entry)}" if row else ""


def bar(entry: Entry) -> str:
    """'facet-v1, clinic's bar 80 %': the table's version, and the bar as it was for this proposal."""
    return f"{entry.rule.partition('/')[2]}, clinic's bar {number(entry.bar)} %"


def common_bar(entries: Iterable[Entry]) -> str:
    """The version and bar that all the proposals share, said once above them; "" when they differ."""
    found = {bar(entry) for entry in entries if entry.rule}
    return found.pop() if len(found) == 1 else ""


def scores(entry: Entry) -> str:
    """'before 8, lowest 1, now 7'."""
    return f"before {number(entry.baseline)}, lowest {number(entry.best)}, now {number(entry.now)}"


def relief(entry: Entry) -> str:
    """'87.5 % for 6 h', '12.5 % now' when the lowest is not known, '' without any."""
    if entry.pw is not None:
        return f"{percent(entry.pw)} %" + (f" for {number(entry.hours)} h" if entry.hours is not None else "")
    return f"{percent(entry.pn)} % now" if entry.pn is not None else ""


def behind(entry: Entry, said_above: str = "") -> str:
    """'rule 15; a lowest of 2 would change it; at 50 % …': what the proposal stands on, and how firmly.

    `said_above`: a version and bar that need not be said again.
    """
    by = rule(entry).removesuffix(f", {said_above}") if said_above else rule(entry)
    return "; ".join(filter(None, (by, nearest_change(entry), *entry.what_if)))
