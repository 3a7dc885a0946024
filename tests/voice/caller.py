"""A person on the phone who answers each question with given keys; and what a call may say to whom."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from followup.simulator.asked import asked
from followup.simulator.scripts import Line, Ring
from followup.store.models import Answer, CheckIn, Inbound, Patient
from tests.clinic_day import ClinicDay

# The questions of a call in order, as a person would gather them, with the keys of somebody with good relief.
ANSWERS = {"now": "7", "warning": "2", "best": "1", "hours": "6#", "medicine": "2", "activity": "1"}
IN_TEXTS = {"now": "7", "warning": "N", "best": "1", "hours": "6", "medicine": "N", "activity": "Y"}
GOOD_RELIEF = {
    "pain_now": Decimal(7), "warning_signs": "no", "pain_best": Decimal(1), "relief_hours": Decimal(6),
    "took_medicine": "no", "usual_activity": "yes",
}  # fmt: skip
ABOUT_HEALTH = re.compile(
    r"pain|back|fever|medicine|visit|injection|block|facet|procedure|nerve|spine|dolor|espalda|fiebre|visita"
    r"|medicina|procedimiento|Example",
    re.IGNORECASE,
)


@dataclass
class Caller:
    """Acts by question: the nth time it is asked gets the nth act, then the usual answer; None is silence."""

    acts: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    calls: Sequence[Ring] = (Ring(),)
    line: Line = "mobile"
    heard: list[str] = field(default_factory=list)
    _asked: Counter[str] = field(default_factory=Counter)
    _rung: int = 0
    _at: tuple[str, datetime] = ("", datetime.max.replace(tzinfo=UTC))

    def text_arrived(self, text: str, at: datetime) -> Sequence[tuple[float, str]]:
        return []

    def rings(self, at: datetime) -> Ring:
        ring = self.calls[min(self._rung, len(self.calls) - 1)]
        self._rung += 1
        return ring

    def hears(self, words: str, seconds: float, at: datetime) -> Sequence[tuple[float, str]]:
        self.heard.append(words)
        question = asked(words)
        if question is None:
            return []
        if question == self._at[0] and at < self._at[1]:
            return []  # cut short and said again: one answer is enough
        given = self.acts.get(question, ())
        nth = self._asked[question]
        self._asked[question] += 1
        usual = {**ANSWERS, "identity": "1", "born": "1955", "go_on": "1", "when": "2"}[question]
        act = given[nth] if nth < len(given) else usual
        self._at = (question, at + timedelta(seconds=seconds + 1))
        return [(seconds + 1, act)] if act else []


def answers(day: ClinicDay, phone: str) -> dict[str, Any]:
    """The newest answer to each question of the patient on this phone."""
    check_in = check_in_of(day, phone)
    rows = day.rows(Answer, Answer.check_in_id == check_in.id)
    return {row.question: row.number if row.number is not None else row.word for row in rows}


def check_in_of(day: ClinicDay, phone: str) -> CheckIn:
    patient = next(row for row in day.rows(Patient) if row.phone == phone)
    found: CheckIn = day.rows(CheckIn, CheckIn.patient_id == patient.id)[0]
    return found


def unread(day: ClinicDay) -> list[Inbound]:
    return [row for row in day.rows(Inbound) if row.state == "unread"]
