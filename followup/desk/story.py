"""The story of one check-in as people read it: what was said, by whom, how it was understood, what was done.

Made from the rows that are there anyway, so that it cannot say anything else than what happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from followup.desk.acts import acts_of
from followup.desk.urgent import names
from followup.store.models import Answer, CheckIn, Inbound, Outbound

_LEFT = ("sent", "unsure", "refused", "sending")


@dataclass(frozen=True)
class Span:
    """A piece of a message; `rule` says which rule read it, "" for what was only read over."""

    text: str
    rule: str = ""


@dataclass(frozen=True)
class Understood:
    """An answer as it was read: `number` or `word`; `rules` name what made it."""

    question: str
    number: Decimal | None
    word: str
    approx: bool
    flags: tuple[str, ...]
    rules: tuple[str, ...]
    by: str = ""  # who entered it by hand


@dataclass
class Event:
    """One bubble. `side`: us, them, desk. `state`: the carrier's word or ours; `what`: a code of the kind."""

    at: datetime
    side: str
    channel: str
    body: str = ""
    spans: list[Span] = field(default_factory=list)
    state: str = ""
    reason: str = ""
    what: str = ""
    by: str = ""
    seconds: int = 0
    understood: list[Understood] = field(default_factory=list)


@dataclass(frozen=True)
class AnswerRow:
    """The answer that counts, and those it replaced, newest first."""

    question: str
    now: Understood
    at: datetime
    before: tuple[Understood, ...] = ()


def story(session: Session, check_in: CheckIn) -> tuple[list[Event], list[AnswerRow]]:
    """The events of a check-in in the order they happened, and its answers in the order they are asked."""
    assert check_in.id is not None
    sent = session.exec(
        select(Outbound).where(Outbound.check_in_id == check_in.id, col(Outbound.state).in_(_LEFT))
    ).all()
    came = session.exec(select(Inbound).where(Inbound.check_in_id == check_in.id)).all()
    answers = session.exec(
        select(Answer).where(Answer.check_in_id == check_in.id).order_by(col(Answer.id))
    ).all()
    acts = acts_of(session, [check_in.id])[check_in.id]
    ids = {row.staff_id for row in came} | {row.staff_id for row in answers} | {row.staff_id for row in acts}
    people = names(session, [f"staff {i}" for i in ids if i is not None])

    def who(staff_id: int | None) -> str:
        return people.get(f"staff {staff_id}", f"staff {staff_id}") if staff_id is not None else ""

    by_message: dict[int, list[Answer]] = {}
    for answer in answers:
        if answer.inbound_id is not None:
            by_message.setdefault(answer.inbound_id, []).append(answer)
    events = [_sent(row) for row in sent]
    events += [_came(row, by_message.get(row.id or 0, []), who(row.staff_id)) for row in came]
    events += [
        Event(act.at, "desk", "call", what=act.what, by=who(act.staff_id))
        for act in acts
        if act.what != "answered"
    ]
    # Our answer to a message bears the message's own time, and comes after it.
    return sorted(events, key=lambda event: (event.at, event.side == "us")), _answers(answers, who)


def _sent(row: Outbound) -> Event:
    at = row.sent_at or row.started_at or row.due_at
    state = row.state if row.state != "sent" else row.delivery or "sent"
    return Event(
        at,
        "us",
        row.channel,
        body=row.body,
        state=state,
        reason=row.reason,
        what=row.step,
        seconds=row.seconds,
    )


def _came(row: Inbound, answers: Iterable[Answer], by: str) -> Event:
    listed = list(answers)
    return Event(
        row.received_at,
        "desk" if row.staff_id is not None else "them",
        row.channel,
        body=row.body,
        spans=spans(row.body, [mark for answer in listed for mark in _marks(answer)]),
        what=row.intent,
        by=by,
        understood=[_understood(answer, "") for answer in listed],
    )


def spans(body: str, marks: Iterable[tuple[str, str, int, int]]) -> list[Span]:
    """The message cut at what was read: each mark is (rule, text, start, end) of the message itself.

    A mark that does not fit the message (a keypad's digits read as another text) is left out.
    """
    cut, at = [], 0
    for rule, text, start, end in sorted(marks, key=lambda mark: (mark[2], -mark[3])):
        if start < at or end <= start or body[start:end] != text:
            continue
        if start > at:
            cut.append(Span(body[at:start]))
        cut.append(Span(body[start:end], rule))
        at = end
    if at < len(body):
        cut.append(Span(body[at:]))
    return cut


def _marks(answer: Answer) -> list[tuple[str, str, int, int]]:
    return [tuple(mark) for mark in json.loads(answer.why)] if answer.why else []


def _understood(answer: Answer, by: str) -> Understood:
    return Understood(
        question=answer.question,
        number=answer.number,
        word=answer.word,
        approx=answer.approx,
        flags=tuple(filter(None, answer.flags.split(","))),
        rules=tuple(dict.fromkeys(rule for rule, *_ in _marks(answer))),
        by=by,
    )


def _answers(answers: Iterable[Answer], who: Callable[[int | None], str]) -> list[AnswerRow]:
    by_question: dict[str, list[Answer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question, []).append(answer)
    rows = []
    for question, given in by_question.items():
        made = [_understood(answer, who(answer.staff_id)) for answer in given]
        rows.append(AnswerRow(question, made[-1], given[-1].at, tuple(reversed(made[:-1]))))
    return rows
