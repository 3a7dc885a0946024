"""What codes are called on a page, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from followup.digest.model import Entry
from followup.digest.words import levels, number, percent, phone

__all__ = ["levels", "number", "percent", "phone", "role", "signs"]

_SIGNS: dict[str, Any] = {
    "neuro": _l("numbness or weakness"),
    "bladder_bowel": _l("bladder or bowel"),
    "infection": _l("signs of infection"),
    "cardiac_breathing": _l("chest or breathing"),
    "self_harm": _l("self-harm"),
    "glucose": _l("high blood sugar"),
    "headache": _l("headache"),
    "allergy": _l("allergic reaction"),
    "bleeding": _l("bleeding"),
    "severe_pain": _l("severe pain"),
    "fall": _l("a fall"),
    "warning_signs": _l("answered yes to the warning signs"),
    "on_call_stopped": _l("an on-call phone asked us to stop"),
}
GROUPS: dict[str, Any] = {
    "urgent": _l("Urgent"),
    "worse": _l("Worse"),
    "review": _l("Review"),
    "call": _l("Call"),
    "decide": _l("Decide"),
    "rest": _l("Resting"),
}
DISPOSITIONS: dict[str, Any] = {
    "urgent_call": _l("Call now"),
    "unreachable_call": _l("Call: not reached"),
    "provider_review": _l("Provider to review"),
    "candidate_repeat": _l("Candidate for confirmatory block"),
    "candidate_further_testing": _l("Candidate for further testing"),
}
CHOICES: dict[str, Any] = {
    "repeat": _l("Repeat injection"),
    "further_testing": _l("Further testing"),
    "other": _l("Other"),
}
_REASONS: dict[str, Any] = {
    "no_answer": _l("No answer to our messages"),
    "unclear": _l("The answers could not be read"),
    "opt_out": _l("Asked for no more messages"),
    "callback": _l("Asks to be called"),
    "wrong_person": _l("The number is somebody else's"),
    "undeliverable": _l("Messages do not arrive"),
    "no_consent": _l("No consent to be contacted"),
    "no_phone": _l("No phone number"),
    "pain_worse": _l("Pain is worse than before"),
    "therapeutic": _l("Meant as treatment: judged later"),
    "baseline_missing": _l("No score from before"),
    "baseline_low": _l("The score before was too low to judge relief by"),
    "not_index_pain": _l("The scores were about another pain"),
    "window_missing": _l("The lowest pain is not known"),
    "delayed_relief": _l("Little relief at first, relief now"),
    "relief_below_50": _l("Too little relief"),
    "partial_relief": _l("Some relief, under the bar"),
    "confounded": _l("Something else may explain the relief"),
    "duration": _l("Relief too short, or its length not known"),
    "two_positive": _l("A second positive block"),
    "session_cap": _l("The year's cap of sessions is reached"),
    "relief_80_sustained": _l("Relief reaches the bar and lasted"),
}
_CAUTIONS: dict[str, Any] = {
    "some_relief": _l("some relief"),
    "analgesic_in_window": _l("pain medicine in the window"),
    "discordant_with_prior": _l("an earlier block was positive"),
    "window_not_recorded": _l("judged by the score now"),
    "med_after_window": _l("pain medicine after the window"),
    "sedation": _l("sedation was given"),
    "range": _l("given as a range"),
    "stated_percent_differs": _l("own percentage differs"),
    "late_reply": _l("answered late"),
    "opted_out": _l("asked for no more messages"),
    "callback": _l("asked to be called"),
    "intent_assumed": _l("intent assumed"),
    "missed": _l("never asked: too late"),
}
_TASKS: dict[str, Any] = {
    "callback": _l("Asks to be called"),
    "unclear": _l("Could not be read: phone and ask"),
    "wrong_person": _l("Find the patient's right number"),
    "opt_out": _l("Asked us to stop: phone if it matters"),
    "opt_in": _l("Wants our messages again: ask once more?"),
    "undeliverable": _l("Messages do not arrive: phone"),
    "late": _l("A text came when nothing was asked: read it"),
    "unmatched": _l("A text from a number that no patient here has"),
    "shared_phone": _l("Several patients use this phone: whose text is it?"),
    "no_words": _l("A photo or an empty text came in"),
    "unread": _l("A message the program could not handle: read it"),
    "corrected": _l("An answer was corrected after the decision: does it still hold?"),
}
_SIDES: dict[str, Any] = {"": "", "left": _l("left"), "right": _l("right"), "both": _l("both sides")}
_KINDS: dict[str, Any] = {"facet": _l("Facet"), "mbb": _l("MBB")}
QUESTIONS: dict[str, Any] = {
    "pain_now": _l("Pain now"),
    "warning_signs": _l("Warning signs"),
    "warning_signs_which": _l("Which warning sign"),
    "pain_best": _l("Lowest pain"),
    "relief_hours": _l("Hours of relief"),
    "took_medicine": _l("Took pain medicine"),
    "medicine_when": _l("Medicine when"),
    "usual_activity": _l("Usual activity"),
    "identity": _l("Who is speaking"),
    "index_pain": _l("About the usual pain"),
}
ANSWERS: dict[str, Any] = {
    "yes": _l("yes"),
    "no": _l("no"),
    "window": _l("in the first hours"),
    "after": _l("only after them"),
    "unsure": _l("not sure"),
    "told": _l("told"),
}
_STATES: dict[str, Any] = {
    "queued": _l("on its way"),
    "sending": _l("on its way"),
    "sent": _l("sent"),
    "delivered": _l("delivered"),
    "undelivered": _l("not delivered"),
    "failed": _l("not delivered"),
    "refused": _l("refused"),
    "unsure": _l("not known to have left"),
    "completed": _l("ended"),
    "busy": _l("busy"),
    "no-answer": _l("nobody picked up"),
    "canceled": _l("cancelled"),
    "ringing": _l("ringing"),
    "in-progress": _l("going on"),
}
_INTENTS: dict[str, Any] = {
    "answer": _l("read as an answer"),
    "opt_out": _l("read as: stop"),
    "opt_in": _l("read as: start again"),
    "help": _l("read as: help"),
    "wrong_person": _l("read as: wrong number"),
    "callback": _l("read as: please call me"),
    "unclear": _l("could not be read"),
}
_OUTCOMES: dict[str, Any] = {
    "answered": _l("answered"),
    "no_answer": _l("no answer"),
    "unclear": _l("not readable"),
    "opt_out": _l("asked us to stop"),
    "wrong_person": _l("wrong number"),
    "undeliverable": _l("not reachable"),
    "no_consent": _l("no consent"),
    "no_phone": _l("no number"),
    "missed": _l("never asked: too late"),
    "cancelled": _l("cancelled"),
    "planned": _l("planned"),
    "open": _l("being asked"),
}
_ENDED: dict[str, Any] = {
    "cancelled": _l("cancelled"),
    "decided": _l("decided"),
    "reached": _l("reached by phone"),
    "declined": _l("declined"),
    "deceased": _l("deceased"),
}
_HOW: dict[str, Any] = {
    "keyword": _l("by a stop word"),
    "words": _l("in their own words"),
    "call": _l("on a call"),
    "carrier": _l("told by the carrier"),
    "staff": _l("told to staff"),
}
ACTS: dict[str, Any] = {
    "reached": _l("Reached, closed"),
    "no_answer": _l("No answer"),
    "wrong_number": _l("Wrong number"),
    "answered": _l("Answers recorded"),
    "declined": _l("Declined, closed"),
    "deceased": _l("Deceased, closed"),
    "task_done": _l("Done"),
}


_ROLES: dict[str, Any] = {
    "frontdesk": _l("front desk"),
    "provider": _l("provider"),
    "admin": _l("admin"),
}


def role(name: str) -> str:
    return str(_ROLES[name])


def flag(code: str) -> str:
    """What a reply was found to carry: a warning sign, a range, another pain."""
    return str(_SIGNS.get(code) or _CAUTIONS.get(code) or _(code.replace("_", " ")))


def signs(kind: str) -> str:
    """'numbness or weakness, fever' for the flags of an alert."""
    flags = [flag for flag in kind.split(",") if flag]
    return ", ".join(str(_SIGNS.get(flag) or _(flag.replace("_", " "))) for flag in flags)


def reason(entry: Entry) -> str:
    """Why the case stands where it stands, in a few words; "" while nothing is proposed."""
    code, _colon, kind = entry.reason.partition(":")
    return signs(kind) if kind else str(_REASONS.get(code, "")) if code else ""


def cautions(entry: Entry) -> list[str]:
    return [str(_CAUTIONS.get(flag) or flag) for flag in entry.flags]


def task(kind: str, said: str) -> str:
    """What a task asks for: in the reader's language when we know the kind, else as it was written down."""
    return str(_TASKS.get(kind) or said)


def procedure(entry: Entry) -> str:
    """'MBB L4-5 L5-S1 both sides'."""
    unbroken = levels(entry).replace("-", "\u2011")  # L4-5 is one word
    parts = (_KINDS.get(entry.kind, entry.kind), unbroken, _SIDES.get(entry.side, entry.side))
    return " ".join(str(part) for part in parts if part)


def ago(moment: datetime, now: datetime) -> str:
    """'27 h' within three days, '5 d' after: since the procedure."""
    gone = max(now - moment, timedelta(0))
    hours = int(gone.total_seconds() // 3600)
    return str(_("%(n)s h", n=hours) if hours < 72 else _("%(n)s d", n=hours // 24))


def tried(count: int) -> str:
    return str(ngettext("phoned once in vain", "phoned %(num)s times in vain", count))


def question(code: str) -> str:
    return str(QUESTIONS.get(code) or code)


def answer(understood: Any) -> str:
    """'7', 'yes', 'in the first hours'."""
    if understood.number is not None:
        return number(understood.number)
    return str(ANSWERS.get(understood.word) or understood.word)


def delivery(state: str) -> str:
    return str(_STATES.get(state) or state)


def intent(code: str) -> str:
    return str(_INTENTS.get(code) or "")


def outcome(code: str) -> str:
    return str(_OUTCOMES.get(code) or code)


def how_stopped(code: str) -> str:
    return str(_HOW.get(code) or code)


def ended(code: str) -> str:
    return str(_ENDED.get(code) or code)
