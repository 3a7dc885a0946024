"""Each kind of roster cell, from what staff type to one value, or a sentence on what to type instead.

Many spellings are taken where all of them mean one thing (a phone number, a yes). Where a cell could mean
two things (31/12, a range of scores) it is refused: a wrong date or score is worse than a second look.
Cells arrive trimmed and never empty; what an empty cell means is the roster's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers

from followup.checkin.timing import local_moment

# Years in which a procedure can have been or be planned; outside them date arithmetic ends somewhere.
_YEARS = range(1900, 2101)
_ISO_DATES, _US_DATES = ("%Y-%m-%d",), ("%m/%d/%Y", "%m/%d/%y")
_WHOLE_DAY, _HALF_DAY = ("%H:%M", "%H:%M:%S"), ("%I:%M %p", "%I:%M:%S %p")


class UnreadableError(ValueError):
    """Why a cell was refused and what to write instead: two halves of one sentence."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(f"{why}; {instead}")
        self.why, self.instead = why, instead


def short_text(longest: int) -> Callable[[str], str]:
    """A reader for plain words of at most `longest` characters."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise UnreadableError("too long", "shorten it")
        return text

    return read


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A local date and time (ISO or US order) as a UTC moment; an ISO offset or Z is taken at its word.

    A time that the clocks skip in spring moves forward, one that comes twice in autumn is the first.
    """
    how = "write it like 2026-03-09 14:30 or 3/9/2026 2:30 PM"
    found = _date_and_time(text)
    if found is None:
        if _date_and_time(f"{text} 00:00"):
            raise UnreadableError("has no time of day", how)
        raise UnreadableError("not a date we can read", how)
    if found.year not in _YEARS:
        raise UnreadableError("the year cannot be right", how)
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    return local_moment(found.date(), found.time(), zone)


def _date_and_time(text: str) -> datetime | None:
    if re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    # "2:30 p.m." and "2:30PM" are one thing to everybody but strptime.
    plain = re.sub(r"\s*\b([ap])\.?\s?m\b\.?$", r" \1m", text.lower().replace("t", " "))
    plain = re.sub(r"(\d)([ap]m)$", r"\1 \2", plain)
    days = _US_DATES if "/" in plain else _ISO_DATES
    times = _HALF_DAY if plain.endswith("m") else _WHOLE_DAY
    for form in (f"{day} {time}" for day in days for time in times):
        try:
            return datetime.strptime(plain, form)  # noqa: DTZ007 - local by contract; the caller adds the zone
        except ValueError:
            continue
    return None


def phone(text: str) -> str:
    """A number as people write it, in E.164. Numbers without a country code are US numbers.

    Possible, not assigned: new area codes appear faster than tables of them, and the carrier is the one who
    knows. A US number must still look like one (NANP: area code and exchange start with 2 to 9).
    """
    how = "write it like +1 202 555 0123, or leave it empty when there is none"
    if re.search(r"(x|ext|#|;)[\s.]*\d+$", text, re.IGNORECASE):
        raise UnreadableError("has an extension, which cannot be texted", how)
    if not re.fullmatch(r"[+\d\s().\-‐‑‒–—]+", text):
        raise UnreadableError("not a phone number", how)
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        raise UnreadableError("not a phone number", how) from None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        raise UnreadableError("has no area code", how)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise UnreadableError("has too few or too many digits", how)
    national = phonenumbers.national_significant_number(number)
    if number.country_code == 1 and not re.fullmatch(r"[2-9]\d\d[2-9]\d{6}", national):
        raise UnreadableError("no US number looks like this", how)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def choice(spellings: Mapping[str, str], instead: str) -> Callable[[str], str]:
    """A reader for one of a few words, in any of their spellings."""

    def read(text: str) -> str:
        found = spellings.get(" ".join(text.lower().rstrip(".").replace("_", " ").split()))
        if found is None:
            raise UnreadableError("not one of the words we know", instead)
        return found

    return read


_YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "sí", "si"), "yes"),
    **dict.fromkeys(("no", "n", "false", "f", "0"), "no"),
}


def yes_no(text: str) -> bool:
    return choice(_YES_NO, "write yes or no")(text) == "yes"


language = choice(
    {
        **dict.fromkeys(("en", "eng", "english", "en-us", "inglés", "ingles"), "en"),
        **dict.fromkeys(("es", "spa", "spanish", "es-us", "es-mx", "español", "espanol", "sp"), "es"),
    },
    "write en or es (patients who read neither are best phoned: import them without a phone number)",
)
channel = choice(
    {
        **dict.fromkeys(("text", "sms", "texts", "message"), "text"),
        **dict.fromkeys(("call", "phone", "voice", "calls"), "call"),
    },
    "write text or call",
)
status = choice(
    {
        **dict.fromkeys(("performed", "done", "completed", "complete"), "performed"),
        **dict.fromkeys(("planned", "scheduled", "booked"), "planned"),
        **dict.fromkeys(("cancelled", "canceled"), "cancelled"),
    },
    "write planned, performed or cancelled",
)
kind = choice(
    {
        **dict.fromkeys(("facet", "facet joint", "facet joint injection", "facet injection"), "facet"),
        **dict.fromkeys(("mbb", "medial branch", "medial branch block"), "mbb"),
    },
    "write facet or mbb",
)
side = choice(
    {
        **dict.fromkeys(("left", "l", "lt"), "left"),
        **dict.fromkeys(("right", "r", "rt"), "right"),
        **dict.fromkeys(("both", "b", "bilateral", "bilat", "left and right"), "both"),
    },
    "write left, right or both",
)
intent = choice(
    {
        **dict.fromkeys(("diagnostic", "diag", "dx"), "diagnostic"),
        **dict.fromkeys(("therapeutic", "ther", "tx"), "therapeutic"),
    },
    "write diagnostic or therapeutic",
)

_AGENTS = {
    "lidocaine": r"lido|ligno|xylo",
    "bupivacaine": r"(?<!levo)bupi|marcain|sensorcain",
    "ropivacaine": r"ropi|naropin",
}


def agent(text: str) -> str:
    """The anaesthetic, with or without its strength; a mixture or an unknown one is `other`."""
    named = [name for name, pattern in _AGENTS.items() if re.search(pattern, text, re.IGNORECASE)]
    return named[0] if len(named) == 1 else "other"


_COMMON_ZONES = {
    **dict.fromkeys(("eastern", "eastern time", "et", "est", "edt"), "America/New_York"),
    **dict.fromkeys(("central", "central time", "ct", "cst", "cdt"), "America/Chicago"),
    **dict.fromkeys(("mountain", "mountain time", "mt", "mst", "mdt"), "America/Denver"),
    **dict.fromkeys(("pacific", "pacific time", "pt", "pst", "pdt"), "America/Los_Angeles"),
    **dict.fromkeys(("arizona", "arizona time"), "America/Phoenix"),
    **dict.fromkeys(("alaska", "alaska time", "akst", "akdt"), "America/Anchorage"),
    **dict.fromkeys(("hawaii", "hawaii time", "hst"), "Pacific/Honolulu"),
}


def timezone(text: str) -> str:
    """A zone's name. The common US words mean the zone with its summer time ("EST" in July is New York)."""
    found = {**_zones(), **_COMMON_ZONES}.get(text.lower().replace("_", " "))
    if found is None:
        raise UnreadableError("not a time zone", "write it like America/New_York or Eastern")
    return found


@cache
def _zones() -> dict[str, str]:
    return {name.lower().replace("_", " "): name for name in available_timezones() if "/" in name}


def score(text: str) -> Decimal:
    """A pain score, 0 to 10 in halves; "7/10" is 7."""
    how = "write one number from 0 to 10, whole or half, like 7 or 7.5"
    bare = re.sub(r"\s*/\s*10$", "", text)
    try:
        number = Decimal(bare) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]+)?", bare) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise UnreadableError("not a pain score", how)
    if number > 10 or number * 2 != int(number * 2):
        raise UnreadableError("not a pain score from 0 to 10 in halves", how)
    return number.normalize() + 0


def count(text: str) -> int:
    """A whole number from 0 to 99; spreadsheets write 2 as 2.0."""
    found = re.fullmatch(r"([0-9]{1,2})(\.0+)?", text)
    if not found:
        raise UnreadableError("not a whole number from 0 to 99", "write it like 2")
    return int(found[1])


def positives(text: str) -> int:
    """How many earlier blocks were positive; yes means one, as many charts only keep that."""
    answer = _YES_NO.get(text.lower())
    if answer is not None and not text.isdigit():
        return int(answer == "yes")
    return count(text)


def birth_year(text: str, latest: int) -> str:
    found = re.fullmatch(r"([0-9]{4})(\.0+)?", text)
    if not found or not 1900 <= int(found[1]) <= latest:
        raise UnreadableError("not a year of birth", "write only the year, like 1961")
    return found[1]


def levels(text: str) -> str:
    """Spine levels as `L4-L5;L5-S1`, from any of the usual short forms (L4-5, L4/L5, l4 l5 is two)."""
    parts = [part for part in re.split(r"\s*[;,|&+]\s*|\s+AND\s+|\s+", _tight(text)) if part]
    named = list(dict.fromkeys(_level(part) for part in parts))
    joined = ";".join(named)
    if not named or len(joined) > 80:
        raise UnreadableError("not a list of spine levels", "write it like L4-L5;L5-S1")
    return joined


def _tight(text: str) -> str:
    return re.sub(r"\s*[-‐‑–/]\s*", "-", text.strip().upper())


def _level(text: str) -> str:
    found = re.fullmatch(r"([CTLS])([0-9]{1,2})(?:-([CTLS])?([0-9]{1,2}))?", text)
    if not found:
        raise UnreadableError("not a list of spine levels", "write it like L4-L5;L5-S1")
    region, upper, other, lower = found.groups()
    return f"{region}{int(upper)}" + (f"-{other or region}{int(lower)}" if lower else "")
