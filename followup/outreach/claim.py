"""Take due rows for one worker, and look again just before each leaves.

Another worker, a reply, a STOP, a roster change or the end of the contact hours may come between
"due" and "sent". So a row is claimed by an UPDATE that still demands it be planned, and one more UPDATE
right before the call demands that it is still ours and still wanted. No row to update: nothing is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import exists, or_, update
from sqlmodel import Session, col, func, select

from followup.checkin.begin import begin
from followup.checkin.clinics import clinic_file, contact_hours, readable_clinics
from followup.checkin.day_of import STEP as DAY_OF
from followup.checkin.day_of import warned
from followup.checkin.tasks import open_task
from followup.checkin.trial import STEP as TRIAL
from followup.checkin.trial import in_the_way
from followup.clinic import ClinicFile
from followup.outreach.compose import compose
from followup.outreach.obstacles import may_leave
from followup.outreach.pace import Paces, key_of, rate
from followup.outreach.turns import due_rows
from followup.protocol import segments
from followup.store import is_one_of, keyed_hash
from followup.store.models import CheckIn, Clinic, OptOut, Outbound, Patient
from followup.store.models.messages import PROMPTS

log = logging.getLogger(__name__)
T = TypeVar("T", Clinic, Patient)

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
    step: str = ""
    sid: str = ""  # of the call that is under way, for other words in it


def claim(session: Session, owner: str, now: datetime, limit: int) -> list[Envelope]:
    """Claim up to `limit` due rows for `owner` until now + LEASE; what may not leave waits or is taken back.

    1. Take a few due rows of each clinic; on PostgreSQL skip those another worker is looking at.
    2. Ask of each what stands in its way: nothing, not yet (until when), or never (why).
    3. Count it on its sender's pace; what would be too fast stays planned.
    4. Move it to `sending` with its text; its check-in is open from here on, since the reply can
       come back before we hear that the carrier took it.
    """
    paces = Paces(session, now)
    rows = due_rows(session, paces, now, limit)
    if not rows:
        return []
    # Held in a name each: the session itself forgets what nobody holds, and would ask for each one again.
    patients = _all(session, Patient, {row.patient_id for row in rows})
    clinics = readable_clinics(session, {row.clinic_id for row in rows})
    files = {clinic.id: file for clinic, file in clinics}
    paces.hold(
        key_of(files[r.clinic_id], r.sender, r.channel)
        for r in rows
        if r.step in PROMPTS and r.clinic_id in files
    )
    claimed = [envelope for row in rows if (envelope := _claim_safely(session, paces, row, owner, now))]
    paces.keep()
    log.debug("claimed %s of %s rows for %s patients", len(claimed), len(rows), len(patients))
    return claimed


def _all(session: Session, model: type[T], ids: set[int | None]) -> Sequence[T]:
    """These rows in one query; `session.get` finds them in the session afterwards."""
    return session.exec(select(model).where(col(model.id).in_(ids - {None}))).all()


def _claim_safely(
    session: Session, paces: Paces, row: Outbound, owner: str, now: datetime
) -> Envelope | None:
    """Claim one row; one that cannot be prepared is put off and shown, and does not hold up the others."""
    row_id, clinic_id = row.id, row.clinic_id
    try:
        with session.begin_nested():
            return _claim_one(session, paces, row, owner, now)
    except Exception as problem:
        log.error("outbound %s could not be prepared: %s", row_id, type(problem).__name__)
    session.execute(
        update(Outbound)
        .where(col(Outbound.id) == row_id, col(Outbound.state) == "planned")
        .values(due_at=now + _PUT_OFF, changed_at=now)
    )
    open_task(
        session,
        dedupe=f"stuck:{row_id}",
        kind="stuck",
        reason="A message cannot be prepared and has not left. Please phone the patient, and tell support.",
        clinic_id=clinic_id,
        now=now,
    )
    return None


def _claim_one(session: Session, paces: Paces, row: Outbound, owner: str, now: datetime) -> Envelope | None:
    clinic = session.get_one(Clinic, row.clinic_id)
    file = clinic_file(clinic)
    patient = session.get(Patient, row.patient_id) if row.patient_id else None
    check_in = None
    if row.check_in_id is not None:
        check_in = _undisturbed(session, row.check_in_id, row.to)
        if check_in is None:
            return None  # somebody is at it this moment; the next tick looks again
    if row.step == TRIAL and (why := in_the_way(session, clinic, file, row.to, row.useless_after, now)):
        row.state, row.reason, row.changed_at = "withdrawn", f"a test that may not leave: {why}", now
        return None
    turn, question, body = row.turn, row.question, row.body
    if check_in is not None and patient is not None and row.step not in ANYWAY:
        if not may_leave(session, row, clinic, file, patient, check_in, now):
            return None
        body = compose(row, file, patient, check_in)
        if row.step in PROMPTS and not _in_pace(paces, row, file, body):
            return None
        if row.channel != "live" and row.step != DAY_OF:
            _open(check_in, file, patient, now)
        turn, question = check_in.turn, check_in.question
    changed = session.execute(
        update(Outbound)
        .where(col(Outbound.id) == row.id, col(Outbound.state) == "planned")
        .values(
            state="sending", owner=owner, deadline=now + LEASE, body=body, turn=turn, question=question,
            started_at=None, changed_at=now,
        )
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        return None  # another worker, or a withdrawal, was faster
    assert row.id is not None
    not_after = contact_hours(file, patient).closing_after(now) if patient else None
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
        step=row.step,
        sid=row.sid,
    )


def _in_pace(paces: Paces, row: Outbound, file: ClinicFile, body: str) -> bool:
    units = segments(body) if row.channel == "text" else 1
    return paces.take(key_of(file, row.sender, row.channel), units, rate(file, row.channel))


def _undisturbed(session: Session, check_in_id: int, phone: str) -> CheckIn | None:
    """The check-in, locked; None while another transaction is at it, or at its phone (PostgreSQL only).

    Never waits: whoever takes in a reply holds the check-in and wants its planned rows, which we hold.
    The phone is taken too because a family's check-ins share it and two workers would open one each.
    """
    phone_is_free = True
    if session.get_bind().dialect.name == "postgresql":
        taken = func.pg_try_advisory_xact_lock(func.hashtext(keyed_hash("phone", phone)))
        phone_is_free = bool(session.execute(select(taken)).scalar())
    if not phone_is_free:
        return None
    return session.exec(
        select(CheckIn)
        .where(CheckIn.id == check_in_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)  # or a check-in already loaded would keep its old state
    ).one_or_none()


def _open(check_in: CheckIn, file: ClinicFile, patient: Patient, now: datetime) -> None:
    """The first contact puts the first question; a later rung puts the open one again."""
    begin(check_in, file, patient, now)
    check_in.asked_at = now


def still_wanted(session: Session, envelope: Envelope, owner: str, now: datetime) -> bool:
    """The last look before the call: still ours, still inside hours, question still open, nobody opted out.

    Counts the attempt in the same UPDATE, so that a crash right after it is seen as a possible send.
    """
    if envelope.not_after is not None and now >= envelope.not_after:
        give_back(session, envelope, owner, now)
        return False
    if envelope.step == DAY_OF and warned(session, session.get_one(Outbound, envelope.id)):
        _let_go(session, envelope, owner, now)
        return False
    no_opt_out = ~exists().where(
        col(OptOut.sender) == col(Outbound.sender),
        is_one_of(OptOut.phone_hash, "phone", envelope.to),
        col(OptOut.stopped),
    )
    # The text on the day asks nothing: its check-in is still planned, and stays so.
    question_open = exists().where(
        col(CheckIn.id) == col(Outbound.check_in_id),
        col(CheckIn.state) == ("planned" if envelope.step == DAY_OF else "open"),
        col(CheckIn.turn) == col(Outbound.turn),
    )
    changed = session.execute(
        update(Outbound)
        .where(
            col(Outbound.id) == envelope.id,
            col(Outbound.state) == "sending",
            col(Outbound.owner) == owner,
            col(Outbound.deadline) > now,
            or_(
                col(Outbound.check_in_id).is_(None),
                col(Outbound.step).in_(ANYWAY),
                question_open & no_opt_out,
            ),
        )
        .values(attempts=col(Outbound.attempts) + 1, started_at=now, changed_at=now)
    )
    if changed.rowcount == 1:  # type: ignore[attr-defined]
        return True
    _let_go(session, envelope, owner, now)
    return False


def _let_go(session: Session, envelope: Envelope, owner: str, now: datetime) -> None:
    session.execute(
        update(Outbound)
        .where(
            col(Outbound.id) == envelope.id, col(Outbound.state) == "sending", col(Outbound.owner) == owner
        )
        .values(state="withdrawn", reason="answered, stopped or cancelled meanwhile", changed_at=now)
    )


def give_back(session: Session, envelope: Envelope, owner: str, now: datetime) -> None:
    """Let somebody else send it, or us later: nothing has left."""
    session.execute(
        update(Outbound)
        .where(
            col(Outbound.id) == envelope.id, col(Outbound.state) == "sending", col(Outbound.owner) == owner
        )
        .values(state="planned", owner="", deadline=None, changed_at=now)
    )
