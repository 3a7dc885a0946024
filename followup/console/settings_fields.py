"""The settings pages as data: which keys of the clinic file each page shows, and as what.

A setting that is added to the clinic file needs a line here and no code; the file's own checks say what may
be written into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

_SENDING = {
    "live": _l("live: patients are contacted"),
    "allowlist": _l("rehearsal: only the numbers below are contacted"),
    "paused": _l("paused: nobody is contacted"),
}
_YES_NO = {"yes": _l("yes"), "no": _l("no")}
_INTENTS = {"diagnostic": _l("diagnostic"), "therapeutic": _l("therapeutic")}
_MINUTES = _l("minutes after the first question")


@dataclass(frozen=True)
class Field:
    """One key. kind: text, phone, email, time, span (two times), days, number, switch, choice, lines (a list,
    one a line), people (who is on call). optional: an empty field takes the key out.
    """

    path: str
    title: Any
    kind: str = "text"
    hint: Any = ""
    unit: Any = ""
    choices: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True)
class Section:
    name: str
    title: Any
    lead: Any
    fields: Sequence[Field]
    more: Any = ""  # what must be read before something is changed, and only then


SECTIONS: tuple[Section, ...] = (
    Section("clinic", _l("Clinic"), _l("Who writes and calls, and whether it does."), (
        Field("clinic.name", _l("Name"), hint=_l("On screens and on paper.")),
        Field("clinic.spoken_name", _l("Name in texts and calls"),
              hint=_l("Up to 24 letters. It must not tell a stranger what patients are treated for.")),
        Field("clinic.timezone", _l("Time zone"), hint=_l("Like America/New_York")),
        Field("clinic.sending", _l("Sending"), "choice", choices=_SENDING),
        Field("clinic.allowlist", _l("Numbers that may be contacted in a rehearsal"), "lines",
              hint=_l("One a line.")),
        Field("clinic.callback_number", _l("Number patients are told to call"), "phone"),
        Field("clinic.front_desk_number", _l("Where callers are connected in office hours"), "phone",
              optional=True),
        Field("clinic.after_hours_number", _l("Number for the time outside office hours"), "phone",
              optional=True),
        Field("clinic.office_hours", _l("Office hours"), "span"),
        Field("clinic.office_days", _l("Office days"), "days"),
        Field("intake.consent_default", _l("Consent, when the roster does not say"), "choice",
              hint=_l("Without consent nobody is contacted."), choices=_YES_NO),
        Field("intake.intent_default", _l("Purpose, when the roster does not say"), "choice",
              choices=_INTENTS),
    )),
    Section("hours", _l("Contact hours"), _l("When patients may be contacted, in their own time zone."), (
        Field("hours.check_in_time", _l("First question, the day after"), "time"),
        Field("hours.window", _l("Nothing unprompted leaves outside"), "span"),
        Field("hours.days", _l("Days"), "days"),
        Field("hours.holidays", _l("Holidays kept"),
              hint=_l("A country's two letters, such as US; empty for none.")),
        Field("hours.useful_hours", _l("Too late to ask after"), "number", unit=_l("hours")),
        Field("hours.per_day", _l("At most a day, texts and calls together"), "number", unit=_l("contacts")),
        Field("hours.per_week", _l("At most a week"), "number", unit=_l("contacts")),
    )),
    Section("ladder", _l("Ladder"), _l("What is tried, and when, while nobody answers."), (
        Field("ladder.reminder", _l("Reminder"), "number", unit=_MINUTES),
        Field("ladder.call", _l("Call"), "number", unit=_MINUTES),
        Field("ladder.second_call", _l("Second call"), "number", unit=_MINUTES),
        Field("ladder.give_up", _l("Handed to the front desk"), "number", unit=_MINUTES),
        Field("day_of.at_minutes", _l("Text on the day itself"), "number", optional=True,
              unit=_l("minutes after the procedure"), hint=_l("Empty: no such text.")),
        Field("calling.speech", _l("Spoken answers are taken on calls, as well as keys"), "switch"),
    )),
    Section("on_call", _l("On call"),
            _l("Who is told at once when a reply sounds dangerous, in this order."), (
        Field("on_call.repeat_minutes", _l("Until the next page"), "number", unit=_l("minutes")),
        Field("on_call.people", _l("People"), "people",
              hint=_l("Hours: always, or like mon-fri 08:00-17:00. An empty row is left out.")),
    )),
    Section("digest", _l("Digest e-mail"), _l("Counts and a link, never a name."), (
        Field("digest.times", _l("Sent at"), "lines", hint=_l("Times of day, one a line, like 07:30.")),
        Field("digest.recipients", _l("To"), "lines", hint=_l("E-mail addresses, one a line.")),
        Field("digest.from", _l("From"), "email"),
        Field("digest.console_url", _l("Link to this console")),
    )),
    Section("thresholds", _l("Thresholds"), _l("The bars of the decision table. A provider still decides."), (
        Field("thresholds.repeat_percent", _l("Relief that suggests another block"), "number", unit="%"),
        Field("thresholds.partial_percent", _l("Relief that needs a look"), "number", unit="%"),
        Field("thresholds.further_testing_below", _l("Less than this suggests further testing"), "number",
              unit="%"),
        Field("thresholds.min_baseline", _l("Pain before that is enough to judge relief"), "number",
              unit=_l("of 10")),
        Field("thresholds.min_hours.lidocaine", _l("Relief must last, lidocaine"), "number",
              unit=_l("hours")),
        Field("thresholds.min_hours.default", _l("Relief must last, other drugs"), "number",
              unit=_l("hours")),
        Field("thresholds.worse_points", _l("Worse than before by"), "number", unit=_l("points")),
        Field("thresholds.repeat_after_days", _l("Between two blocks at least"), "number", unit=_l("days")),
        Field("thresholds.session_cap", _l("Sessions in 12 months at most"), "number", unit=_l("sessions")),
        Field("thresholds.window_hours", _l("The window after the procedure"), "number", unit=_l("hours")),
        Field("thresholds.late_hours", _l("An answer is late after"), "number", unit=_l("hours")),
    )),
    Section("sign_in", _l("Sign-in"), _l("How long people stay signed in."), (
        Field("sign_in.idle_minutes", _l("Signed out when nothing was done for"), "number",
              unit=_l("minutes")),
        Field("sign_in.session_hours", _l("Signed out in any case after"), "number", unit=_l("hours")),
    )),
    Section("retention", _l("Retention"),
            _l("How long words, names and scores are kept."), (
        Field("retention.messages", _l("Words of texts and calls go after"), "number", optional=True,
              unit=_l("days"), hint=_l("At least 30. Refused roster lines go with them; the answers that "
                                       "were read from the words stay.")),
        Field("retention.names", _l("Names and numbers go after"), "number", optional=True,
              unit=_l("days"), hint=_l("At least 90, without anything done for the patient. Scores and dates "
                                       "stay, without a name; so does a request to stop, with its number.")),
        Field("retention.cases", _l("Scores and dates go after"), "number", optional=True,
              unit=_l("days"), hint=_l("At least 365, and only what has no name any more. What a provider "
                                       "has decided stays.")),
    ), _l("What is let go of, each night after two o'clock, cannot be brought back. An empty field keeps it. "
          "Nothing unfinished goes, and nobody under a legal hold; the audit log and signed decisions always "
          "stay.")),
)  # fmt: skip
BY_NAME = {section.name: section for section in SECTIONS}
TITLES = {one.path: one.title for section in SECTIONS for one in section.fields}
