"""Answering machines: the carrier's verdict, and the one voicemail a check-in may leave.

Detection runs beside the call, so that a person hears us at once; the verdict comes while we are talking.
It is kept on the call's row, where the next answer to the call reads it, and other words for the call are
planned as a row, since a webhook must not wait for the network. `unknown` releases nothing: whoever has not
said who they are hears what a machine may record.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, select

from followup.checkin.contact import contact_values
from followup.protocol import say
from followup.store.models import Call, Outbound
from followup.voice import speech
from followup.voice.line import Line

_STILL_TALKING = timedelta(seconds=90)  # after that the call is over and nobody is there to hear it
_ON_ITS_WAY = 15  # seconds of silence for words that a worker is just sending


def is_machine(call: Call) -> bool:
    """Whether the carrier took it for a machine (or a fax). A wrong verdict harms nobody: see above."""
    return call.answered_by.startswith("machine") or call.answered_by == "fax"


def plan_voicemail(line: Line) -> None:
    """Other words for this call as soon as the machine listens; once a check-in."""
    if line.check_in is None or line.patient is None or line.call.answered_by == "fax":
        return
    key = f"checkin:{line.check_in.id}:voicemail"
    if _voicemail(line.session, key) is not None or line.check_in.state != "open":
        return
    words = Outbound(**contact_values(
        line.check_in, line.patient, line.file, key=key, step="voicemail", channel="live", due_at=line.now,
        useless_after=line.now + _STILL_TALKING, now=line.now,
    ))  # fmt: skip
    words.sid, words.body = line.call.sid, speech.hang_up([say("voicemail", line.manner)], line.manner.lang)
    line.session.add(words)


def to_a_machine(line: Line) -> str:
    """The answer to a call that a machine has taken: the voicemail, if it has not left another way."""
    if line.check_in is None:
        return line.hang_up()
    row = _voicemail(line.session, f"checkin:{line.check_in.id}:voicemail")
    if row is None or row.sid != line.call.sid:
        return line.hang_up()
    if row.state == "planned":
        _said_here(row, line.now)
        return row.body
    return speech.hold(_ON_ITS_WAY) if row.state == "sending" else line.hang_up()


def _said_here(row: Outbound, now: datetime) -> None:
    row.state, row.started_at, row.sent_at, row.changed_at = "sent", now, now, now


def _voicemail(session: Session, key: str) -> Outbound | None:
    return session.exec(select(Outbound).where(Outbound.dedupe == key).with_for_update()).one_or_none()
