"""Take due rows for one worker, and look again just before each leaves.

Another worker, a reply, a STOP, a roster change or the end of the contact hours may come between
"due" and "sent". So a row is claimed by an UPDATE that still demands it be planned, and one more UPDATE
right before the call demands that it is still ours and still wanted. No row to update: nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, update
from sqlmodel import Session, col, func, select

from followup.checkin.clinics import clinic_file, contact_hours
from followup.checkin.close import close
from followup.checkin.ladder import not_before
from followup.checkin.plan import opted_out
from followup.clinic import ClinicFile
from followup.outreach.compose import compose
from followup.store.models import CheckIn, Clinic, OptOut, Outbound, Patient

# Minutes, not seconds: a worker that waits for its turn on SQLite must not lose the row meanwhile.
LEASE = timedelta(minutes=5)
_HELD = timedelta(minutes=10)  # how long a row waits when something else must finish first
_PROMPTS = ("first", "reminder", "call", "second_call", "day_of")  # what counts as an unprompted contact


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
    """Claim up to `limit` due rows for `owner` until now + LEASE; what may not leave is put off or taken back.

    1. Take the oldest due rows; on PostgreSQL skip those another worker is looking at.
    2. Ask of each what stands in its way: nothing, not yet (until when), or never (why).
    3. Move it to `sending` with its text; its check-in is open from here on, since the reply can
       come back before we hear that the carrier took it.
    """
    rows = session.exec(
        select(Outbound)
        .where(Outbound.state == "planned", Outbound.due_at <= now)
        .order_by(col(Outbound.due_at), col(Outbound.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return [envelope for row in rows if (envelope := _claim_one(session, row, owner, now))]


def _claim_one(session: Session, row: Outbound, owner: str, now: datetime) -> Envelope | None:
    clinic = session.get_one(Clinic, row.clinic_id)
    file = clinic_file(clinic)
    patient = session.get(Patient, row.patient_id) if row.patient_id else None
    check_in = None
    if row.check_in_id is not None:
        check_in = _undisturbed(session, row.check_in_id, row.to_hash)
        if check_in is None:
            return None  # somebody is at it this moment; the next tick looks again
    if check_in is not None and patient is not None:
        if not _may_leave(session, row, clinic, file, patient, check_in, now):
            return None
        if row.channel != "live":
            _open(check_in, now)
        row.turn, row.question = check_in.turn, check_in.question
        row.body = compose(row, file, patient, check_in)
    changed = session.execute(
        update(Outbound)
        .where(col(Outbound.id) == row.id, col(Outbound.state) == "planned")
        .values(
            state="sending", owner=owner, deadline=now + LEASE, body=row.body, turn=row.turn,
            question=row.question, started_at=None, changed_at=now,
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
        body=row.body,
        not_after=not_after if row.step in _PROMPTS else None,
        prompted=row.step in _PROMPTS,
        step=row.step,
        sid=row.sid,
    )


def _undisturbed(session: Session, check_in_id: int, phone_hash: str) -> CheckIn | None:
    """The check-in, locked; None while another transaction is at it, or at its phone (PostgreSQL only).

    Never waits: whoever takes in a reply holds the check-in and wants its planned rows, which we hold.
    The phone is taken too because a family's check-ins share it and two workers would open one each.
    """
    phone_is_free = True
    if session.get_bind().dialect.name == "postgresql":
        taken = func.pg_try_advisory_xact_lock(func.hashtext(phone_hash))
        phone_is_free = bool(session.execute(select(taken)).scalar())
    if not phone_is_free:
        return None
    return session.exec(
        select(CheckIn)
        .where(CheckIn.id == check_in_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)  # or a check-in already loaded would keep its old state
    ).one_or_none()


def _may_leave(
    session: Session,
    row: Outbound,
    clinic: Clinic,
    file: ClinicFile,
    patient: Patient,
    check_in: CheckIn,
    now: datetime,
) -> bool:
    """Whether nothing stands in the way. If something does, the row (or its check-in) says so afterwards."""
    if check_in.state == "closed":
        _take_back(row, "the check-in was closed", now)
    elif row.channel == "call" and not file.calling.sender:
        _take_back(row, "the clinic no longer calls", now)
    elif row.channel == "live" and row.useless_after is not None and now > row.useless_after:
        _take_back(row, "the call was over", now)
    elif opted_out(session, row.sender, row.to_hash):
        close(session, check_in, file, "opt_out", now)
    elif row.useless_after is not None and now > row.useless_after and check_in.first_asked_at is None:
        close(session, check_in, file, "missed", now)
    elif clinic.paused or file.clinic.sending == "paused":
        _put_off(row, now + _HELD, "sending is paused", now)
    elif file.clinic.sending == "allowlist" and row.to not in file.clinic.allowlist:
        _put_off(row, now + _HELD, "rehearsal: the number is not on the allowlist", now)
    elif row.step in _PROMPTS and (until := _not_yet(session, row, file, patient, check_in, now)):
        _put_off(row, until, "outside contact hours or too soon", now)
    else:
        return True
    return False


def _not_yet(
    session: Session, row: Outbound, file: ClinicFile, patient: Patient, check_in: CheckIn, now: datetime
) -> datetime | None:
    """Until when an unprompted contact must wait, None when it need not."""
    hours = contact_hours(file, patient)
    if not hours.allows(now):
        return hours.next_allowed(now)
    patience = not_before(check_in, file)
    if patience is not None and patience > now:
        return patience
    if _phone_is_busy(session, row, check_in):
        return now + _HELD
    for cap, days in ((file.hours.per_day, 1), (file.hours.per_week, 7)):
        if _contacts_since(session, row, now - timedelta(days=days)) >= cap:
            return hours.next_allowed(now + timedelta(hours=12))
    return None


def _phone_is_busy(session: Session, row: Outbound, check_in: CheckIn) -> bool:
    """Whether somebody else's check-in is going on with this phone.

    Families share phones: with two questions open at once, a "3" would be filed under the wrong person.
    """
    other = session.exec(
        select(CheckIn.id)
        .join(Patient, col(CheckIn.patient_id) == col(Patient.id))
        .join(Clinic, col(CheckIn.clinic_id) == col(Clinic.id))
        .where(
            Patient.phone_hash == row.to_hash,
            Clinic.sender == row.sender,
            CheckIn.state == "open",
            CheckIn.id != check_in.id,
        )
    ).first()
    return other is not None


def _contacts_since(session: Session, row: Outbound, since: datetime) -> int:
    return session.exec(
        select(func.count()).where(
            Outbound.to_hash == row.to_hash, col(Outbound.sent_at) > since, col(Outbound.step).in_(_PROMPTS)
        )
    ).one()


def _open(check_in: CheckIn, now: datetime) -> None:
    """The first contact puts the first question; a later rung puts the open one again."""
    if check_in.state == "planned":
        check_in.state = "open"
        check_in.first_asked_at = now
        check_in.question = "pain_now"
        check_in.turn += 1
    check_in.asked_at = check_in.changed_at = now


def _take_back(row: Outbound, reason: str, now: datetime) -> None:
    row.state, row.reason, row.changed_at = "withdrawn", reason, now


def _put_off(row: Outbound, until: datetime, reason: str, now: datetime) -> None:
    row.due_at, row.reason, row.changed_at = until, reason, now


def still_wanted(session: Session, envelope: Envelope, owner: str, now: datetime) -> bool:
    """The last look before the call: still ours, still inside hours, question still open, nobody opted out.

    Counts the attempt in the same UPDATE, so that a crash right after it is seen as a possible send.
    """
    if envelope.not_after is not None and now >= envelope.not_after:
        _hand_back(session, envelope, owner, now)
        return False
    no_opt_out = ~exists().where(
        col(OptOut.sender) == col(Outbound.sender),
        col(OptOut.phone_hash) == col(Outbound.to_hash),
        col(OptOut.stopped),
    )
    question_open = exists().where(
        col(CheckIn.id) == col(Outbound.check_in_id),
        col(CheckIn.state) == "open",
        col(CheckIn.turn) == col(Outbound.turn),
    )
    changed = session.execute(
        update(Outbound)
        .where(
            col(Outbound.id) == envelope.id,
            col(Outbound.state) == "sending",
            col(Outbound.owner) == owner,
            col(Outbound.deadline) > now,
            or_(col(Outbound.check_in_id).is_(None), question_open & no_opt_out),
        )
        .values(attempts=col(Outbound.attempts) + 1, started_at=now, changed_at=now)
    )
    if changed.rowcount == 1:  # type: ignore[attr-defined]
        return True
    session.execute(
        update(Outbound)
        .where(
            col(Outbound.id) == envelope.id, col(Outbound.state) == "sending", col(Outbound.owner) == owner
        )
        .values(state="withdrawn", reason="answered, stopped or cancelled meanwhile", changed_at=now)
    )
    return False


def _hand_back(session: Session, envelope: Envelope, owner: str, now: datetime) -> None:
    session.execute(
        update(Outbound)
        .where(
            col(Outbound.id) == envelope.id, col(Outbound.state) == "sending", col(Outbound.owner) == owner
        )
        .values(state="planned", owner="", deadline=None, changed_at=now)
    )
