"""From rows to entries: one for each procedure of the page, each in its one bucket.

What a proposal was made from is shown from the proposal, so that a signed case keeps the numbers that
were signed; while nothing is proposed, the answers so far are shown.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from followup.assessment import SUGGESTS, Inputs, Thresholds, explain, relief, turns, what_if, why
from followup.assessment import Proposal as Made
from followup.checkin.course import as_answered
from followup.clinic import ClinicFile
from followup.digest.model import AlertSeen, Decided, Entry, Tried
from followup.digest.place import place
from followup.digest.rows import Came, Rows, Sent, staff_id
from followup.protocol import conclusions
from followup.store.models import Alert, Answer, DeskAct, Patient, Procedure, Proposal
from followup.tongue import _, language

_CONTACTS = ("first", "reminder", "call", "second_call")  # what counts as an attempt
_SHOWN = (*_CONTACTS, "question", "day_of")
_LEFT = ("sent", "unsure")
_TELLING, _MOST_WORDS = 3, 3  # words in a message worth quoting; messages quoted of one patient
_NOT_EXPLAINED = "missed"  # a flag of ours, not of the decision table


def entries(rows: Rows, file: ClinicFile) -> tuple[Entry, ...]:
    """Every procedure of the page, in the order of work: see `_urgency`."""
    made = (_entry(rows, file, procedure) for procedure in rows.procedures)
    return tuple(sorted(made, key=_urgency))


def _entry(rows: Rows, file: ClinicFile, procedure: Procedure) -> Entry:
    assert procedure.id is not None
    assert procedure.check_in_id is not None
    check_in = rows.check_ins[procedure.check_in_id]
    patient = rows.patients[procedure.patient_id]
    alert = _gravest(rows.alerts[procedure.check_in_id])
    decision = rows.decisions.get(procedure.id)
    conversing = check_in.state != "closed"
    # A conversation that goes on again has outrun its last proposal; a signed case keeps it.
    settled = not conversing or procedure.ended or decision
    proposal = rows.proposals.get(procedure.id) if settled else None
    ended = procedure.ended or ("cancelled" if procedure.status == "cancelled" else "")
    bucket = place(
        open_alert=alert is not None,
        ended=ended,
        decided=decision is not None,
        conversation_open=conversing,
        disposition=proposal.disposition if proposal else "",
    )
    answers = rows.answers[procedure.check_in_id]
    sent, came = rows.sent[procedure.check_in_id], rows.came[procedure.check_in_id]
    return Entry(
        id=procedure.id,
        reference=procedure.reference,
        bucket=bucket,
        performed_at=procedure.performed_at,
        due_on=check_in.due_on,
        kind=procedure.kind,
        levels=procedure.levels,
        side=procedure.side,
        provider=procedure.provider,
        intent=procedure.intent or file.intake.intent_default,
        screen=_screen(answers, rows.alerts[procedure.check_in_id]),
        outcome=check_in.outcome,
        ended=ended,
        ended_by=_person(rows, procedure.ended_by),
        last_words=next((c.body.strip() for c in reversed(came) if c.body.strip() and not c.by_key), ""),
        words_now=_words_now(answers, came),
        own_words=_own_words(answers, came, alert),
        tried=_all_tried(sent, rows.acts[procedure.check_in_id]),
        attempts=sum(row.step in _CONTACTS and row.state in _LEFT for row in sent),
        next_at=min((row.due_at for row in sent if row.state == "planned"), default=None)
        if conversing
        else None,
        answered_at=answers[-1].at if answers else None,
        to_do=tuple(_(t.reason) for t in rows.tasks[procedure.check_in_id] if t.closed_at is None),
        alert=_seen(rows, alert),
        decision=Decided(decision.choice, rows.staff[decision.staff_id], decision.at) if decision else None,
        **_who(patient),
        **(_proposed(proposal, procedure, file) if proposal else _so_far(procedure, answers, alert, file)),
    )


def _who(patient: Patient) -> dict[str, Any]:
    return {
        "person": patient.id or 0,
        "chart": patient.chart,
        "name": f"{patient.given_name} {patient.family_name}".strip(),
        "phone": patient.phone,
        "language": patient.language,
    }


def _proposed(proposal: Proposal, procedure: Procedure, file: ClinicFile) -> dict[str, Any]:
    """The proposal as it was made: its inputs, its bars, its words."""
    inputs, bars = _inputs(proposal.inputs), _bars(proposal.thresholds)
    flags = tuple(filter(None, proposal.flags.split(",")))
    known = tuple(flag for flag in flags if flag != _NOT_EXPLAINED)
    made = Made(proposal.disposition, proposal.reason, known, proposal.pw, proposal.pn, proposal.rule)
    return {
        **_numbers(inputs, bars),
        "pw": proposal.pw,
        "pn": proposal.pn,
        "disposition": proposal.disposition,
        "reason": proposal.reason,
        "flags": flags,
        "rule": proposal.rule,
        "why": why(made, inputs, bars),
        "earliest": _earliest(made, procedure, bars, file),
        "explanation": explain(made, inputs, bars),
        "what_if": _what_if(proposal.inputs, proposal.thresholds, file.intake.intent_default, language()),
        "would_change": _would_change(
            proposal.inputs, proposal.thresholds, file.intake.intent_default, language()
        ),
        "proposed_at": proposal.at,
    }


def _earliest(made: Made, procedure: Procedure, bars: Thresholds, file: ClinicFile) -> date | None:
    if made.disposition != "candidate_repeat":
        return None
    return procedure.performed_at.astimezone(file.zone).date() + timedelta(days=bars.repeat_after_days)


def _so_far(
    procedure: Procedure, answers: list[Answer], alert: Alert | None, file: ClinicFile
) -> dict[str, Any]:
    """What is known before anything is proposed. A warning sign is row 1 of the table, score or no score."""
    said = conclusions({answer.question: as_answered(answer) for answer in answers})
    inputs = Inputs(baseline=procedure.baseline, **said)
    pw, pn = relief(inputs.baseline, inputs.best), relief(inputs.baseline, inputs.now)
    return {
        **_numbers(inputs, file.thresholds),
        "pw": None if pw is None else float(pw),
        "pn": None if pn is None else float(pn),
        "disposition": "urgent_call" if alert else "",
        "reason": f"red_flag:{alert.kind.split(',')[0]}" if alert else "",
    }


def _numbers(inputs: Inputs, bars: Thresholds) -> dict[str, Any]:
    return {
        "baseline": inputs.baseline,
        "best": inputs.best,
        "hours": inputs.hours,
        "now": inputs.now,
        "medicine": inputs.medicine,
        "activity": inputs.activity,
        "bar": bars.repeat_percent,
        "window_hours": bars.window_hours,
    }


@lru_cache(maxsize=4096)
def _inputs(stored: str) -> Inputs:
    return Inputs.parse(json.loads(stored))


@lru_cache(maxsize=256)
def _bars(stored: str) -> Thresholds:
    return Thresholds.model_validate_json(stored)


# The table is asked some dozen times for each case; a page is opened far more often than a case changes.
@lru_cache(maxsize=4096)
def _would_change(stored: str, stored_bars: str, intent: str, _spoken: str) -> tuple[tuple[str, str], ...]:
    found = turns(_inputs(stored), _bars(stored_bars), intent)
    return tuple((turn.words, turn.proposal.disposition) for turn in found)


@lru_cache(maxsize=4096)
def _what_if(stored: str, stored_bars: str, intent: str, _spoken: str) -> tuple[str, ...]:
    """Only where a bar decided: at another clinic's bar this would be something else."""
    inputs, bars = _inputs(stored), _bars(stored_bars)
    if inputs.red_flag or inputs.contact != "answered":
        return ()
    return tuple(
        _(
            "at {bar} this would be: {proposal}",
            bar=f"{w.repeat_percent.normalize():f} %",
            proposal=_(SUGGESTS[w.proposal.disposition]).lower(),
        )
        for w in what_if(inputs, bars, intent)
    )


def _gravest(alerts: list[Alert]) -> Alert | None:
    unresolved = [alert for alert in alerts if alert.resolved_at is None]
    return min(unresolved, key=lambda a: (a.tier != "E", a.opened_at, a.id), default=None)


def _seen(rows: Rows, alert: Alert | None) -> AlertSeen | None:
    if alert is None:
        return None
    assert alert.id is not None
    by = _person(rows, alert.acknowledged_by)
    return AlertSeen(
        alert.id, alert.tier, alert.kind, alert.opened_at, alert.acknowledged_at, by, rows.paged.get(alert.id)
    )


def _person(rows: Rows, mark: str) -> str:
    """The address behind "staff 3"; other marks are names already."""
    number = staff_id(mark)
    return rows.staff.get(number, mark) if number is not None else mark


def _screen(answers: list[Answer], alerts: list[Alert]) -> str:
    """The warning-sign screen in the chart note's words; an alert ever raised counts, resolved or not."""
    said = {answer.question: answer.word for answer in answers}.get("warning_signs")
    if alerts or said == "yes":
        return "positive"
    return "negative" if said == "no" else "not answered"


def _words_now(answers: list[Answer], came: list[Came]) -> str:
    asked = [a.inbound_id for a in answers if a.question == "pain_now" and a.inbound_id is not None]
    return next((c.body.strip() for c in came if asked and c.id == asked[-1] and not c.by_key), "")


def _own_words(answers: list[Answer], came: list[Came], alert: Alert | None) -> tuple[str, ...]:
    """The last reply is often a bare "Y": a provider reads the ones that say something."""
    if alert is not None and alert.said.strip():
        return (alert.said.strip(),)
    said = [c.body.strip() for c in came if c.body.strip() and not c.by_key]
    telling = [words for words in said if len(words.split()) >= _TELLING]
    if telling:
        return tuple(telling[-_MOST_WORDS:])
    return tuple(filter(None, [_words_now(answers, came) or (said[-1] if said else "")]))


_DESK = {"no_answer": "nobody picked up", "answered": "answered", "wrong_number": "a wrong number"}


def _all_tried(sent: list[Sent], acts: list[DeskAct]) -> tuple[Tried, ...]:
    """What left by itself and whom staff phoned, in order."""
    made = [_tried(row) for row in sent if _is_shown(row)]
    made += [Tried(act.at, "desk", "desk", _DESK[act.what]) for act in acts if act.what in _DESK]
    return tuple(made if not acts else sorted(made, key=lambda tried: tried.at))


def _is_shown(row: Sent) -> bool:
    return row.step in _SHOWN and row.channel in ("text", "call") and row.state in (*_LEFT, "refused")


def _tried(row: Sent) -> Tried:
    at = row.sent_at or row.started_at or row.due_at
    if row.state == "refused" or row.delivery in ("failed", "undelivered"):
        return Tried(
            at,
            row.channel,
            row.step,
            f"{_('not delivered')} ({_lower(_(row.reason))})" if row.reason else "not delivered",
        )
    if row.state == "unsure":
        return Tried(at, row.channel, row.step, "not known to have left")
    if row.channel == "call" and row.reason:
        # "completed" alone would say of a machine, or of somebody else, that the patient was reached.
        return Tried(at, row.channel, row.step, _lower(row.reason))
    return Tried(at, row.channel, row.step, row.delivery if row.delivery in _TOLD else "")


_TOLD = ("delivered", "completed", "busy", "no-answer")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _urgency(entry: Entry) -> tuple[Any, ...]:
    """Emergencies before same-day alerts, unseen before seen; then the oldest case, the highest relief."""
    alert = entry.alert
    grave = (
        (alert.tier != "E", alert.acknowledged_at is not None, alert.opened_at.timestamp())
        if alert
        else (True, True, 0.0)
    )
    carried: date = entry.due_on
    by_relief = entry.bucket in ("candidate_repeat", "candidate_further_testing")
    highest = -(entry.pw if entry.pw is not None else entry.pn or 0.0) if by_relief else 0.0
    return (*grave, not entry.worse, carried, highest, entry.id)
