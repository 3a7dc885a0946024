"""The words of an unprompted contact, chosen when it is claimed: the question that is open *then*."""

from __future__ import annotations

from followup.checkin.clinics import manner
from followup.checkin.day_of import STEP as DAY_OF
from followup.clinic import ClinicFile
from followup.protocol import opening, reminder, say
from followup.store.models import CheckIn, Outbound, Patient


def compose(row: Outbound, file: ClinicFile, patient: Patient, check_in: CheckIn) -> str:
    """The text of a rung. Only the very first contact introduces itself and says how to opt out."""
    if row.channel in ("call", "live"):
        return row.body  # a call is spoken turn by turn, when it is answered
    words = manner(file, patient)
    if row.step == DAY_OF:
        return say("day_of", words)
    question = check_in.question or "pain_now"
    if row.step == "first":
        return opening(question, words)
    if row.step == "question":
        return row.body  # already said once in a webhook's answer that was lost
    return reminder(question, words)
