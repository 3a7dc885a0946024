"""A person instead of questions: the front desk in office hours, else a number to write down."""

from __future__ import annotations

from followup.checkin.timing import ContactHours
from followup.protocol import say
from followup.voice import speech
from followup.voice.line import Line


def to_the_desk(line: Line) -> str:
    """Ring the front desk while somebody is there; the outcome comes back as the next turn."""
    number = line.file.clinic.front_desk_number
    if number is None or not _is_open(line):
        return line.hang_up(say("nobody_there", line.manner))
    line.call.asked = "desk"
    return speech.connect(
        [say("connecting", line.manner)],
        line.manner.lang,
        number,
        line.file.calling.sender or "",
        line.next_url(),
    )


def after_the_desk(line: Line) -> str:
    """They have talked, or nobody picked up: then the number is read out after all."""
    if line.form.get("DialCallStatus") == "completed":
        return line.hang_up()
    return line.hang_up(say("nobody_there", line.manner))


def _is_open(line: Line) -> bool:
    clinic = line.file.clinic
    opens, closes = clinic.office_hours
    days = frozenset(clinic.office_days)
    return ContactHours(line.file.zone, opens, closes, days, line.file.hours.holidays).allows(line.now)
