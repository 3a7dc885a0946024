"""One inbound message with everything known about it: what the rest of the inbox works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from followup.alerts.open import open_alert
from followup.checkin.course import keep_answer
from followup.checkin.tasks import open_task
from followup.clinic import ClinicFile
from followup.protocol import Answered, Course, Manner
from followup.reading import Message, Reading, Sign
from followup.store.models import Alert, CheckIn, Clinic, Inbound, Patient


@dataclass
class Heard:
    session: Session
    inbound: Inbound
    form: Mapping[str, str]
    now: datetime
    clinic: Clinic
    file: ClinicFile
    manner: Manner
    message: Message
    course: Course | None = None  # where the check-in stood when this message came
    patient: Patient | None = None
    check_in: CheckIn | None = None
    alert: Alert | None = None
    signs: tuple[Sign, ...] = ()
    answered: bool = False  # whether it answered a question

    def open_alert(self, tier: str, kinds: Sequence[str]) -> None:
        """Make this message an alert and page for it."""
        self.alert = open_alert(
            self.session,
            clinic_id=self.clinic.id or 0,
            file=self.file,
            inbound=self.inbound,
            tier=tier,
            kinds=kinds,
            patient=self.patient,
            check_in=self.check_in,
            now=self.now,
        )

    def keep_answer(self, check_in: CheckIn, answered: Answered, reading: Reading) -> None:
        """Append an answer that this message gave."""
        keep_answer(self.session, check_in, answered, self.inbound.id, reading, self.now)
        self.answered = True

    def task(self, kind: str, reason: str) -> None:
        """Hand this message to a person."""
        open_task(
            self.session,
            dedupe=f"{kind}:{self.inbound.id}",
            kind=kind,
            reason=reason,
            clinic_id=self.clinic.id,
            patient_id=self.patient.id if self.patient else None,
            check_in=self.check_in,
            inbound=self.inbound,
            now=self.now,
        )
