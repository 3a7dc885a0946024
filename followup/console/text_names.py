"""What each text that patients get is called on the wording page, and when it is sent."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

TEXTS: dict[str, Any] = {
    "opening": _l("First text, around the first question"),
    "reminder": _l("Reminder, around the open question"),
    "understood": _l("Before the next question: what was understood"),
    "thanks": _l("Before the next question: thanks alone"),
    "given_up": _l("Before the next question, after two unclear replies"),
    "closing": _l("Last text"),
    "closing_handed_over": _l("Last text, when staff read the answers"),
    "closing_warned": _l("Last text, after a warning sign"),
    "callback": _l("Answer to a wish for a call"),
    "help": _l("Answer to HELP"),
    "stopped": _l("Answer to STOP"),
    "started": _l("Answer to START"),
    "who": _l("Answer to: who is this?"),
    "wrong_person": _l("Answer to: wrong number"),
    "shared_phone": _l("When several patients share the phone"),
    "late": _l("When the questions were closed already"),
    "unknown_number": _l("To a number we do not know"),
    "no_words": _l("To a photo or an empty text"),
    "kept": _l("When a reply could not be read just now"),
    "day_of": _l("Text on the day itself"),
    "pain_now": _l("Pain now"),
    "warning_signs": _l("Warning signs"),
    "warning_signs_which": _l("Which warning sign"),
    "pain_best": _l("Lowest pain"),
    "relief_hours": _l("Hours of relief"),
    "took_medicine": _l("Pain medicine"),
    "medicine_when": _l("When the medicine was taken"),
    "usual_activity": _l("Usual activities"),
}
FORMS: dict[str, Any] = {
    "ask": _l("question"),
    "again": _l("after an unclear reply"),
    "about": _l("after a reply about another pain"),
    "back": _l("after a range"),
}
PLACES: dict[str, Any] = {
    "clinic": _l("the clinic's name in texts"),
    "hello": _l("a space and the patient's given name, or nothing"),
    "number": _l("the number to call"),
    "question": _l("the question"),
    "heard": _l("what was understood, such as: 7 now"),
    "window": _l("the hours after the procedure"),
    "low": _l("the lower end of what was said"),
    "high": _l("the higher end of what was said"),
}


def title(key: str) -> str:
    """'Pain now: after an unclear reply' for pain_now.en.again."""
    name, _lang, form = (*key.split("."), "")[:3]
    named = str(TEXTS.get(name, name.replace("_", " ")))
    return f"{named}: {FORMS[form]}" if form in FORMS else named
