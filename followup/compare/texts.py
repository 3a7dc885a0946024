"""A day's texts on both sides; one that a patient wrote and that never reached us is taken in late."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session, col, func, select

from followup.checkin.clinics import oldest_first
from followup.compare.sides import clinic_of, known, only_here, tell, tell_of_row
from followup.inbox.receive import receive_text
from followup.outreach.carrier import Carrier
from followup.outreach.outcome import Listed
from followup.store import Store
from followup.store.models import Clinic, Inbound, Outbound, Receipt

_NO_PROOF = ("failed", "undelivered", "canceled")  # may never have got a date of sending
# Words that the carrier answers by itself, which it alone knows of. Source: Twilio, opt-out keywords.
_ANSWERED_THERE = {
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP",
    "HELP", "INFO",
}  # fmt: skip
_LATE = (
    "A text reached us only when the day was compared with the carrier. It was taken in late; please read it."
)
_THEIRS = "The carrier sent a text from our number unknown to us. Please see who else sends from it."
_OURS = "The carrier does not know a text that we took for sent. Please phone the patient if it matters."

_STRANGE = "receipts came for texts or calls that we do not know. Please see what else has our addresses."


def compare_texts(
    store: Store,
    carrier: Carrier,
    day: date,
    there: Sequence[Listed],
    public_url: str,
    clock: Callable[[], datetime],
) -> int:
    """Make a task of each text that only one side knows; returns how many were taken in late."""
    with store.read() as session:
        ours = {clinic.sender: clinic for clinic in reversed(oldest_first(session))}
    late = _take_in(store, [m for m in there if m.direction == "inbound" and clinic_of(ours, m)], public_url)
    lost = only_here(store, day, {m.sid for m in there}, ("text", "answer"), _NO_PROOF, carrier.find_text)
    with store.write() as session:
        for message in late:
            tell(session, f"in:{message.sid}", _LATE, clinic_of(ours, message), clock())
        for message in _only_there(session, there, ours):
            tell(session, f"there:{message.sid}", _THEIRS, clinic_of(ours, message), clock())
        for row in lost:
            tell_of_row(session, row, _OURS, clock())
        if strange := _strange_receipts(session, day):
            tell(session, f"receipts:{day}", f"{strange} {_STRANGE}", None, clock())
    return len(late)


def _strange_receipts(session: Session, day: date) -> int:
    """How many receipts came on the day for what we never sent: another program uses our addresses."""
    begin = datetime.combine(day, time(0), tzinfo=UTC)
    return session.exec(
        select(func.count()).where(
            col(Receipt.outbound_id).is_(None),
            col(Receipt.received_at) >= begin,
            col(Receipt.received_at) < begin + timedelta(days=1),
        )
    ).one()


def _take_in(store: Store, inbound: Sequence[Listed], public_url: str) -> list[Listed]:
    with store.read() as session:
        heard = known(session, col(Inbound.sid), [m.sid for m in inbound])
    late = [m for m in inbound if m.sid not in heard]
    for message in sorted(late, key=lambda m: m.created_at):
        form = {
            "MessageSid": message.sid,
            "From": message.sender,
            "To": message.to,
            "Body": message.body,
            "NumMedia": str(message.media),
            "MessagingServiceSid": message.service,
        }
        receive_text(store, form, public_url, message.created_at)
    return late


def _only_there(session: Session, there: Sequence[Listed], ours: Mapping[str, Clinic]) -> list[Listed]:
    """Texts from our senders, since the clinic is here, that no row of ours has."""
    sent = known(session, col(Outbound.sid), [m.sid for m in there])
    keywords = {
        m.sender for m in there if m.direction == "inbound" and m.body.strip().upper() in _ANSWERED_THERE
    }
    return [
        m
        for m in there
        if m.direction != "inbound" and m.sid not in sent and clinic_of(ours, m) is not None
        and not (m.direction == "outbound-reply" and m.to in keywords)
    ]  # fmt: skip
