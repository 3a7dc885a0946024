"""What the roster's columns, the schedule's gaps and the record's codes are called on a page."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from followup.digest.words import phone
from followup.intake.fields import UnreadableError
from followup.intake.roster import Refusal

LET_GO: dict[str, Any] = {
    "messages received": _l("texts and calls received"),
    "messages sent": _l("texts and calls sent"),
    "rosters": _l("rosters"),
    "names": _l("patients' names and numbers"),
    "cases": _l("check-ins with their scores"),
}
COLUMNS: dict[str, Any] = {
    "patient_id": _l("Chart number"),
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "phone": _l("Phone"),
    "language": _l("Language"),
    "channel": _l("Asked by"),
    "timezone": _l("Time zone"),
    "consent": _l("Consent to be contacted"),
    "birth_year": _l("Year of birth"),
    "blood_thinner": _l("Blood thinner"),
    "procedure_id": _l("Procedure number"),
    "performed_at": _l("Date and time"),
    "status": _l("Takes place"),
    "kind": _l("Procedure"),
    "levels": _l("Levels"),
    "side": _l("Side"),
    "intent": _l("Purpose"),
    "agent": _l("Anaesthetic"),
    "steroid": _l("Steroid"),
    "sedation": _l("Sedation"),
    "provider": _l("Provider"),
    "baseline_score": _l("Pain before (0 to 10)"),
    "baseline": _l("Pain before (0 to 10)"),
    "post_score": _l("Pain after (0 to 10)"),
    "prior_positive": _l("Earlier positive blocks"),
    "sessions_12m": _l("Sessions in 12 months, this one included"),
}
_YES_NO: dict[str, Any] = {"yes": _l("yes"), "no": _l("no")}
CHOICES: dict[str, dict[str, Any]] = {
    "language": {"en": _l("English"), "es": _l("Spanish")},
    "channel": {"text": _l("text"), "call": _l("call")},
    "consent": _YES_NO,
    "blood_thinner": _YES_NO,
    "status": {
        "performed": _l("as scheduled"),
        "planned": _l("not sure yet"),
        "cancelled": _l("cancelled"),
    },
    "kind": {"facet": _l("facet injection"), "mbb": _l("medial branch block")},
    "side": {"left": _l("left"), "right": _l("right"), "both": _l("both")},
    "intent": {"diagnostic": _l("diagnostic"), "therapeutic": _l("therapeutic")},
    "agent": {
        "lidocaine": _l("lidocaine"),
        "bupivacaine": _l("bupivacaine"),
        "ropivacaine": _l("ropivacaine"),
        "other": _l("other"),
    },
    "steroid": _YES_NO,
    "sedation": _YES_NO,
}
MISSING: dict[str, Any] = {
    "done": _l("not marked as done"),
    "phone": _l("no phone"),
    "bad_phone": _l("number does not work"),
    "stranger": _l("number is not the patient's"),
    "consent": _l("no consent"),
    "baseline": _l("no pain score from before"),
}
# Which cell puts a gap right.
FILLS = {
    "done": "status", "phone": "phone", "bad_phone": "phone", "stranger": "phone", "consent": "consent",
    "baseline": "baseline_score",
}  # fmt: skip


_OUTCOMES: dict[str, Any] = {
    "answered": _l("answered"),
    "no_answer": _l("no answer"),
    "unclear": _l("could not be read"),
    "opt_out": _l("asked to stop"),
    "wrong_person": _l("not the patient's phone"),
    "undeliverable": _l("could not be reached"),
    "no_consent": _l("not asked: no consent"),
    "no_phone": _l("not asked: no phone"),
    "missed": _l("too late to ask"),
    "cancelled": _l("cancelled"),
}


_DISPOSITIONS: dict[str, Any] = {
    "urgent_call": _l("call now"),
    "unreachable_call": _l("to be called"),
    "provider_review": _l("provider review"),
    "candidate_repeat": _l("candidate for another block"),
    "candidate_further_testing": _l("candidate for further testing"),
}


def disposition(code: str) -> str:
    """What the decision table proposes."""
    return str(_DISPOSITIONS.get(code, code))


def outcome(code: str) -> str:
    """How a check-in ended."""
    return str(_OUTCOMES.get(code, code))


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """'Mon 9 Mar 2026 14:30' in the clinic's zone and the reader's language."""
    local = moment.astimezone(zone)
    return str(format_datetime(local, "EEE d MMM y HH:mm", tzinfo=zone, locale=get_locale()))


def moment_or(name: str, value: Any, zone: ZoneInfo) -> str:
    """A roster value in words, a moment in the clinic's zone."""
    if isinstance(value, datetime):
        return moment_words(value, zone)
    if name == "phone" and value:
        return phone(str(value))
    return shown(name, f"{value:f}" if isinstance(value, Decimal) else value)


def shown(name: str, value: Any) -> str:
    """A roster value as a page shows it; a dash for none."""
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return str(CHOICES.get(name, {}).get(str(value), value))


def refusal_words(refusal: Refusal) -> str:
    """Why a cell was refused, and what to write instead. The field stands beside it."""
    said = _both_halves(refusal)
    return said[:1].upper() + said[1:]


def refused_number(problem: UnreadableError) -> str:
    """Why a phone number cannot be used, and how to write it."""
    return f"{_('Phone')}: {_both_halves(problem)}"


def _both_halves(refused: Refusal | UnreadableError) -> str:
    return f"{_(refused.why)}; {_(refused.instead)}."
