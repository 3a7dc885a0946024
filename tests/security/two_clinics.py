"""Two clinics in one database, each with a played day, and browsers for the staff of the first."""

from __future__ import annotations

from typing import Any

from sqlmodel import SQLModel, select

from followup.console.accounts import add_staff
from followup.intake.clinics import set_clinic
from followup.intake.importing import import_roster
from followup.store import Store
from followup.store.models import Clinic
from tests.clinic_day import CLINIC, HEADER, ClinicDay
from tests.console.front_door import PASSWORD, Browser

PINE_SENDER = "+12025550124"
PINE = (
    CLINIC.replace('"harbor"', '"pine"').replace("Harbor", "Pinewood").replace("+12025550123", PINE_SENDER)
    + '\n[on_call]\n[[on_call.people]]\nname = "Dr Rosenquist"\nphone = "+12025550191"\n'
)
ROLES = ("frontdesk", "provider", "admin")
#: what the first clinic's staff must never see
THEIRS = ("Wilhelmina", "Oppenheimer", "Isidora", "2025550241", "2025550242", "chart-5501", "chart-5502",
          "pine-proc", "tangerine", "Rosenquist", "Pinewood", "elderflower")  # fmt: skip


def both(store: Store) -> ClinicDay:
    """Harbor, whose staff sign in, and Pinewood, whose patients answer, ask for help and stop."""
    day = ClinicDay(store)
    day.carrier.add_number(
        PINE_SENDER,
        sms_url="https://followup.example/twilio/sms",
        voice_url="https://followup.example/twilio/voice/incoming",
    )
    with store.write() as session:
        set_clinic(session, PINE, day.clock())
    day.person(day.patient(1), ["7", "N", "7"])
    rows = (
        "chart-5501,Wilhelmina,Oppenheimer,+12025550241,pine-proc-1,2026-03-09 12:00,8,bupivacaine,en",
        "chart-5502,Isidora,Oppenheimer,+12025550242,pine-proc-2,2026-03-09 12:00,8,bupivacaine,en",
        "chart-5503,Isidora,Oppenheimer,+12025550243,pine-proc-3,tangerine,8,bupivacaine,en",
    )
    roster = "\r\n".join((HEADER, *rows)).encode()
    assert import_roster(store, "pine", roster, day.clock()).refused_lines == 1
    day.person("+12025550241", ["7", "N", "1", "6", "N", "Y"])
    day.person("+12025550242", ["I cannot feel my legs, elderflower"])
    day.at("11:00")
    with store.write() as session:
        for clinic in session.exec(select(Clinic)).all():
            for role in ROLES:
                add_staff(session, clinic, f"{role}@{clinic.code}.example", role, PASSWORD, day.clock())
    return day


def staff_of_harbor(day: ClinicDay, role: str) -> Browser:
    browser = Browser(day)  # type: ignore[arg-type]
    assert browser.sign_in(f"{role}@harbor.example").status_code == 302
    return browser


def theirs(store: Store) -> dict[str, list[Any]]:
    """Every row of the second clinic, and what it says, by table."""
    with store.read() as session:
        pine = session.exec(select(Clinic.id).where(Clinic.code == "pine")).one()
        return {
            table.name: [
                tuple(row)
                for row in session.execute(
                    select(table).where(table.c.clinic_id == pine).order_by(table.c.id)
                )
            ]
            for table in SQLModel.metadata.sorted_tables
            if "clinic_id" in table.columns and "id" in table.columns and table.name != "audit"
        }


def ids_of_theirs(store: Store) -> dict[str, list[int]]:
    """The ids of the second clinic's rows, by what an address calls them: procedure_id, alert_id ..."""
    with store.read() as session:
        pine = session.exec(select(Clinic.id).where(Clinic.code == "pine")).one()
        return {
            f"{table.name}_id": list(
                session.execute(select(table.c.id).where(table.c.clinic_id == pine)).scalars()
            )
            for table in SQLModel.metadata.sorted_tables
            if "clinic_id" in table.columns and "id" in table.columns
        }
