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
from followup.tongue import N_, _, ngettext

COUNTED = {
    "urgent_call": N_("urgent"),
    "unreachable_call": N_("to call"),
    "provider_review": N_("review"),
    "candidate_repeat": N_("repeat"),
    "candidate_further_testing": N_("further testing"),
    "waiting": N_("waiting"),
    "closed": N_("closed"),
}
_ASK = {
    "wrong_person": N_("Find the right number in the chart."),
    "undeliverable": N_("Call, and check the number."),
    "no_phone": N_("Find a number in the chart."),
    "no_consent": N_("Call, and ask about texts."),
}
_STEPS = {
    "reminder": N_("reminder"),
    "question": N_("question again"),
    "call": N_("call"),
    "second_call": N_("second call"),
    "day_of": N_("text on the day"),
    "desk": N_("phoned by staff"),
}
KINDS = {"facet": N_("facet"), "mbb": N_("MBB")}
_SIDES = {"": "", "left": N_("left"), "right": N_("right"), "both": N_("both")}
_ENDED = {
    "cancelled": N_("cancelled"),
    "decided": N_("decided"),
    "reached": N_("reached by staff"),
    "declined": N_("declined"),
    "deceased": N_("deceased"),
}
CHOICES = {"repeat": N_("repeat"), "further_testing": N_("further testing"), "other": N_("other")}
_SIGNS = {
    "neuro": N_("numbness or weakness"),
    "bladder_bowel": N_("bladder or bowel"),
    "cardiac_breathing": N_("chest or breathing"),
    "self_harm": N_("self-harm"),
    "glucose": N_("high blood sugar"),
}
_CAUTIONS = {**CAUTIONS, "missed": N_("never asked: too late")}  # with the one that is not the table's
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"), N_("Jul"), N_("Aug"), N_("Sep"),
    N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip
SCRIPT = N_(
    "Say who you are and ask for the patient by name; leave nothing but name and number on a machine. "
    "Ask: usual pain now, 0-10? Weakness, numbness, fever, trouble with bladder or bowels? "
    "Lowest in the first {window} hours, for how long? Pain medicine then? Usual activity?"
)


def day_words(day: date) -> str:
    """'Tue 10 Mar'."""
    return f"{week_day(day)} {day.day} {_(_MONTHS[day.month - 1])}"


def week_day(day: date) -> str:
    """'Tue'."""
    return _(_DAYS[day.weekday()])


def clock(moment: datetime, zone: ZoneInfo, day: date) -> str:
    """'09:12' on the digest's day, 'Mon 09:12' within the week, else 'Mon 2 Mar 09:12'; clinic-local."""
    local = moment.astimezone(zone)
    if local.date() == day:
        return f"{local:%H:%M}"
    if abs((local.date() - day).days) < 7:
        return f"{week_day(local)} {local:%H:%M}"
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
        return _("no number")
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
    return " ".join(filter(None, (_(KINDS[entry.kind]), levels(entry), _(_SIDES[entry.side]))))


def levels(entry: Entry) -> str:
    """'L4-5 L5-S1' for the roster's "L4-L5;L5-S1"."""
    return " ".join(
        re.sub(r"\b([CTLS])(\d+)-\1(\d+)\b", r"\1\2-\3", re.sub("[;,]", " ", entry.levels)).split()
    )


def counted(digest: Digest) -> str:
    """'18 = 1 urgent + 3 to call + …': every bucket, so that the reader can add up."""
    parts = " + ".join(f"{len(digest.buckets[b])} {_(words)}" for b, words in COUNTED.items())
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
    return ngettext(
        "{num} warning has waited for over an hour and nobody has taken it. Call now.",
        "{num} warnings have waited for over an hour and nobody has taken it. Call now.",
        len(late),
    )


def tried(entry: Entry, zone: ZoneInfo, day: date) -> str:
    """'text Tue 10:00 delivered, reminder 13:00': what was tried, in order."""
    return ", ".join(_one_try(t, zone, day) for t in entry.tried) or _("nothing was sent")


def _one_try(one: Tried, zone: ZoneInfo, day: date) -> str:
    step = _(_STEPS.get(one.step, one.how))
    return " ".join(filter(None, (step, clock(one.at, zone, day), _(one.came_of))))


def why(entry: Entry) -> str:
    """The reason in a few words; the full paragraph is `entry.explanation`."""
    code, _colon, kind = entry.reason.partition(":")
    if code == "red_flag":
        return _("warning sign: {signs}", signs=signs(kind))
    if entry.earliest is not None:
        return _("relief reaches the bar; earliest {day}", day=day_words(entry.earliest))
    if entry.bucket == "waiting" and not entry.why:
        return _("still being asked")
    return entry.why or _("nothing is proposed: please look")


def signs(kinds: str) -> str:
    """'numbness or weakness, fever' from the alert's kinds."""
    return ", ".join(_(_SIGNS.get(kind, kind.replace("_", " "))) for kind in kinds.split(","))


def ask(entry: Entry) -> str:
    """What to do on this call beyond the script, "" when the script is enough."""
    return _(_ASK.get(entry.reason, ""))


def cautions(entry: Entry) -> tuple[str, ...]:
    """What a provider should know beside the proposal; none of it changes the proposal."""
    return tuple(_(_CAUTIONS[flag]) for flag in entry.flags)


def caution(entry: Entry) -> str:
    """'caution: sedation was given, a score was given as a range', "" without any."""
    found = cautions(entry)
    return _("caution: {flags}", flags=", ".join(found)) if found else ""


def nearest_change(entry: Entry) -> str:
    """'a lowest of 2 would change it': the answer the proposal hangs on."""
    return _("{what} would change it", what=entry.would_change[0][0]) if entry.would_change else ""


def all_changes(entry: Entry) -> str:
    """'Provider to review with a lowest of 2 or no usual activity.': every such answer, by where to."""
    to: dict[str, list[str]] = {}
    for what, disposition in entry.would_change:
        to.setdefault(disposition, []).append(what)
    return " ".join(
        _("{proposal} with {answers}.", proposal=_(SUGGESTS[there]), answers=_(" or ").join(named))
        for there, named in to.items()
    )


def sentence(text: str) -> str:
    """With a capital letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def ended(entry: Entry) -> str:
    """How a closed case ended and by whom."""
    how = (
        _("decided: {choice}", choice=_(CHOICES.get(entry.decision.choice, entry.decision.choice)))
        if entry.decision
        else _(_ENDED.get(entry.ended, N_("closed")))
    )
    by = entry.decision.by if entry.decision else entry.ended_by
    return f"{how}, {by}" if by else how


def acknowledged(entry: Entry, zone: ZoneInfo, day: date) -> str:
    """'paged 10:13, acknowledged 10:20 by Dr K': who has been told of a warning, and who has it."""
    alert = entry.alert
    if alert is None:
        return _("no open alert")
    paged = _("paged {at}", at=clock(alert.paged_at, zone, day)) if alert.paged_at else ""
    if alert.acknowledged_at is None:
        return ", ".join((paged or _("nobody was paged"), _("NOT ACKNOWLEDGED")))
    at, by = clock(alert.acknowledged_at, zone, day), alert.acknowledged_by
    seen = _("acknowledged {at} by {who}", at=at, who=by) if by else _("acknowledged {at}", at=at)
    return f"{paged}, {seen}" if paged else seen


def carried(entry: Entry, day: date) -> str:
    """'since Mon 9 Mar' for a case of an earlier day."""
    return _("since {day}", day=day_words(entry.due_on)) if entry.due_on < day else ""


def rule(entry: Entry) -> str:
    """'rule 15, facet-v1, clinic's bar 80 %': which row of the table proposed this, under which bar."""
    row = entry.rule.partition("/")[0]
    return _("rule {row}, {version_and_bar}", row=row, version_and_bar=bar(entry)) if row else ""


def bar(entry: Entry) -> str:
    """'facet-v1, clinic's bar 80 %': the table's version, and the bar as it was for this proposal."""
    version = entry.rule.partition("/")[2]
    return _("{version}, clinic's bar {bar} %", version=version, bar=number(entry.bar))


def common_bar(entries: Iterable[Entry]) -> str:
    """The version and bar that all the proposals share, said once above them; "" when they differ."""
    found = {bar(entry) for entry in entries if entry.rule}
    return found.pop() if len(found) == 1 else ""


def scores(entry: Entry) -> str:
    """'before 8, lowest 1, now 7'."""
    before, lowest, now = (number(score) for score in (entry.baseline, entry.best, entry.now))
    return _("before {before}, lowest {lowest}, now {now}", before=before, lowest=lowest, now=now)


def relief(entry: Entry) -> str:
    """'87.5 % for 6 h', '12.5 % now' when the lowest is not known, '' without any."""
    if entry.pw is not None:
        lasted = _(" for {hours} h", hours=number(entry.hours)) if entry.hours is not None else ""
        return f"{percent(entry.pw)} %{lasted}"
    return _("{percent} now", percent=f"{percent(entry.pn)} %") if entry.pn is not None else ""


def behind(entry: Entry, said_above: str = "") -> str:
    """'rule 15; a lowest of 2 would change it; at 50 % …': what the proposal stands on, and how firmly.

    `said_above`: a version and bar that need not be said again.
    """
    by = rule(entry).removesuffix(f", {said_above}") if said_above else rule(entry)
    return "; ".join(filter(None, (by, nearest_change(entry), *entry.what_if)))
