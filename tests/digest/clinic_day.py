"""An invented clinic and its invented patients, stored the way the program itself stores them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, select

from followup.checkin.clinics import clinic_file
from followup.checkin.close import close
from followup.checkin.plan import plan
from followup.clinic import parse_clinic_file
from followup.store import keyed_hash
from followup.store.models import (
    Alert,
    Answer,
    CheckIn,
    Clinic,
    Decision,
    Heartbeat,
    Inbound,
    Outbound,
    Patient,
    Procedure,
    Proposal,
    Roster,
    RosterLine,
    Staff,
)

DAY = date(2026, 3, 10)  # a Tuesday
NOW = datetime(2026, 3, 10, 20, 30, tzinfo=UTC)  # 16:30 in New York
TEN = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # 10:00 in New York, when the first texts leave
INJECTED = datetime(2026, 3, 9, 18, 0, tzinfo=UTC)  # Monday 14:00 in New York

FILE = """
[clinic]
code = "harbor"
name = "Harbor Spine Clinic"
spoken_name = "Harbor Clinic"
timezone = "America/New_York"
callback_number = "+12025550100"
[texting]
from = "+12025550123"
[digest]
times = ["07:30", "16:30"]
from = "followup@harbor.example"
recipients = ["frontdesk@harbor.example", "lead@harbor.example"]
console_url = "https://followup.harbor.example"
"""


def add_clinic(session: Session, text: str = FILE) -> Clinic:
    file = parse_clinic_file(text)
    clinic = Clinic(
        code=file.clinic.code,
        sender=file.sender,
        file=file.model_dump_json(by_alias=True),
        created_at=TEN,
        changed_at=TEN,
    )
    session.add(clinic)
    session.add(Heartbeat(name="clock", at=NOW))
    session.flush()
    session.add(Roster(clinic_id=clinic.id, at=INJECTED, lines=0))
    session.flush()
    return clinic


def add_case(
    session: Session,
    clinic: Clinic,
    number: int,
    name: str = "Ana Ruiz",
    *,
    said: dict[str, Any] | None = None,
    words: str = "",
    outcome: str = "answered",
    at: datetime | None = None,
    after: timedelta = timedelta(minutes=22),
    sent: bool = True,
    **about: Any,
) -> Procedure:
    """A procedure P-number with its check-in; `said` are answers, `outcome` "" leaves the check-in open.

    It is answered and closed at the moment `at`, else `after` its due time.
    `about` overrides columns of the procedure; `patient` among them shares an existing patient.
    """
    assert clinic.id is not None
    patient = about.pop("patient", None) or _patient(
        session, clinic, number, name, about.pop("language", "en")
    )
    procedure = Procedure(
        clinic_id=clinic.id,
        patient_id=patient.id,
        reference=f"P-{number}",
        **{
            "performed_at": INJECTED,
            "status": "performed",
            "levels": "L4-L5;L5-S1",
            "side": "both",
            "intent": "diagnostic",
            "agent": "bupivacaine",
            "baseline": Decimal(8),
            "sessions_12m": 1,
            "created_at": INJECTED,
            "changed_at": INJECTED,
        }
        | about,
    )
    session.add(procedure)
    session.flush()
    _line(session, clinic, procedure)
    planned_at = min(INJECTED, procedure.performed_at)
    check_in = plan(session, clinic, clinic_file(clinic), patient, procedure, planned_at)
    session.flush()
    if check_in is not None and check_in.state != "closed":
        _converse(
            session,
            clinic,
            patient,
            check_in,
            said or {},
            words,
            outcome,
            at or check_in.due_at + after,
            sent,
        )
    return procedure


def _patient(session: Session, clinic: Clinic, number: int, name: str, language: str) -> Patient:
    given, _, family = name.partition(" ")
    phone = f"+1202555{number % 100 + 100:04d}"
    patient = Patient(
        clinic_id=clinic.id,
        chart=f"M-{number}",
        chart_hash=keyed_hash("chart", f"M-{number}"),
        given_name=given,
        family_name=family,
        phone=phone,
        phone_hash=keyed_hash("phone", phone),
        phone_state="ok",
        language=language,
        consent=True,
        created_at=INJECTED,
        changed_at=INJECTED,
    )
    session.add(patient)
    session.flush()
    return patient


def _line(session: Session, clinic: Clinic, procedure: Procedure) -> None:
    roster = session.exec(select(Roster).where(Roster.clinic_id == clinic.id)).first()
    assert roster is not None
    roster.lines += 1
    on = procedure.performed_at.astimezone(clinic_file(clinic).zone).date()
    session.add(
        RosterLine(
            clinic_id=roster.clinic_id,
            roster_id=roster.id,
            line=roster.lines + 1,
            result="new",
            reference=procedure.reference,
            performed_on=on,
        )
    )
    session.flush()


def _converse(
    session: Session,
    clinic: Clinic,
    patient: Patient,
    check_in: CheckIn,
    said: dict[str, Any],
    words: str,
    outcome: str,
    at: datetime,
    was_sent: bool,
) -> None:
    if was_sent:
        for row in session.exec(select(Outbound).where(Outbound.check_in_id == check_in.id)).all():
            row.state, row.sent_at, row.segments, row.delivery = "sent", row.due_at, 1, "delivered"
        check_in.state, check_in.first_asked_at, check_in.question = "open", check_in.due_at, "pain_now"
    heard = add_text(session, clinic, words, at, patient=patient, check_in=check_in) if words else None
    for question, value in said.items():
        is_word = isinstance(value, str)
        session.add(
            Answer(
                check_in_id=check_in.id,
                inbound_id=heard.id if heard else None,
                question=question,
                number=None if is_word else Decimal(str(value)),
                word=value if is_word else "",
                at=at,
            )
        )
    session.flush()
    if outcome:
        close(session, check_in, clinic_file(clinic), outcome, at)
    session.flush()


_texts = iter(range(10**9))


def add_text(
    session: Session,
    clinic: Clinic,
    body: str,
    at: datetime,
    *,
    patient: Patient | None = None,
    check_in: CheckIn | None = None,
) -> Inbound:
    inbound = Inbound(
        sid=f"SM{next(_texts):032d}",
        channel="sms",
        clinic_id=clinic.id,
        patient_id=patient.id if patient else None,
        check_in_id=check_in.id if check_in else None,
        from_number=patient.phone if patient else "+12025550199",
        body=body,
        raw="{}",
        segments=1,
        state="read",
        received_at=at,
    )
    session.add(inbound)
    session.flush()
    return inbound


def add_alert(
    session: Session,
    clinic: Clinic,
    procedure: Procedure | None,
    *,
    tier: str = "E",
    kind: str = "neuro",
    said: str = "legs feel numb since last night",
    at: datetime = TEN,
    **seen: Any,
) -> Alert:
    """An alert, unresolved unless `seen` says otherwise; without a procedure, from an unknown number."""
    check_in = session.get(CheckIn, procedure.check_in_id) if procedure else None
    patient = session.get(Patient, procedure.patient_id) if procedure else None
    inbound = add_text(session, clinic, said, at, patient=patient, check_in=check_in)
    alert = Alert(
        clinic_id=clinic.id,
        patient_id=patient.id if patient else None,
        check_in_id=check_in.id if check_in else None,
        inbound_id=inbound.id,
        tier=tier,
        kind=kind,
        said=said,
        opened_at=at,
        **seen,
    )
    session.add(alert)
    session.flush()
    return alert


def decide(session: Session, procedure: Procedure, choice: str, at: datetime = NOW) -> None:
    staff = session.exec(select(Staff)).first()
    if staff is None:
        staff = Staff(
            clinic_id=procedure.clinic_id,
            email="dr.k@harbor.example",
            email_hash=keyed_hash("email", "dr.k@harbor.example"),
            role="provider",
            password_hash="x",
            created_at=TEN,
        )
        session.add(staff)
        session.flush()
    proposal = session.exec(select(Proposal).where(Proposal.procedure_id == procedure.id)).first()
    assert proposal is not None
    session.add(
        Decision(procedure_id=procedure.id, proposal_id=proposal.id, choice=choice, staff_id=staff.id, at=at)
    )
    procedure.ended, procedure.ended_at, procedure.ended_by = "decided", at, "dr.k@harbor.example"
    session.flush()


def cancel(session: Session, clinic: Clinic, procedure: Procedure) -> None:
    """As a roster row does that says `cancelled`."""
    procedure.status, procedure.ended, procedure.ended_at, procedure.ended_by = (
        "cancelled",
        "cancelled",
        TEN,
        "roster",
    )
    plan(session, clinic, clinic_file(clinic), session.get_one(Patient, procedure.patient_id), procedure, TEN)
    session.flush()


def answers(
    best: float, hours: float, now: float, medicine: str = "no", activity: str = "yes", when: str = ""
) -> dict[str, Any]:
    said: dict[str, Any] = {"pain_now": now, "warning_signs": "no", "pain_best": best, "relief_hours": hours}
    said["took_medicine"] = medicine
    if when:
        said["medicine_when"] = when
    return said | {"usual_activity": activity}


REPEAT = answers(1, 6, 7)  # of 8: 87.5 %
TESTING = answers(6, 1, 8)  # of 8: 25 %
PARTIAL = answers(3, 5, 6)  # of 8: 62.5 %
WORSE = answers(1, 5, 10)


def local(day: date, at: time) -> datetime:
    from zoneinfo import ZoneInfo

    return datetime.combine(day, at, ZoneInfo("America/New_York")).astimezone(UTC)


def references(found: Sequence[Any]) -> list[str]:
    return [entry.reference for entry in found]
