"""A page by call: somebody on duty hears that an alert waits, and takes it with a key.

No name and nothing of what was said: whoever picks up has not shown who they are. A voicemail greeting
presses no key, so a page that only a machine heard is not taken, and the next one goes out.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from followup.alerts.page import number_of
from followup.checkin.cases import acknowledge
from followup.checkin.clinics import clinic_file
from followup.inbox.on_call import duties_of
from followup.store.models import Alert, Call, Clinic, Inbound, Outbound
from followup.voice import speech


def on_a_page(
    session: Session, call: Call, page: Outbound, inbound: Inbound, step_url: str, now: datetime
) -> str:
    """The TwiML for a turn of a page: an alert waits, 1 takes it, anything else says it again, twice."""
    clinic = session.get_one(Clinic, page.clinic_id)
    file = clinic_file(clinic)
    inbound.clinic_id = page.clinic_id
    alert = session.get_one(Alert, int(page.dedupe.split(":")[1]))
    number = " ".join(number_of(alert))
    call.turn, call.changed_at = inbound.turn + 1, now
    if inbound.body == "1" and inbound.turn > 0:
        duties = duties_of([clinic], page.to)
        acknowledge(alert, duties[0].person.name if duties else "on call", now)
        return speech.hang_up([f"Thank you. {number} is yours. Goodbye."], "en")
    if inbound.turn > 2:
        return speech.hang_up(["Goodbye."], "en")
    words = [
        f"This is {file.clinic.spoken_name}. An urgent reply is waiting.",
        f"Its number is {number}. Press 1 to take it.",
    ]
    return speech.ask_for_keys(words, "en", f"{step_url}{call.turn}", digits=2)
