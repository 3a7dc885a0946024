"""One turn of a call with everything known about it: what the rest of the room works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from followup.clinic import ClinicFile
from followup.inbox.heard import Heard
from followup.protocol import Manner, ask
from followup.reading import Message
from followup.store.models import Call, CheckIn, Clinic, Inbound, Patient
from followup.voice import speech

# How many keys are waited for; None for any number, ended by the pound key.
_KEYS = {"relief_hours": None, "birth_year": 4}
MOST_TURNS = 80  # a key that sticks must not keep a call going for ever


@dataclass
class Line:
    """Somebody on the phone. `step_url` is where the next answer goes, without its turn."""

    session: Session
    call: Call
    inbound: Inbound
    form: Mapping[str, str]
    clinic: Clinic
    file: ClinicFile
    manner: Manner
    patient: Patient | None
    check_in: CheckIn | None
    step_url: str
    now: datetime

    @property
    def question(self) -> str:
        """What is to be answered now: who they are, before anything else."""
        if not self.call.confirmed:
            # Who calls us may hold somebody else's phone, or only pretend to: a yes would prove nothing.
            by_year = self.call.direction == "in" and self.patient and self.patient.birth_year
            return "birth_year" if by_year else "identity"
        return self.check_in.question or "pain_now" if self.check_in else ""

    def put(self, *words: str) -> str:
        """Say `words`, the open question among them, and wait for its answer."""
        self.call.asked = self.question
        return speech.ask_for_keys(
            words,
            self.manner.lang,
            self.next_url(),
            digits=_KEYS.get(self.call.asked, 2),
            speech=self.file.calling.speech and self.call.asked != "birth_year",
        )

    def repeat(self, *before: str, form: str = "ask") -> str:
        """Put the open question (again), after whatever must be said first."""
        if self.call.turn > MOST_TURNS:
            return self.hang_up()
        return self.put(*before, ask(self.question, self.manner, form))

    def hang_up(self, *words: str) -> str:
        self.call.asked = ""
        return speech.hang_up(words, self.manner.lang)

    def next_url(self) -> str:
        return f"{self.step_url}{self.call.turn}"

    def heard(self, message: Message) -> Heard:
        """This turn as the inbox knows a message."""
        return Heard(
            self.session, self.inbound, self.form, self.now, self.clinic, self.file, self.manner, message,
            patient=self.patient, check_in=self.check_in,
        )  # fmt: skip

    def careful(self) -> Manner:
        """The manner for somebody not yet known: always a number to call, never a word of a visit."""
        return replace(self.manner, after_hours=self.manner.after_hours or self.manner.number)
