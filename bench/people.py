"""Patients of this moment, put straight into the tables: due to be texted, or asked and about to answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count, islice

from sqlalchemy import insert, text
from sqlmodel import Session, SQLModel, col, select

from followup.store import Store, keyed_hash
from followup.store.models import CheckIn, Clinic, Outbound, Patient, Procedure

_AT_ONCE = 1000
_numbers = count()


def phones(how_many: int) -> list[str]:
    """Numbers that are nobody's (555-0100 to 555-0199 of every area), never the same twice in a run."""
    return [f"+1{201 + n // 100 % 700}555{1 + n // 70_000:02d}{n % 100:02d}" for n in
            (next(_numbers) for _ in range(how_many))]  # fmt: skip


def add_people(store: Store, how_many: int, now: datetime, *, asked: bool) -> list[str]:
    """Follow-ups due at `now`, spread over the clinics; `asked`: their first text has left already."""
    made = phones(how_many)
    with store.write() as session:
        clinics = session.exec(select(Clinic).order_by(col(Clinic.id))).all()
        people = ((clinics[number % len(clinics)], phone) for number, phone in enumerate(made))
        while some := list(islice(people, _AT_ONCE)):
            _add(session, some, now, asked)
    return made


def _add(session: Session, people: Sequence[tuple[Clinic, str]], now: datetime, asked: bool) -> None:
    """A table at a time: row by row a hundred thousand of them took ten minutes."""
    patients = _inserted(session, Patient, [_patient(clinic, phone, now) for clinic, phone in people])
    check_ins = _inserted(
        session,
        CheckIn,
        [_check_in(clinic, of, now, asked) for (clinic, _), of in zip(people, patients, strict=True)],
    )
    everybody = list(zip(people, patients, check_ins, strict=True))
    _inserted(session, Procedure, [_procedure(*who, of, in_, now) for who, of, in_ in everybody])
    _inserted(session, Outbound, [_first_text(*who, of, in_, now, asked) for who, of, in_ in everybody])


def _inserted(session: Session, table: type[SQLModel], rows: Sequence[SQLModel]) -> list[int]:
    """The ids of these rows, in their order; taken beforehand, since to have them told is the slow part."""
    name = table.__tablename__
    if session.get_bind().dialect.name == "postgresql":
        next_ones = (
            f"SELECT nextval(pg_get_serial_sequence('{name}', 'id')) FROM generate_series(1, {len(rows)})"
        )
        ids = list(session.scalars(text(next_ones)))
    else:
        first = session.scalars(text(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {name}")).one()
        ids = list(range(first, first + len(rows)))
    made = [row.model_dump() | {"id": id} for id, row in zip(ids, rows, strict=True)]
    session.connection().execute(insert(table), made)
    return ids


def _patient(clinic: Clinic, phone: str, now: datetime) -> Patient:
    return Patient(
        clinic_id=clinic.id or 0, chart=phone, chart_hash=keyed_hash("chart", phone), given_name="Ann",
        family_name="Example", phone=phone, phone_hash=keyed_hash("phone", phone), phone_state="ok",
        consent=True, created_at=now, changed_at=now,
    )  # fmt: skip


def _check_in(clinic: Clinic, patient: int, now: datetime, asked: bool) -> CheckIn:
    check_in = CheckIn(
        clinic_id=clinic.id or 0, patient_id=patient, due_on=now.date(), due_at=now, changed_at=now
    )
    if asked:
        check_in.state, check_in.turn, check_in.question = "open", 1, "pain_now"
        check_in.asked_at = check_in.first_asked_at = now - timedelta(minutes=5)
        check_in.give_up_at = now + timedelta(hours=8)
    return check_in


def _procedure(clinic: Clinic, phone: str, patient: int, check_in: int, now: datetime) -> Procedure:
    return Procedure(
        clinic_id=clinic.id or 0, patient_id=patient, check_in_id=check_in, reference=phone,
        performed_at=now - timedelta(days=1), status="performed", agent="bupivacaine",
        baseline=Decimal(8), created_at=now, changed_at=now,
    )  # fmt: skip


def _first_text(
    clinic: Clinic, phone: str, patient: int, check_in: int, now: datetime, asked: bool
) -> Outbound:
    row = Outbound(
        dedupe=f"checkin:{check_in}:first:1", clinic_id=clinic.id or 0, patient_id=patient,
        check_in_id=check_in, channel="text", step="first", sender=clinic.sender, to=phone,
        to_hash=keyed_hash("phone", phone), due_at=now, useless_after=now + timedelta(hours=72),
        created_at=now, changed_at=now,
    )  # fmt: skip
    if asked:
        row.state, row.sid, row.turn, row.attempts = "sent", f"SM{phone[1:]:0>32}", 1, 1
        row.sent_at = row.started_at = now - timedelta(minutes=5)
        row.delivery = "delivered"
    return row


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
