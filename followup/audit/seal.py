"""Seal the record: a chain of hashes that shows when a row was changed, taken out or put elsewhere.

Rows are written by many transactions at once, so their ids have gaps and may become visible out of order; a
hash in the row itself would need all writers to queue. One sealer at a time walks behind instead. The chain
goes in the order of the links, and a row that came in late simply gets a later link.

A chain shows tampering only to who knows its end: whoever can write the database could make a new one. So
its head is printed by `followup audit verify`, to be noted elsewhere and given again with --head.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from followup.store import Store, taken
from followup.store.models import Audit, AuditSeal

BATCH = 1000  # rows in one short transaction
START = "0" * 64  # what the first link stands on
_LATE = 2_000  # ids behind the newest sealed one among which late rows are looked for
# Whether there are rows newer than the newest sealed. One that came in late, behind it, is not seen by this.
UNSEALED = exists().where(
    col(Audit.id) > func.coalesce(select(func.max(AuditSeal.audit_id)).scalar_subquery(), 0)
)


def seal_new(store: Store, now: datetime) -> int:
    """Seal what is not sealed yet; returns how many rows. Harmless from any number of workers at once."""
    sealed = 0
    while True:
        with store.read() as session:
            if not _unsealed(session, 1):
                return sealed
        with store.write() as session:
            done = _seal_batch(session, now)
        sealed += done
        if done < BATCH:
            return sealed


def _seal_batch(session: Session, now: datetime) -> int:
    if not taken(session, {"audit_seal"}):
        return 0  # another worker is at it
    last = session.exec(select(AuditSeal).order_by(col(AuditSeal.id).desc()).limit(1)).first()
    number, head = (last.id or 0, last.hash) if last else (0, START)
    rows = _unsealed(session, BATCH)
    for row in rows:
        # Numbered here and not by the database: without gaps a link that is gone is seen to be gone.
        number, head = number + 1, link(head, row)
        session.add(AuditSeal(id=number, audit_id=row.id or 0, hash=head, at=now))
    return len(rows)


def _unsealed(session: Session, limit: int) -> Sequence[Audit]:
    newest = session.scalar(select(func.max(AuditSeal.audit_id))) or 0
    return session.exec(
        select(Audit)
        .outerjoin(AuditSeal, col(AuditSeal.audit_id) == col(Audit.id))
        .where(col(Audit.id) > newest - _LATE, col(AuditSeal.id).is_(None))
        .order_by(col(Audit.id))
        .limit(limit)
    ).all()


def link(before: str, row: Audit) -> str:
    """The hash of a link: over the link before it and everything the row says."""
    told = [
        row.id, row.at.isoformat(), row.clinic_id, row.staff_id, row.action, row.subject, row.subject_id,
        row.detail, row.place_id,
    ]  # fmt: skip
    return hashlib.sha256(f"{before}\n{json.dumps(told)}".encode()).hexdigest()


@dataclass
class Verdict:
    """What the chain shows. `wrong`: a sentence for each row or link that is not as it was sealed."""

    links: int = 0
    unsealed: int = 0  # newer than the last sealing
    head: str = ""  # "links:hash", to be noted elsewhere
    wrong: list[str] = field(default_factory=list)


def verify(
    store: Store, head: str = "", progress: Callable[[int, int], None] = lambda done, total: None
) -> Verdict:
    """Go along the whole chain. `head` is what an earlier run printed: that link must still be there."""
    found = Verdict()
    hash_before, hashes = START, {}
    wanted = int(head.partition(":")[0]) if head else 0
    with store.read() as session:
        total = session.exec(select(func.count()).select_from(AuditSeal)).one()
    for seal, row in _chain(store):
        assert seal.id is not None
        for missing in range(found.links + 1, seal.id):
            found.wrong.append(f"Link {missing} of the chain is gone.")
        if row is None:
            found.wrong.append(f"Audit row {seal.audit_id} was taken out; it was sealed on {seal.at:%F}.")
        elif seal.id == found.links + 1 and link(hash_before, row) != seal.hash:
            found.wrong.append(
                f"Audit row {seal.audit_id} is not as it was sealed on {seal.at:%F}, "
                f"or link {found.links} before it was replaced."
            )
        found.links, hash_before = seal.id, seal.hash
        if seal.id == wanted:
            hashes[wanted] = seal.hash
        progress(min(found.links, total), total)
    if head and f"{wanted}:{hashes.get(wanted, '')}" != head:
        found.wrong.append(f"Link {wanted} is not the one that was noted: the chain was cut or made anew.")
    with store.read() as session:
        found.unsealed = session.exec(
            select(func.count())
            .select_from(Audit)
            .outerjoin(AuditSeal, col(AuditSeal.audit_id) == col(Audit.id))
            .where(col(AuditSeal.id).is_(None))
        ).one()
    found.head = f"{found.links}:{hash_before}"
    return found


def _chain(store: Store) -> Iterator[tuple[AuditSeal, Audit | None]]:
    """Every link in order, with its row, or None where that is gone."""
    last = 0
    while True:
        with store.read() as session:
            part = session.exec(
                select(AuditSeal, Audit)
                .outerjoin(Audit, col(AuditSeal.audit_id) == col(Audit.id))
                .where(col(AuditSeal.id) > last)
                .order_by(col(AuditSeal.id))
                .limit(BATCH)
            ).all()
        if not part:
            return
        last = part[-1][0].id or 0
        yield from part
