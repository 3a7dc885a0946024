"""Patients of this moment, put straight into the tables: due to be texted, or asked and about to answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import text
from sqlmodel import Session, select

from followup.store import Store, keyed_hash
from followup.store.models import CheckIn, Clinic, Outbound, Patient, Procedure

_numbers = count()


def phones(how_many: int) -> list[str]:
    """Numbers that are nobody's (555-0100 to 555-0199 of every area), never the same twice in a run."""
    return [f"+1{201 + n // 100 % 700}555{1 + n // 70_000:02d}{n % 100:02d}" for n in
            (next(_numbers) for _ in range(how_many))]  # fmt: skip


def add_people(store: Store, how_many: int, now: datetime, *, asked: bool) -> list[str]:
    """Follow-ups due at `now`, spread over the clinics; `asked`: their first text has left already."""
    made = phones(how_many)
    with store.write() as session:
        clinics = session.exec(select(Clinic)).all()
        for number, phone in enumerate(made):
            _one(session, clinics[number % len(clinics)], phone, now, asked)
    return made


def _one(session: Session, clinic: Clinic, phone: str, now: datetime, asked: bool) -> None:
    stamp = {"created_at": now, "changed_at": now}
    hashed = keyed_hash("phone", phone)
    patient = Patient(
        clinic_id=clinic.id or 0, chart=phone, chart_hash=keyed_hash("chart", phone), given_name="Ann",
        family_name="Example", phone=phone, phone_hash=hashed, phone_state="ok", consent=True, **stamp,
    )  # fmt: skip
    session.add(patient)
    session.flush()
    check_in = CheckIn(
        clinic_id=clinic.id or 0, patient_id=patient.id or 0, due_on=now.date(), due_at=now, changed_at=now
    )
    if asked:
        check_in.state, check_in.turn, check_in.question = "open", 1, "pain_now"
        check_in.asked_at = check_in.first_asked_at = now - timedelta(minutes=5)
        check_in.give_up_at = now + timedelta(hours=8)
    session.add(check_in)
    session.flush()
    session.add(
        Procedure(
            clinic_id=clinic.id or 0, patient_id=patient.id or 0, check_in_id=check_in.id, reference=phone,
            performed_at=now - timedelta(days=1), status="performed", agent="bupivacaine",
            baseline=Decimal(8), **stamp,
        )
    )  # fmt: skip
    row = Outbound(
        dedupe=f"checkin:{check_in.id}:first:1", clinic_id=clinic.id or 0, patient_id=patient.id,
        check_in_id=check_in.id, channel="text", step="first", sender=clinic.sender, to=phone, to_hash=hashed,
        due_at=now, useless_after=now + timedelta(hours=72), **stamp,
    )  # fmt: skip
    if asked:
        row.state, row.sid, row.turn, row.attempts = "sent", f"SM{phone[1:]:0>32}", 1, 1
        row.sent_at = row.started_at = now - timedelta(minutes=5)
        row.delivery = "delivered"
    session.add(row)


def let_go(store: Store) -> None:
    """Close whatever is open or planned, so that one measurement does not weigh on the next."""
    with store.write() as session:
        for statement in (
            "UPDATE outbound SET state = 'withdrawn', deadline = NULL"
            " WHERE state IN ('planned', 'sending', 'unsure') OR deadline IS NOT NULL",
            "UPDATE check_in SET state = 'closed', outcome = 'missed' WHERE state <> 'closed'",
            # Only theirs: what waits on the worklist is measured too.
            "UPDATE procedure SET ended = 'reached' WHERE ended = ''"
            " AND check_in_id IN (SELECT id FROM check_in WHERE outcome = 'missed')",
        ):
            session.execute(text(statement))
