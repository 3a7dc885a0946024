"""What belongs to no procedure of the page and still needs a person.

Kept out of the buckets, which must add up to the procedures, and on the page all the same: a refused
roster line or a stopped clock is exactly what nobody would look for.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from followup.clinic import ClinicFile
from followup.digest.mail import mail_key
from followup.digest.model import Attention
from followup.digest.roster import refused
from followup.digest.rows import Rows
from followup.digest.words import signs, week_day
from followup.store.models import Clinic, Heartbeat, Outbound
from followup.tongue import N_, _

CLOCK_IS_LATE = timedelta(minutes=5)
_OVERDUE = timedelta(days=1)  # a procedure still only planned this long after its time
_MAIL_IS_LATE = timedelta(hours=1)
_STUCK = {
    "refused": N_("The digest e-mail of {slot} could not be delivered."),
    "planned": N_("The digest e-mail of {slot} has not left yet: the mail server does not take it."),
}
# Tasks that have a name of their own on the page; every other one is plainly a task.
_OWN_KIND = {"unmatched": "unmatched", "shared_phone": "unmatched", "sender": "sender"}


def attention(
    session: Session, clinic: Clinic, file: ClinicFile, rows: Rows, day: date, now: datetime
) -> tuple[Attention, ...]:
    """Everything without a place on the page of local day `day`, the gravest kinds first."""
    return (
        *_clock(session, now),
        *_mails(session, clinic.code, file, day, now),
        *_alerts(rows),
        *_astray(rows),
        *_tasks(rows),
        *_refused(session, clinic.id or 0, file, day),
        *_overdue(rows, now),
    )


def _clock(session: Session, now: datetime) -> list[Attention]:
    """A clock that has stopped sends nothing and says nothing: the page must."""
    beat = session.get(Heartbeat, "clock")
    if beat is None:
        return [Attention("clock", _("The clock has never run on this database: nothing is sent."), now)]
    last = beat.at
    if now - last <= CLOCK_IS_LATE:
        return []
    minutes = int((now - last).total_seconds() // 60)
    late = _("{count} minutes", count=minutes) if minutes < 120 else _("{count} hours", count=minutes // 60)
    said = _("The clock is late: its last sign of life is {age} old. Nothing is sent.", age=late)
    return [Attention("clock", said, last)]


def _mails(session: Session, code: str, file: ClinicFile, day: date, now: datetime) -> list[Attention]:
    """Digest mails of the day and the day before that were refused, or that no server has taken for an hour.

    A mail is tried for a day, and whoever waits for it must not wait as long to hear that it is stuck.
    """
    keys = {
        mail_key(code, f"{on}:{slot:%H%M}", address): f"{week_day(on)} {slot:%H:%M}"
        for on in (day - timedelta(days=1), day)
        for slot in file.digest.times
        for address in file.digest.recipients
    }
    found = session.exec(
        select(Outbound.dedupe, Outbound.state, Outbound.created_at, Outbound.changed_at).where(
            col(Outbound.dedupe).in_(list(keys)), col(Outbound.state).in_(("refused", "planned"))
        )
    ).all()
    return [
        Attention("mail", _(_STUCK[state], slot=keys[key]), changed_at)
        for key, state, created_at, changed_at in found
        if state == "refused" or now - created_at > _MAIL_IS_LATE
    ]


def _alerts(rows: Rows) -> list[Attention]:
    return [
        Attention(
            "alert",
            _(
                "{what} ({signs}) in a message that belongs to no procedure here. Read it and call.",
                what=_("EMERGENCY") if alert.tier == "E" else _("Warning sign"),
                signs=signs(alert.kind),
            ),
            alert.opened_at,
        )
        for alert in rows.loose_alerts
    ]


def _astray(rows: Rows) -> list[Attention]:
    return [
        Attention(
            "no_check_in",
            _("Procedure {reference} has no check-in. Please phone the patient.", reference=p.reference),
            p.performed_at,
        )
        for p in rows.astray
    ]


def _tasks(rows: Rows) -> list[Attention]:
    return [Attention(_OWN_KIND.get(t.kind, "task"), _(t.reason), t.opened_at) for t in rows.loose_tasks]


def _refused(session: Session, clinic_id: int, file: ClinicFile, day: date) -> list[Attention]:
    return [
        Attention("roster", _("Not imported: {said}", said=line.said), at)
        for line, at in refused(session, clinic_id, file, day)
    ]


def _overdue(rows: Rows, now: datetime) -> list[Attention]:
    return [
        Attention(
            "planned",
            _(
                "Procedure {reference} is still only planned, a day after its time. Was it done?",
                reference=p.reference,
            ),
            p.performed_at,
        )
        for p in rows.overdue
        if now - p.performed_at > _OVERDUE
    ]
