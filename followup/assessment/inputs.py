"""What the decision table looks at for one procedure.

A plain frozen value, so that the line it was decided from can be stored and read again. `parse`
is the edge: it takes JSON as written by people and other programs and refuses in sentences.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

MEDICINES = ("none", "window", "after", "unsure")
AGENTS = ("lidocaine", "bupivacaine", "ropivacaine", "other")
INTENTS = ("diagnostic", "therapeutic")
# "callback" is a patient who only asked to be called: nothing to decide on, somebody to phone.
CONTACTS = (
    "answered",
    "no_answer",
    "unclear",
    "opt_out",
    "callback",
    "wrong_person",
    "undeliverable",
    "no_consent",
    "no_phone",
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Scores are 0 to 10, hours of relief 0 to 168; None means not known.

    baseline: usual pain before the needle; best: the lowest in the hours after; now: next day.
    medicine: pain medicine in the window, after it, none, or unsure. None counts as unsure: a
    high relief is only taken at its word when nothing else can have made it.
    activity: usual activity done (None, not asked, does not count against the patient).
    index_pain: False when the scores are about another pain.
    intent: None takes the clinic's default and says so with a flag.
    prior_positive: earlier positive blocks; sessions_12m: sessions in 12 months, this one included.
    red_flag: the name of a reported warning sign.
    The rest only adds flags: reply_after_hours from the procedure to the scores,
    stated_percent as the patient put it, range when a score was given as one, and so on.
    """

    baseline: Decimal | None = None
    best: Decimal | None = None
    hours: Decimal | None = None
    now: Decimal | None = None
    medicine: str | None = None
    activity: bool | None = None
    index_pain: bool | None = None
    agent: str | None = None
    intent: str | None = None
    prior_positive: int = 0
    sessions_12m: int = 1
    red_flag: str | None = None
    contact: str = "answered"
    sedation: bool = False
    range: bool = False
    opted_out: bool = False
    callback: bool = False
    reply_after_hours: Decimal | None = None
    stated_percent: Decimal | None = None

    @classmethod
    def parse(cls, line: Mapping[str, Any]) -> "Inputs":
        """Inputs from a JSON object. A missing key or null is "not known"; other keys are left alone.

        Raises ValueError with a sentence: which key, what it held, what to write instead.
        """
        _refuse_misspelt(line)
        return cls(
            baseline=_number(line, "baseline", 0, 10),
            best=_number(line, "best", 0, 10),
            hours=_number(line, "hours", 0, 168),
            now=_number(line, "now", 0, 10),
            medicine=_choice(line, "medicine", MEDICINES),
            activity=_yes_no(line, "activity"),
            index_pain=_yes_no(line, "index_pain"),
            agent=_choice(line, "agent", AGENTS),
            intent=_choice(line, "intent", INTENTS),
            prior_positive=_count(line, "prior_positive", 0),
            sessions_12m=_count(line, "sessions_12m", 1),
            red_flag=_flag_name(line, "red_flag"),
            contact=_choice(line, "contact", CONTACTS) or "answered",
            sedation=_yes_no(line, "sedation") or False,
            range=_yes_no(line, "range") or False,
            opted_out=_yes_no(line, "opted_out") or False,
            callback=_yes_no(line, "callback") or False,
            reply_after_hours=_number(line, "reply_after_hours", 0, 24 * 366),
            stated_percent=_number(line, "stated_percent", -1000, 1000),
        )


_KEYS = tuple(field.name for field in fields(Inputs))


def _refuse_misspelt(line: Mapping[str, Any]) -> None:
    # "basline": 8 would be read as no baseline at all and the case decided without it.
    for key in line:
        if key not in _KEYS:
            near = get_close_matches(str(key), _KEYS, n=1, cutoff=0.8)
            if near:
                raise ValueError(f"{key!r} is not a key: did you mean {near[0]!r}?")


def _number(line: Mapping[str, Any], key: str, low: int, high: int) -> Decimal | None:
    value = line.get(key)
    if value is None:
        return None
    # true is 1 to Python; a yes where a score belongs must not become a score of 1.
    if not isinstance(value, bool) and isinstance(value, int | float | Decimal):
        number = Decimal(str(value))
        if number.is_finite() and low <= number <= high:
            return number
    raise ValueError(
        f"{key} is {_shown(value)}: write a number from {low} to {high}, or null when not known."
    )


def _count(line: Mapping[str, Any], key: str, absent: int) -> int:
    value = line.get(key)
    if value is None:
        return absent
    if isinstance(value, bool) and key == "prior_positive":
        return int(value)  # "was an earlier block positive?" is often kept as yes or no
    if not isinstance(value, bool) and isinstance(value, int | float) and value in range(1000):
        return int(value)
    raise ValueError(f"{key} is {_shown(value)}: write a whole number from 0 to 999, or null when not known.")


def _yes_no(line: Mapping[str, Any], key: str) -> bool | None:
    value = line.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"{key} is {_shown(value)}: write true, false or null.")


def _choice(line: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str | None:
    value = line.get(key)
    if value is None or value in choices:
        return value
    raise ValueError(f"{key} is {_shown(value)}: write one of {', '.join(choices)}.")


def _flag_name(line: Mapping[str, Any], key: str) -> str | None:
    value = line.get(key)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.replace("_", "a").isalnum() and len(value) <= 40:
        return value
    raise ValueError(f"{key} is {_shown(value)}: write the name of a flag, such as neuro, or null.")


def _shown(value: Any) -> str:
    """The refused value, short: a line may hold anything, and the sentence is read in a terminal."""
    text = json.dumps(value, default=str)  # true, not True: in the words of the file it came from
    return text if len(text) <= 40 else text[:37] + "..."
