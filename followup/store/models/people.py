"""Whom we serve: clinics, their staff, their patients, and who asked us to stop."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlmodel import Field

from followup.store.columns import Row, hashed, moment, one_of, sealed, words

ROLES = ("frontdesk", "provider", "admin")
LANGUAGES = ("en", "es")
CHANNELS = ("text", "call")
# ok: usable; voice: cannot take texts (landline); bad: no such number; stranger: not the patient's
PHONE_STATES = ("none", "ok", "voice", "bad", "stranger")


class Clinic(Row, table=True):
    """A clinic and its clinic file (as JSON, checked by `ClinicFile` before it is stored)."""

    __table_args__ = (UniqueConstraint("code"), Index("ix_clinic_sender", "sender"))

    id: int | None = Field(default=None, primary_key=True)
    code: str = words(32)
    sender: str = words(40, default="")  # of its file: what a text to us is matched to a clinic by
    file: str = sealed("clinic.file")  # it holds the names and numbers of who is on call
    # The same as its TOML was written, comments and all.
    source: str = sealed("clinic.source", default="")
    paused: bool = False  # the kill switch of `followup pause`
    created_at: datetime = moment()
    changed_at: datetime = moment()


class Staff(Row, table=True):
    """Somebody who may sign in to one clinic's console."""

    __table_args__ = (UniqueConstraint("email_hash", "clinic_id"), one_of("role", ROLES))

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    email: str = sealed("staff.email")
    email_hash: str = hashed("email", "email")
    role: str = words(10)
    password_hash: str = words(160)  # "" until an invited person has chosen a password
    active: bool = True
    totp: str | None = sealed("staff.totp", default=None, nullable=True)  # None = no second factor
    totp_next: str | None = sealed("staff.totp_next", default=None, nullable=True)  # offered, not confirmed
    totp_step: int = 0  # of the code used last: it and older ones open nothing
    factor_due_at: datetime | None = moment(default=None, nullable=True)  # from when on one is insisted on
    language: str = words(2, default="")  # of the console, as they chose it; "" is their browser's
    created_at: datetime = moment()


class Patient(Row, table=True):
    """A patient of one clinic, as the roster last told us."""

    __table_args__ = (
        UniqueConstraint("clinic_id", "chart_hash"),
        one_of("language", LANGUAGES),
        one_of("channel", CHANNELS),
        one_of("phone_state", PHONE_STATES),
        # Several patients may share a phone, so the hash is searched by but never unique.
        Index("ix_patient_phone_hash", "phone_hash"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    chart: str = sealed("patient.chart")  # the roster's patient_id
    chart_hash: str = hashed("chart", "chart")
    given_name: str = sealed("patient.given_name")
    family_name: str = sealed("patient.family_name")
    phone: str = sealed("patient.phone")  # E.164, "" when the roster has none
    phone_hash: str = hashed("phone", "phone", default="")
    phone_state: str = words(8, default="none")
    language: str = words(2, default="en")
    channel: str = words(4, default="text")
    timezone: str = words(64, default="")  # "" = the clinic's
    consent: bool = False
    held_at: datetime | None = moment(default=None, nullable=True)  # legal hold: nothing of it may go
    erased_at: datetime | None = moment(default=None, nullable=True)  # then only an empty shell is left
    paused_at: datetime | None = moment(default=None, nullable=True)  # staff want nothing unprompted to leave
    birth_year: str = sealed("patient.birth_year", default="")
    blood_thinner: bool | None = None
    created_at: datetime = moment()
    changed_at: datetime = moment()


class OptOut(Row, table=True):
    """A number that asked one sender to stop. Kept per sender, as the carrier does."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("sender", "phone_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    sender: str = words(40)  # the number or messaging service that was told to stop
    # The number too: without it the row could not follow a change of keys, and would be forgotten.
    phone: str | None = sealed("opt_out.phone", default=None, nullable=True)
    phone_hash: str = hashed("phone", "phone")
    stopped: bool = True  # False after START
    how: str = words(16)  # keyword | words | call | carrier
    at: datetime = moment()
    inbound_id: int | None = Field(default=None, foreign_key="inbound.id")


class SealingKey(Row, table=True):
    """That values under this key are in the database: who starts without it must be told at once."""

    __tablename__ = "sealing_key"

    id: str = Field(primary_key=True, sa_type=String(8))  # in each sealed value; not the key
