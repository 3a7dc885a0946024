"""The clinic file: how one clinic wants to be run.

Kept apart from `config.py` because it belongs to the clinic, not to the machine: staff change it with
`followup clinic set`, it is stored with the clinic's row, and every date rule reads it from there.
All times of day are the clinic's local time unless a name says otherwise.
"""

from __future__ import annotations

import re
import tomllib
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, model_validator

from followup.assessment import Thresholds
from followup.keeping import Carrier, Retention
from followup.protocol import Manner, flat
from followup.sign_in import SignIn
from followup.tongue import N_, _
from followup.written import Clock, Days, Minutes, Phone, Section, Span, Zone, clock_time, weekdays

LONGEST_SPOKEN_NAME = 24  # a routine text must fit one segment with the longest name a clinic may choose


class ClinicFileError(Exception):
    """Sentences that name the section, the key, what is wrong and what to write instead.

    `problems` are the same taken apart: (where, such as "hours.window", and the sentence without it).
    """

    def __init__(self, *problems: tuple[str, str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{where}{said}" for where, said in problems))


class Identity(Section):
    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    name: str = Field(min_length=1, max_length=80)
    spoken_name: str = Field(min_length=1, max_length=LONGEST_SPOKEN_NAME)
    timezone: Zone
    callback_number: Phone
    sending: Literal["live", "allowlist", "paused"] = "live"
    allowlist: tuple[Phone, ...] = ()
    front_desk_number: Phone | None = None
    after_hours_number: Phone | None = None
    office_hours: Span = (time(8), time(17))
    office_days: Days = (0, 1, 2, 3, 4)


class Intake(Section):
    consent_default: Literal["yes", "no"] = "no"
    intent_default: Literal["diagnostic", "therapeutic"] = "diagnostic"


class Texting(Section):
    sender: Phone | None = Field(default=None, alias="from")
    messaging_service_sid: str | None = Field(default=None, pattern=r"^MG[0-9A-Za-z]{8,32}$")
    stop_reply: Literal["carrier", "us"] = "carrier"
    segments_per_second: float = Field(default=1, ge=0.1, le=1000)  # of a long code

    @model_validator(mode="after")
    def _one_sender(self) -> Texting:
        if (self.sender is None) == (self.messaging_service_sid is None):
            raise ValueError(_("give exactly one of from and messaging_service_sid"))
        return self


class Calling(Section):
    sender: Phone | None = Field(default=None, alias="from")
    speech: bool = False
    calls_per_second: float = Field(default=1, ge=0.1, le=100)


class Hours(Section):
    check_in_time: Clock = time(10)
    window: Span = (time(9), time(19))
    days: Annotated[Days, Field(min_length=1)] = tuple(range(7))
    holidays: str = Field(default="US", pattern=r"^([A-Z]{2})?$")
    useful_hours: float = Field(default=72, gt=0, le=24 * 14)
    per_day: int = Field(default=5, ge=1, le=20)
    per_week: int = Field(default=10, ge=1, le=60)


class DayOf(Section):
    at_minutes: float = Field(default=60, ge=0, le=24 * 60)


class Ladder(Section):
    reminder: Minutes = 180
    call: Minutes = 360
    second_call: Minutes = 480
    give_up: Minutes = 510

    @model_validator(mode="after")
    def _rising(self) -> Ladder:
        if not self.reminder < self.call < self.second_call < self.give_up:
            raise ValueError(
                _("the rungs must come one after the other: reminder < call < second_call < give_up")
            )
        return self


class DigestTimes(Section):
    times: tuple[Clock, ...] = (time(7, 30), time(16, 30))
    sender: str = Field(default="", alias="from")
    recipients: tuple[str, ...] = ()
    console_url: str = ""

    @model_validator(mode="after")
    def _deliverable(self) -> DigestTimes:
        for address in (*self.recipients, *filter(None, (self.sender,))):
            if not re.fullmatch(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]+", address):
                raise ValueError(_("{value} is not an e-mail address", value=repr(address)))
        if self.recipients and not self.sender:
            raise ValueError(_('recipients need a sender; add from = "followup@your-clinic.example"'))
        return self


class Person(Section):
    name: str = Field(min_length=1, max_length=80)
    phone: Phone
    hours: str = "always"

    @model_validator(mode="after")
    def _known_hours(self) -> Person:
        self.on_duty_span()
        return self

    def on_duty_span(self) -> tuple[tuple[int, ...], tuple[time, time]] | None:
        """None = always on duty; else weekdays and the span of the day, clinic-local."""
        if self.hours.strip().lower() == "always":
            return None
        days, _space, span = self.hours.strip().partition(" ")
        first, _dash, last = span.partition("-")
        if not span or not last:
            raise ValueError(
                _("{value} is not understood; write always or mon-fri 08:00-17:00", value=repr(self.hours))
            )
        return weekdays(days), (clock_time(first.strip()), clock_time(last.strip()))


class OnCall(Section):
    repeat_minutes: float = Field(default=10, gt=0, le=120)
    people: tuple[Person, ...] = ()


class ClinicFile(Section):
    clinic: Identity
    intake: Intake = Intake()
    texting: Texting
    calling: Calling = Calling()
    hours: Hours = Hours()
    day_of: DayOf | None = None
    ladder: Ladder = Ladder()
    digest: DigestTimes = DigestTimes()
    on_call: OnCall = OnCall()
    sign_in: SignIn = SignIn()
    thresholds: Thresholds = Thresholds()
    carrier: Carrier = Carrier()
    retention: Retention = Retention()
    # The clinic's own words: by text and language, for a question also by form; see docs/wording.md.
    wording: dict[str, dict[str, str | dict[str, str]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_in_inside_window(self) -> ClinicFile:
        first, last = self.hours.window
        if not first <= self.hours.check_in_time < last:
            raise ValueError(
                _("hours.check_in_time lies outside hours.window; nobody could be texted on time")
            )
        return self

    @model_validator(mode="after")
    def _stop_is_still_a_stop(self) -> ClinicFile:
        # Where the carrier redacts, its own STOP filter is off: only our list and our answer are left.
        if self.carrier.redact and self.texting.stop_reply != "us":
            raise ValueError(
                _('carrier.redact turns the carrier\'s own STOP handling off; set texting.stop_reply = "us"')
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.clinic.timezone)

    @property
    def own_words(self) -> dict[str, str]:
        """`wording` by "closing.en" or "pain_now.en.ask"."""
        return flat(self.wording)

    @property
    def sender(self) -> str:
        """What texts leave from, and what opt-outs are keyed by: a number or a messaging service."""
        return self.texting.sender or self.texting.messaging_service_sid or ""


def parse_clinic_file(text: str) -> ClinicFile:
    """Read a clinic file; raises ClinicFileError with every problem, one sentence a line."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ClinicFileError(("", f"The clinic file is not TOML: {problem}.")) from None
    try:
        file = ClinicFile.model_validate(raw)
    except ValidationError as problems:
        raise ClinicFileError(*map(_problem, problems.errors())) from None
    _refuse_unknown_country(file.hours.holidays)
    _refuse_unfit_words(file)
    return file


def _refuse_unknown_country(code: str) -> None:
    if not code:
        return
    from holidays import list_supported_countries  # 0.1 s to import; only a file that is being set needs it

    if code not in list_supported_countries():
        said = _('{value} is no country we know holidays of; write "US" or "".', value=repr(code))
        raise ClinicFileError(("hours.holidays", f": {said}"))


def _refuse_unfit_words(file: ClinicFile) -> None:
    """With the clinic's own name and numbers: a longer name may make its own words too long."""
    from followup.protocol.own_words import problems  # every text is put together once; only a file being set

    manner = Manner(
        lang="en",
        clinic=file.clinic.spoken_name,
        number=file.clinic.callback_number,
        after_hours=file.clinic.after_hours_number or "",
        window_hours=file.thresholds.window_hours,
    )
    found = problems(file.own_words, manner) if file.wording else []
    if found:
        raise ClinicFileError(*((f"wording.{key}", f" {sentence}") for key, sentence in found))


def _problem(problem: Any) -> tuple[str, str]:
    where = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] == "extra_forbidden":
        return where, _(" is not a setting we know; check its spelling or take it out.")
    if problem["type"] == "missing":
        return where, _(" is missing; add it to the clinic file.")
    if problem["type"] == "string_too_short":
        return where, _(" is empty; write something.")
    if problem["type"] == "string_too_long":
        return where, _(" is too long; write at most {most} letters.", most=problem["ctx"]["max_length"])
    said = problem["msg"].removeprefix("Value error, ").replace("Input should be", "it should be")
    return where, f": {_limit(problem, said).rstrip('.')}."


# What pydantic says of numbers and choices, for a reader of another language.
_LIMITS = {
    "greater_than": N_("it should be greater than {gt}"),
    "greater_than_equal": N_("it should be greater than or equal to {ge}"),
    "less_than": N_("it should be less than {lt}"),
    "less_than_equal": N_("it should be less than or equal to {le}"),
    "int_parsing": N_("it should be a valid integer, unable to parse string as an integer"),
    "float_parsing": N_("it should be a valid number, unable to parse string as a number"),
    "literal_error": N_("it should be {expected}"),
}


def _limit(problem: Any, said: str) -> str:
    """The same sentence in the language spoken now; one that is not known as it stands stays as it is."""
    known, values = _LIMITS.get(problem["type"], ""), problem.get("ctx", {})
    return _(known, **values) if known and known.format(**values) == said else said
