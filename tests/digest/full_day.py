"""Twenty-five invented patients on one day: what the page must hold at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlmodel import Session

from followup.checkin.tasks import open_task
from followup.store.models import CheckIn, Clinic, Roster, RosterLine

from .clinic_day import (
    INJECTED,
    NOW,
    PARTIAL,
    REPEAT,
    TEN,
    TESTING,
    WORSE,
    add_alert,
    add_case,
    add_clinic,
    answers,
    cancel,
    decide,
)
from .earlier_weeks import add_earlier_weeks


def add_full_day(session: Session) -> Clinic:
    """The day, and the five closed weeks before it that the trend looks back on."""
    clinic = add_clinic(session)
    add_earlier_weeks(session, clinic)
    one = add_case(session, clinic, 1, "Rosa Alvarez", said={"pain_now": 6})
    add_alert(
        session, clinic, one, at=TEN + timedelta(minutes=12), said="legs feel numb since last night",
        acknowledged_at=TEN + timedelta(minutes=20), acknowledged_by="Dr K",
    )  # fmt: skip
    _calls(session, clinic)
    _reviews(session, clinic)
    _candidates(session, clinic)
    add_case(session, clinic, 22, "Omar Haddad", outcome="")
    add_case(session, clinic, 23, "Jean Fournier", outcome="", said={"pain_now": 5}, words="5")
    decide(session, add_case(session, clinic, 24, "Lena Vogel", said=REPEAT, words="7"), "repeat")
    cancel(session, clinic, add_case(session, clinic, 25, "Iris Kwan", outcome="", sent=False))
    _loose_ends(session, clinic)
    return clinic


def _calls(session: Session, clinic: Clinic) -> None:
    add_case(session, clinic, 2, "Walter Boone", said=WORSE, words="10 and it keeps me up")
    add_case(session, clinic, 3, "Dora Penn", outcome="no_answer", at=NOW)
    add_case(session, clinic, 4, "Luis Ortega", outcome="undeliverable", language="es")
    silent = add_case(session, clinic, 5, "Mae Whitfield", outcome="opt_out", words="STOP")
    check_in = session.get(CheckIn, silent.check_in_id)
    open_task(
        session, dedupe="opt_out:5", kind="opt_out", check_in=check_in, now=TEN,
        reason="The patient asked us to stop. No more texts or calls leave; please phone if it matters.",
    )  # fmt: skip


def _reviews(session: Session, clinic: Clinic) -> None:
    add_case(session, clinic, 6, "Greta Sund", said=PARTIAL, words="6 today, best was a 3")
    add_case(
        session, clinic, 7, "Paul Amari", said=answers(1, 5, 6, "yes", when="window"),
        words="took oxycodone 2 h after",
    )  # fmt: skip
    add_case(session, clinic, 8, "Nina Kovač", said=answers(1, 6, 7), words="7", baseline=None)
    add_case(session, clinic, 9, "Earl Tibbs", said={"pain_now": 7}, words="7")
    add_case(
        session,
        clinic,
        10,
        "Sofía Núñez",
        said=REPEAT,
        prior_positive=1,
        language="es",
        words="7, mejor ayer",
    )
    add_case(
        session, clinic, 11, "Hugo Brandt", said=REPEAT, intent="therapeutic", words="7",
        performed_at=INJECTED - timedelta(days=1),
    )  # fmt: skip


def _candidates(session: Session, clinic: Clinic) -> None:
    add_case(session, clinic, 12, "Ana Ruiz", said=REPEAT, words="7, but it was great till dinner")
    add_case(session, clinic, 13, "Ben Oduya", said=answers(0, 8, 4), words="4")
    add_case(session, clinic, 14, "Cora Lindqvist", said=answers(1.5, 5, 6), words="6")
    add_case(
        session,
        clinic,
        15,
        "Dev Malhotra",
        said=answers(2, 4, 8),
        baseline=Decimal(10),
        kind="mbb",
        words="8",
    )
    add_case(
        session, clinic, 16, "Ella Marsh",
        said=answers(1, 5, 6, "yes", when="after"), words="6. Tylenol at night",
    )  # fmt: skip
    add_case(
        session, clinic, 17, "Finn O'Dowd", said=answers(1, 4, 7), baseline=Decimal(9), words="7", side="left"
    )
    for number, name, best in ((18, "Gail Pruitt", 5), (19, "Hiro Tanaka", 6), (20, "Ida Becker", 8)):
        add_case(
            session, clinic, number, name, said=answers(best, 3 if best < 8 else 0, 8), words="8 no change"
        )
    add_case(session, clinic, 21, "Joy <b>Adeyemi</b>", said=TESTING, words='8 & <script>alert("x")</script>')


def _loose_ends(session: Session, clinic: Clinic) -> None:
    open_task(
        session, dedupe="unmatched:9", kind="unmatched", clinic_id=clinic.id, now=TEN,
        reason="A text from a number that no patient here has.",
    )  # fmt: skip
    roster = Roster(clinic_id=clinic.id, at=TEN - timedelta(hours=1), lines=1)
    session.add(roster)
    session.flush()
    session.add(
        RosterLine(
            clinic_id=roster.clinic_id, roster_id=roster.id, line=7, result="refused", reference="P-99",
            said='line 7: performed_at "31/12/2026": not a date we can read; write it like 2026-03-09 14:30.',
        )
    )  # fmt: skip
    session.flush()
