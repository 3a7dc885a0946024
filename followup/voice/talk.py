"""What one turn of a call means, and what is said next.

Menu keys start with a star and work everywhere; every other key is an answer, zero among them. Nothing about
health is said before the patient has said who they are.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from followup.alerts.open import worst
from followup.checkin.begin import begin, is_due
from followup.checkin.course import course_of
from followup.checkin.plan import opted_out, useless_after
from followup.checkin.reactions import stop_number
from followup.checkin.tasks import open_task
from followup.inbox.answer import safety_first
from followup.inbox.converse import after_emergency, converse, late, left_halfway, reopen
from followup.inbox.refusals import refused
from followup.protocol import listening, say
from followup.reading import Message, Reading, read_message, scan
from followup.store.models import Inbound
from followup.voice.desk import after_the_desk, to_the_desk
from followup.voice.line import Line
from followup.voice.machine import is_machine, to_a_machine
from followup.voice.speech import FIND_THE_KEY

MISSES = 3  # times nothing is heard, or nobody says who they are, before we say goodbye


def talk(line: Line) -> str:
    """The TwiML for this turn, in the order of care: machine, desk, star keys, silence, person, answer."""
    call, keys = line.call, line.inbound.body
    if is_machine(call) and not call.confirmed:
        return to_a_machine(line)
    if call.asked == "desk":
        return after_the_desk(line)
    if line.inbound.channel == "call":
        return _greet(line)
    if line.inbound.channel == "dtmf" and keys.startswith("*"):
        return _star(line, keys)
    if not keys:
        return _silence(line)
    return _answer(line) if call.confirmed else _who_is_it(line)


def _greet(line: Line) -> str:
    """Ask who it is, if anything is open; whoever called us gets a person or a number instead."""
    stopped = opted_out(line.session, line.file.sender, line.inbound.from_number)
    is_open = line.check_in is not None and line.check_in.state == "open"
    if not stopped and (is_open or _may_begin(line) or _may_go_on(line)):
        return line.repeat()
    if line.call.direction == "out":
        return line.hang_up(say("nothing_open", line.manner))
    return to_the_desk(line) if line.patient else line.hang_up(say("please_call", line.manner))


def _may_begin(line: Line) -> bool:
    """Whether somebody who calls us on the day need not wait until we ask."""
    return line.check_in is not None and is_due(line.check_in, line.file, line.now)


def _may_go_on(line: Line) -> bool:
    """Whether somebody who calls us back may still answer what we gave up asking."""
    check_in = line.check_in
    if check_in is None or check_in.state != "closed" or line.call.direction != "in":
        return False
    return left_halfway(line.session, check_in) and line.now < useless_after(line.file, check_in)


def _star(line: Line, keys: str) -> str:
    line.inbound.intent = {"*0": "callback", "*9": "warning"}.get(keys[:2], "repeat")
    if line.inbound.intent == "callback":
        return _to_a_person(line)
    if line.inbound.intent == "warning":
        return _something_is_wrong(line)
    return line.repeat()


def _to_a_person(line: Line) -> str:
    """Who asks for a person is asked nothing more; a person knows of it even if nobody picks up."""
    heard = line.heard(Message(Reading("callback"), {}, None, (), repeat=False, who=False))
    if line.call.confirmed and line.check_in is not None and line.check_in.state == "open":
        converse(heard)
    else:
        heard.task("callback", "Somebody on the patient's phone asked for a person.")
    return to_the_desk(line)


def _something_is_wrong(line: Line) -> str:
    """An alert, whoever pressed it; the call goes on, since a person may be a star and a zero away."""
    heard = line.heard(Message(Reading("unclear"), {}, None, (), repeat=False, who=False))
    if not line.call.confirmed:
        heard.manner = line.careful()
    heard.open_alert("S", ["something_wrong"])
    return line.repeat(*(reply.body for reply in safety_first(heard)))


def _silence(line: Line) -> str:
    """Nothing keyed. Sooner than the silence could run out it is a pound key, mostly the tail of "10#"."""
    before = line.session.exec(
        select(Inbound.received_at).where(
            Inbound.sid == line.inbound.sid, Inbound.turn == line.inbound.turn - 1
        )
    ).one_or_none()
    if before is not None and line.now - before < timedelta(seconds=FIND_THE_KEY):
        return line.repeat()
    line.call.misses += 1
    if line.call.misses >= MISSES:
        return line.hang_up(say("goodbye", line.manner))
    return line.repeat(say("silence", line.manner), form="again")


def _who_is_it(line: Line) -> str:
    """1: the patient. 2: somebody else, who is told nothing and asked to pass it on. 3: no more calls.

    Who calls us keys the year of birth instead, where the roster has it.
    """
    inbound = line.inbound
    if line.question == "birth_year":
        return _born_when(line)
    reading = read_message("identity", inbound.channel, line.manner.lang, inbound.body).reading
    inbound.question, inbound.intent = "identity", reading.intent
    if inbound.body == "3" or reading.intent == "opt_out":
        inbound.intent = "opt_out"
        stop_number(line.session, line.file.sender, inbound.from_number, "call", line.now, inbound.id)
        return line.hang_up(say("calls_stopped", line.manner))
    if reading.value is True:
        return _confirmed(line)
    if reading.value is False or reading.intent == "wrong_person":
        # Somebody of the household, as a rule: the number stays the patient's, and the ladder goes on.
        inbound.intent = "not_me"
        open_task(
            line.session,
            dedupe=f"not_you:{inbound.check_in_id or inbound.id}",
            kind="not_you",
            reason="Somebody else took our call and was asked to tell the patient.",
            clinic_id=line.clinic.id,
            check_in=line.check_in,
            inbound=inbound,
            now=line.now,
        )
        return line.hang_up(say("not_you", line.manner))
    return _once_more(line)


def _born_when(line: Line) -> str:
    line.inbound.question, line.inbound.intent = "birth_year", "answer"
    assert line.patient is not None
    return _confirmed(line) if line.inbound.body == line.patient.birth_year else _once_more(line)


def _once_more(line: Line) -> str:
    line.call.misses += 1
    if line.call.misses >= MISSES:
        return line.hang_up(say("goodbye", line.manner))
    return line.repeat(form="again")


def _confirmed(line: Line) -> str:
    check_in = line.check_in
    line.call.confirmed, line.call.misses = True, 0
    if check_in is not None and line.patient is not None and _may_begin(line):
        begin(check_in, line.file, line.patient, line.now)
    elif check_in is not None and _may_go_on(line):
        reopen(check_in, line.file, line.now)
    if check_in is None or check_in.state != "open":
        return line.hang_up(say("nothing_open", line.manner))
    check_in.asked_at = line.now
    check_in.first_asked_at = check_in.first_asked_at or line.now
    return line.repeat(say("menu", line.manner))


def _answer(line: Line) -> str:
    """An answer to the question this call has put, unless that was answered by text meanwhile."""
    check_in, inbound = line.check_in, line.inbound
    assert check_in is not None
    line.call.misses = 0
    if check_in.state == "open" and check_in.question != line.call.asked:
        return line.repeat()
    question, previous = listening(course_of(line.session, check_in))
    message = read_message(question, inbound.channel, line.manner.lang, inbound.body, previous)
    inbound.question, inbound.intent = question, message.reading.intent
    heard = line.heard(message)
    if inbound.channel == "speech":
        heard.signs = scan(inbound.body, blood_thinner=bool(line.patient and line.patient.blood_thinner))
        if reported := worst(heard.signs):
            heard.open_alert(*reported)
        if heard.alert is not None and heard.alert.tier == "E":
            after_emergency(heard)
            return line.hang_up(*(reply.body for reply in safety_first(heard)))
        if message.reading.intent == "opt_out":
            refused(heard, already=True)
            return line.hang_up(say("calls_stopped", line.manner))
        if message.reading.intent == "callback":
            return _to_a_person(line)
    replies = converse(heard) if check_in.state == "open" else late(heard)
    words = [reply.body for reply in (*safety_first(heard), *replies)]
    if any(reply.step == "question" for reply in replies):
        return line.put(*words)
    if replies or check_in.state != "open":
        return line.hang_up(*(words or [say("nothing_open", line.manner)]))
    if words or message.reading.intent not in ("answer", "unclear"):
        return line.repeat(*words)
    return line.hang_up(
        say("goodbye", line.manner)
    )  # the inbox has stopped answering: going round in circles
