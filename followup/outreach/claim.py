"""Take due rows for one worker.

Another worker, a reply, a STOP, a roster change or the end of the contact hours may come between
"due" and "claimed". So the rows are locked, asked about, and moved by an UPDATE that still demands each be
planned. What comes between "claimed" and "sent" is for `last_look.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from followup.checkin.begin import begin
from followup.checkin.clinics import contact_hours, readable_clinics
from followup.checkin.close import close
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.tasks import open_task
from followup.checkin.trial import STEP as TRIAL
from followup.checkin.trial import in_the_way as in_the_trials_way
from followup.clinic import ClinicFile
from followup.outreach.compose import compose
from followup.outreach.known import Known
from followup.outreach.obstacles import Never, NotYet, Obstacle, Over, in_the_way
from followup.outreach.pace import Paces, key_of, rate
from followup.outreach.turns import Due, due_rows
from followup.protocol import segments
from followup.store import keyed_hash, taken
from followup.store.models import CheckIn, Outbound, Patient
from followup.store.models.messages import PROMPTS

log = logging.getLogger(__name__)
T = TypeVar("T", Outbound, Patient)

# Minutes, not seconds: a worker that waits for its turn on SQLite must not lose the row meanwhile.
LEASE = timedelta(minutes=5)
_PUT_OFF = timedelta(minutes=10)
# What answers a warning leaves whatever became of its check-in: better twice than never.
ANYWAY = ("safety",)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A claimed row as the sender needs it, outside any transaction."""

    id: int
    channel: str
    to: str
    sender: str
    subject: str
    body: str
    not_after: datetime | None
    prompted: bool  # False for what may leave at any hour
    planned_at: datetime
    check_in_id: int | None
    step: str = ""
    sid: str = ""  # of the call that is under way, for other words in it
    turn: int = 0
    question: str = ""


def claim(session: Session, owner: str, now: datetime, limit: int) -> list[Envelope]:
    """Claim up to `limit` due rows for `owner` until now + LEASE; what may not leave waits or is taken back.

    1. Take a few due rows of each clinic; on PostgreSQL skip those another worker is looking at.
    2. Ask of each what stands in its way: nothing, not yet (until when), or never (why).
    3. Count it on its sender's pace; what would be too fast stays planned.
    4. Move it to `sending` with its text; its check-in is open from here on, since the reply can
       come back before we hear that the carrier took it.
    """
    paces = Paces(session, now)
    due = due_rows(session, paces, now, limit)
    if not due:
        return []
    clinics = _Clinics(session, due)
    paces.hold(
        key_of(file, one.sender, one.channel)
        for one in due
        if one.step in PROMPTS and (file := clinics.files.get(one.clinic_id))
    )
    claimed = _claim_safely(session, paces, clinics, due, owner, now)
    paces.keep()
    log.debug("claimed %s of %s rows", len(claimed), len(due))
    return claimed


class _Clinics:
    """The clinics of a claim, read once; those whose file cannot be read are not among the files."""

    def __init__(self, session: Session, due: Sequence[Due]) -> None:
        found = readable_clinics(session, {one.clinic_id for one in due})
        self.rows = {clinic.id: clinic for clinic, _ in found}
        self.files = {clinic.id: file for clinic, file in found}


def _claim_safely(
    session: Session, paces: Paces, clinics: _Clinics, due: Sequence[Due], owner: str, now: datetime
) -> list[Envelope]:
    """Claim all together, or by halves until the one that cannot be prepared stands alone.

    That one is put off and shown, and does not hold up the others.
    """
    mark = paces.marked()
    try:
        with session.begin_nested():
            return _Claim(session, paces, clinics, owner, now).of([one.id for one in due])
    except Exception as problem:
        paces.back_to(mark)
        if len(due) > 1:
            half = len(due) // 2
            return [
                envelope
                for some in (due[:half], due[half:])
                for envelope in _claim_safely(session, paces, clinics, some, owner, now)
            ]
        log.error("outbound %s could not be prepared: %s", due[0].id, type(problem).__name__)
    session.execute(
        update(Outbound)
        .where(col(Outbound.id) == due[0].id, col(Outbound.state) == "planned")
        .values(due_at=now + _PUT_OFF, changed_at=now)
    )
    open_task(
        session,
        dedupe=f"stuck:{due[0].id}",
        kind="stuck",
        reason="A message cannot be prepared and has not left. Please phone the patient, and tell support.",
        clinic_id=due[0].clinic_id,
        now=now,
    )
    return []


class _Claim:
    """Some due rows, and everything that is known of them."""

    def __init__(self, session: Session, paces: Paces, clinics: _Clinics, owner: str, now: datetime) -> None:
        self._session, self._paces, self._clinics = session, paces, clinics
        self._owner, self._now = owner, now

    def of(self, ids: Sequence[int]) -> list[Envelope]:
        """The envelopes of those that may leave, in the order given; raises when one cannot be prepared."""
        rows = _by_id(self._session, Outbound, ids)
        self._check_ins = _undisturbed(self._session, list(rows.values()))
        self._patients = _by_id(self._session, Patient, {row.patient_id for row in rows.values()})
        self._known = Known(self._session, rows.values(), self._now)
        ready = [envelope for row_id in ids if (envelope := self._envelope(rows[row_id])) is not None]
        return _moved(self._session, ready, self._owner, self._now)

    def _envelope(self, row: Outbound) -> Envelope | None:
        clinic, file = self._clinics.rows[row.clinic_id], self._clinics.files[row.clinic_id]
        patient = self._patients.get(row.patient_id)
        check_in = self._check_ins.get(row.check_in_id)
        if row.check_in_id is not None and check_in is None:
            return None  # somebody is at it this moment; the next tick looks again
        if row.step == TRIAL and (
            why := in_the_trials_way(self._session, clinic, file, row.to, row.useless_after, self._now)
        ):
            self._stop(row, file, check_in, Never(f"a test that may not leave: {why}"))
            return None
        turn, question, body = row.turn, row.question, row.body
        not_after = contact_hours(file, patient).closing_after(self._now) if patient else None
        if check_in is not None and patient is not None and row.step not in ANYWAY:
            obstacle = in_the_way(row, clinic, file, patient, check_in, self._known, self._now)
            if obstacle is not None:
                self._stop(row, file, check_in, obstacle)
                return None
            body = compose(row, file, patient, check_in)
            if row.step in PROMPTS and not self._in_pace(row, file, body):
                return None
            if row.channel != "live" and row.step != DAY_OF:
                # The first contact puts the first question; a later rung puts the open one again.
                begin(check_in, file, patient, self._now)
                check_in.asked_at = self._now
                self._known.opens(check_in, patient, clinic)
            turn, question = check_in.turn, check_in.question
        assert row.id is not None
        return Envelope(
            id=row.id,
            channel=row.channel,
            to=row.to,
            # Opt-outs are kept by the number we text from, whichever number we call from.
            sender=(file.calling.sender or row.sender) if row.channel == "call" else row.sender,
            subject=row.subject,
            body=body,
            not_after=not_after if row.step in PROMPTS else None,
            prompted=row.step in PROMPTS,
            planned_at=row.created_at,
            check_in_id=row.check_in_id,
            step=row.step,
            sid=row.sid,
            turn=turn,
            question=question,
        )

    def _in_pace(self, row: Outbound, file: ClinicFile, body: str) -> bool:
        units = segments(body) if row.channel == "text" else 1
        return self._paces.take(key_of(file, row.sender, row.channel), units, rate(file, row.channel))

    def _stop(self, row: Outbound, file: ClinicFile, check_in: CheckIn | None, obstacle: Obstacle) -> None:
        match obstacle:
            case NotYet(until, reason):
                row.due_at, row.reason, row.changed_at = until, reason, self._now
            case Never(reason):
                row.state, row.reason, row.changed_at = "withdrawn", reason, self._now
            case Over(outcome):
                assert check_in is not None
                close(self._session, check_in, file, outcome, self._now)
                self._known.closes(check_in)


def _by_id(
    session: Session, model: type[T], ids: Sequence[int | None] | set[int | None]
) -> dict[int | None, T]:
    """These rows in one query, as they are now."""
    found = session.exec(
        select(model).where(col(model.id).in_(set(ids) - {None})).execution_options(populate_existing=True)
    ).all()
    return {row.id: row for row in found}


def _undisturbed(session: Session, rows: Sequence[Outbound]) -> dict[int | None, CheckIn]:
    """Their check-ins, locked, without those another transaction is at, or at whose phone (PostgreSQL only).

    Never waits: whoever takes in a reply holds the check-in and wants its planned rows, which we hold.
    The phone is taken too because a family's check-ins share it and two workers would open one each.
    """
    phones = {row.check_in_id: keyed_hash("phone", row.to) for row in rows if row.check_in_id is not None}
    free = taken(session, set(phones.values()))
    found = session.exec(
        select(CheckIn)
        .where(col(CheckIn.id).in_([check_in_id for check_in_id, phone in phones.items() if phone in free]))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)  # or a check-in already loaded would keep its old state
    ).all()
    return {check_in.id: check_in for check_in in found}


_MOVE = (
    update(Outbound.__table__)  # type: ignore[attr-defined]
    .where(col(Outbound.id) == bindparam("row"), col(Outbound.state) == "planned")
    .values(
        state="sending", owner=bindparam("by"), deadline=bindparam("until"), body=bindparam("words"),
        turn=bindparam("at_turn"), question=bindparam("asking"), started_at=None, changed_at=bindparam("at"),
    )
)  # fmt: skip


def _moved(session: Session, ready: Sequence[Envelope], owner: str, now: datetime) -> list[Envelope]:
    """Those that are `sending` and ours from here on: not one that was taken back with its check-in."""
    if not ready:
        return []
    session.flush()
    session.connection().execute(
        _MOVE,
        [
            {"row": one.id, "by": owner, "until": now + LEASE, "words": one.body, "at_turn": one.turn,
             "asking": one.question, "at": now}
            for one in ready
        ],
    )  # fmt: skip
    ours = set(
        session.exec(
            select(Outbound.id).where(
                col(Outbound.id).in_([one.id for one in ready]),
                Outbound.state == "sending",
                Outbound.owner == owner,
            )
        ).all()
    )
    return [one for one in ready if one.id in ours]
