"""A reply to an open check-in, and one that comes when nothing is open any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from followup.checkin.close import close, outcome_so_far
from followup.checkin.course import course_of, facts_of, keep_course
from followup.checkin.propose import propose
from followup.clinic import ClinicFile
from followup.inbox.heard import Heard
from followup.inbox.replies import Reply
from followup.inbox.said_twice import said_twice
from followup.protocol import Step, advance, opening, reply, say
from followup.store.models import CheckIn, Procedure

_PLEASANT = {
    "thanks", "thank you", "thank u", "thx", "ty", "ok", "okay", "k", "ok thanks", "ok thank you", "you too",
    "thanks so much", "thank you so much", "great thanks", "will do", "gracias", "muchas gracias",
    "ok gracias", "de nada", "igualmente", "bueno gracias", "",
}  # fmt: skip


def converse(heard: Heard) -> list[Reply]:
    """Advance the open conversation by one message: keep what was said, and ask on or close."""
    check_in = heard.check_in
    assert check_in is not None
    course = heard.course or course_of(heard.session, check_in)
    if said_twice(heard, course):
        step, heard.inbound.intent = Step(course, outcome="asked"), "unclear"  # put again, nothing kept
    else:
        step = advance(course, heard.message, facts_of(heard.session, check_in, heard.file))
    _keep(heard, check_in, step)
    check_in.heard_at = check_in.changed_at = heard.now
    check_in.first_asked_at = check_in.first_asked_at or heard.now  # by the patient, who did not wait
    if step.outcome in ("asked", "asked_again", "asked_back"):
        return _ask_on(heard, check_in, step)
    if step.outcome in ("closed", "handed_over"):
        heard.session.flush()
        close(heard.session, check_in, heard.file, outcome_so_far(heard.session, check_in), heard.now)
        return [Reply("closing", _farewell(heard, step))]
    return []


def greet(heard: Heard) -> list[Reply]:
    """Somebody writes whom this check-in has not asked yet, and not with an answer: put the question now.

    What they wrote may be about something else, so a person reads it as well.
    """
    check_in = heard.check_in
    assert check_in is not None
    check_in.asked_at = check_in.heard_at = check_in.changed_at = heard.now
    check_in.first_asked_at = check_in.first_asked_at or heard.now
    heard.task("early", "A text came before the questions were put. Please read it.")
    words = "" if heard.alert else opening(check_in.question, heard.manner)
    return [Reply("question", words, check_in.question)] if words else []


def _keep(heard: Heard, check_in: CheckIn, step: Step) -> None:
    for answered in step.record:
        reading = heard.message.slots.get(answered.question, heard.message.amends or heard.message.reading)
        heard.keep_answer(check_in, answered, reading)
        if answered.question == "warning_signs" and answered.value is True and heard.alert is None:
            # A bare yes names no sign: a clinician must ask, the same day.
            heard.open_alert("S", ["warning_signs"])
    keep_course(check_in, step.course)
    check_in.turn += 1  # whatever was claimed for the turn before is no longer wanted
    if step.hand_over:
        check_in.hand_over = True
        if heard.message.reading.intent == "callback":
            heard.task("callback", "The patient asks to be called.")
        else:
            heard.task("unclear", "Two replies to one question could not be read. Please phone and ask.")


def _ask_on(heard: Heard, check_in: CheckIn, step: Step) -> list[Reply]:
    check_in.asked_at = heard.now
    return [Reply("question", reply(step, heard.manner), step.course.question)]


def _farewell(heard: Heard, step: Step) -> str:
    if heard.message.reading.intent == "callback":
        return say("callback", heard.manner)
    return reply(step, heard.manner)


def after_emergency(heard: Heard) -> None:
    """An emergency ends the questions: what the same message answered is kept, and a person takes over."""
    check_in = heard.check_in
    if check_in is None:
        return
    if check_in.state == "open":
        step = advance(
            course_of(heard.session, check_in), heard.message, facts_of(heard.session, check_in, heard.file)
        )
        _keep(heard, check_in, step)
        heard.session.flush()
        close(heard.session, check_in, heard.file, outcome_so_far(heard.session, check_in), heard.now)
    else:
        propose(heard.session, check_in, heard.file, heard.now)


def late(heard: Heard) -> list[Reply]:
    """Nothing is open: a late answer goes on where the check-in stopped; anything else goes to a person."""
    check_in = heard.check_in
    if check_in is not None and check_in.state == "closed":
        if is_usable(heard) and left_halfway(heard.session, check_in):
            reopen(check_in, heard.file, heard.now)
            return converse(heard)
        if check_in.outcome == "answered" and heard.message.amends is not None:
            step = advance(
                course_of(heard.session, check_in),
                heard.message,
                facts_of(heard.session, check_in, heard.file),
            )
            if step.record and not _decided(heard.session, check_in):
                _keep(heard, check_in, step)
                heard.session.flush()
                propose(heard.session, check_in, heard.file, heard.now)
    if heard.alert is not None and check_in is not None:
        propose(heard.session, check_in, heard.file, heard.now)
    if is_pleasantry(heard.inbound.body):
        return []
    heard.task("late", "A text came when no question was open. Please read it.")
    return [] if heard.alert else [Reply("notice", say("late" if check_in else "kept", heard.manner))]


def is_usable(heard: Heard) -> bool:
    """Whether a message answers something, whatever else it says."""
    reading = heard.message.reading
    return reading.intent == "answer" or reading.low is not None or bool(heard.message.slots)


def left_halfway(session: Session, check_in: CheckIn) -> bool:
    """Whether a closed conversation only ran out of time, and nobody has decided the case since."""
    given_up = check_in.outcome in ("no_answer", "answered", "unclear") and bool(check_in.question)
    return given_up and not _decided(session, check_in)


def _decided(session: Session, check_in: CheckIn) -> bool:
    undecided = session.exec(
        select(Procedure.id).where(Procedure.check_in_id == check_in.id, col(Procedure.ended) == "")
    ).first()
    return undecided is None


def reopen(check_in: CheckIn, file: ClinicFile, now: datetime) -> None:
    """Let a conversation that ran out of time go on, for as long as the ladder's last rung would wait."""
    check_in.state, check_in.outcome, check_in.closed_at = "open", "", None
    rest = file.ladder.give_up - file.ladder.second_call
    check_in.give_up_at = now + max(timedelta(minutes=rest), timedelta(minutes=30))


def is_pleasantry(body: str) -> bool:
    """Whether a text is only thanks or "ok", which wants no answer."""
    letters = "".join(c if c.isalpha() else " " for c in body.lower())
    return " ".join(letters.split()) in _PLEASANT and not any(c.isdigit() for c in body)
