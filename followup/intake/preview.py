"""A roster looked at before it is taken in: what is confirmed is what was shown, or it is shown again.

The file waits in the database, sealed, and not in the browser: a page that carried it back could be made
to carry another. It waits half an hour, since it holds a day's names and numbers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from followup.intake.importing import import_roster
from followup.intake.result import ImportResult
from followup.store import Store
from followup.store.models import Clinic, RosterDraft

KEPT = timedelta(minutes=30)


class PreviewGoneError(Exception):
    """The preview was confirmed or dropped already, is too old, or belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do, and the id by which it is confirmed."""

    id: int
    result: ImportResult


def preview(store: Store, clinic_code: str, staff_id: int, data: bytes, now: datetime) -> Preview:
    """Rehearse a roster and keep it for this person to confirm. Raises IntakeError for an unusable file."""
    result = import_roster(store, clinic_code, data, now, dry_run=True)
    with store.write() as session:
        clinic_id = _clinic_id(session, clinic_code)
        draft = RosterDraft(
            clinic_id=clinic_id,
            staff_id=staff_id,
            file=data.decode("latin-1"),
            shown=_fingerprint(result),
            at=now,
        )
        session.add(draft)
        session.flush()
        assert draft.id is not None
        return Preview(draft.id, result)


def confirm(
    store: Store, clinic_code: str, staff_id: int, draft_id: int, now: datetime
) -> ImportResult | Preview:
    """Take in what this person was shown; a new Preview when it would do something else by now.

    Raises PreviewGoneError when there is nothing to confirm. A second click finds nothing; were it faster,
    the same file again would change nothing.
    """
    with store.read() as session:
        draft = session.get(RosterDraft, draft_id)
        mine = draft is not None and (draft.clinic_id, draft.staff_id) == (
            _clinic_id(session, clinic_code),
            staff_id,
        )
    if draft is None or not mine or now - draft.at > KEPT:
        raise PreviewGoneError
    data = draft.file.encode("latin-1")
    rehearsed = import_roster(store, clinic_code, data, now, dry_run=True)
    if _fingerprint(rehearsed) != draft.shown:
        drop(store, staff_id, draft_id)
        return preview(store, clinic_code, staff_id, data, now)
    result = import_roster(store, clinic_code, data, now)
    drop(store, staff_id, draft_id)  # only now: a crash in between leaves it to be confirmed again
    return result


def drop(store: Store, staff_id: int, draft_id: int) -> None:
    """Throw a preview away."""
    with store.write() as session:
        session.execute(
            delete(RosterDraft).where(col(RosterDraft.id) == draft_id, col(RosterDraft.staff_id) == staff_id)
        )


def forget_old(store: Store, now: datetime) -> int:
    """Throw away what nobody confirmed in time; returns how many. Asked by every round, and cheap."""
    old = col(RosterDraft.at) < now - KEPT
    with store.read() as session:
        if session.exec(select(RosterDraft.id).where(old).limit(1)).first() is None:
            return 0
    with store.write() as session:
        gone = session.execute(delete(RosterDraft).where(old))
        return int(gone.rowcount)  # type: ignore[attr-defined]


def _fingerprint(result: ImportResult) -> str:
    """Of what the preview says of each line: outcome, values before and after, refusal. The notes are of the
    file, which is kept as it was, and in the language of whoever looks."""
    return hashlib.sha256(repr(result.told).encode()).hexdigest()


def _clinic_id(session: Session, code: str) -> int:
    found = session.exec(select(Clinic.id).where(Clinic.code == code)).one()
    assert found is not None
    return found
