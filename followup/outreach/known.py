"""What is known of the phones and check-ins of a few rows, asked once for all of them.

A claim has some hundred rows and half a dozen questions about each. Row by row that is most of what a text
costs; one query a question costs little more for all of them than for one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from sqlmodel import Session, col, select

from followup.store import known_hashes
from followup.store.models import Alert, CheckIn, Clinic, Inbound, OptOut, Outbound, Patient
from followup.store.models.messages import PROMPTS

_STILL_TALKING = timedelta(minutes=30)
LONGEST = timedelta(days=7)  # no cap looks further back


class Addressed(Protocol):
    """A row, or what was claimed of it."""

    @property
    def to(self) -> str: ...

    @property
    def sender(self) -> str: ...

    @property
    def check_in_id(self) -> int | None: ...


class Known:
    """The answers as of `now`. Each question is put when it first comes up, never for rows that need it not.

    Take the locks first: what is read here must be what the last holder of a phone or check-in left.
    """

    def __init__(self, session: Session, rows: Iterable[Addressed], now: datetime) -> None:
        self._session, self._now = session, now
        rows = list(rows)
        # Under every live key: a number's rows may have been hashed before the last change of keys.
        self._phones = {h: row.to for row in rows if row.to for h in known_hashes("phone", row.to)}
        self._senders = {row.sender for row in rows}
        self._check_ins = {row.check_in_id for row in rows if row.check_in_id is not None}

    def opted_out(self, sender: str, phone: str) -> bool:
        """Whether this number asked this sender to stop."""
        return (sender, phone) in self._stopped

    def warned(self, phone: str, planned_at: datetime) -> bool:
        """Whether a warning sign came from this phone since `planned_at`, or is still open."""
        return any(
            resolved_at is None or opened_at >= planned_at
            for opened_at, resolved_at in self._warnings.get(phone, ())
        )

    def wrote_lately(self, check_in: CheckIn) -> bool:
        """Whether the patient has written or spoken so recently that an answer wakes nobody."""
        return check_in.id in self._talking

    def is_busy(self, phone: str, sender: str, check_in: CheckIn) -> bool:
        """Whether somebody else's check-in is going on with this phone.

        Families share phones: with two questions open at once, a "3" would be filed under the wrong person.
        """
        return bool(self._open[phone, sender] - {check_in.id})

    def opens(self, check_in: CheckIn, patient: Patient, clinic: Clinic) -> None:
        """The claim has just opened it: whoever shares the phone waits from here on."""
        if phone := self._phones.get(patient.phone_hash):
            self._open[phone, clinic.sender].add(check_in.id)

    def closes(self, check_in: CheckIn) -> None:
        for going_on in self._open.values():
            going_on.discard(check_in.id)

    def full_until(self, phone: str, cap: int, span: timedelta) -> datetime | None:
        """The moment from which one more contact makes no more than `cap` of them within any `span`."""
        left = self._contacts.get(phone, ())
        return left[cap - 1] + span if len(left) >= cap else None

    @cached_property
    def _stopped(self) -> set[tuple[str, str]]:
        found = self._session.exec(
            select(OptOut.sender, OptOut.phone_hash).where(
                col(OptOut.sender).in_(self._senders),
                col(OptOut.phone_hash).in_(self._phones),
                col(OptOut.stopped),
            )
        ).all()
        return {(sender, self._phones[phone_hash]) for sender, phone_hash in found}

    @cached_property
    def _warnings(self) -> dict[str, list[tuple[datetime, datetime | None]]]:
        found = self._session.exec(
            select(Inbound.from_hash, Alert.opened_at, Alert.resolved_at)
            .join(Alert, col(Alert.inbound_id) == col(Inbound.id))
            .where(col(Inbound.from_hash).in_(self._phones))
        ).all()
        warnings = defaultdict(list)
        for from_hash, opened_at, resolved_at in found:
            warnings[self._phones[from_hash]].append((opened_at, resolved_at))
        return warnings

    @cached_property
    def _talking(self) -> set[int | None]:
        return set(
            self._session.exec(
                select(Inbound.check_in_id).where(
                    col(Inbound.check_in_id).in_(self._check_ins),
                    col(Inbound.received_at) > self._now - _STILL_TALKING,
                )
            ).all()
        )

    @cached_property
    def _open(self) -> dict[tuple[str, str], set[int | None]]:
        found = self._session.exec(
            select(Patient.phone_hash, Clinic.sender, CheckIn.id)
            .join(CheckIn, col(CheckIn.patient_id) == col(Patient.id))
            .join(Clinic, col(CheckIn.clinic_id) == col(Clinic.id))
            .where(col(Patient.phone_hash).in_(self._phones), CheckIn.state == "open")
        ).all()
        going_on: dict[tuple[str, str], set[int | None]] = defaultdict(set)
        for phone_hash, sender, check_in_id in found:
            going_on[self._phones[phone_hash], sender].add(check_in_id)
        return going_on

    @cached_property
    def _contacts(self) -> dict[str, list[datetime]]:
        """When each phone was last contacted unprompted, the latest first."""
        found = self._session.exec(
            select(Outbound.to_hash, Outbound.sent_at)
            .where(
                col(Outbound.to_hash).in_(self._phones),
                col(Outbound.sent_at) > self._now - LONGEST,
                col(Outbound.step).in_(PROMPTS),
            )
            .order_by(col(Outbound.sent_at).desc())
        ).all()
        contacts = defaultdict(list)
        for to_hash, sent_at in found:
            if sent_at is not None:
                contacts[self._phones[to_hash]].append(sent_at)
        return contacts
