"""`followup keys rotate`: everything under the newest key, while web and clock go on working.

A few hundred rows at a time, each batch its own short transaction: an interrupted run has lost nothing, and
the next finds by itself what is left. Hashes are made anew with the values they are of. Rows that somebody
holds are passed over and looked at again, so that nobody ever waits for two rows of ours.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import LargeBinary, Table, delete, func, select, type_coerce, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from followup.custody.keys import sealed_tables
from followup.store import Store, is_one_of, keyed_hash
from followup.store.models import Inbound, OptOut, Outbound, Patient, SealingKey
from followup.store.seal import SealError, live_keys, seal, sealed_under, unseal

log = logging.getLogger(__name__)

BATCH = 300
_PASSES, _PAUSE = 50, 0.05  # seconds between two looks at rows that somebody held; then they are reported

Row = Mapping[Any, Any]
Progress = Callable[[int, int], None]


@dataclass
class Rotation:
    """What a run did. `stuck`: tables with rows that could not be changed, and how many; empty = finished."""

    rows: int = 0
    changed: int = 0
    stuck: dict[str, int] = field(default_factory=dict)


def rotate(store: Store, progress: Progress = lambda done, total: None) -> Rotation:
    """Seal and hash everything under the newest key; forget the older ones when nothing is left."""
    result = Rotation()
    # Opt-outs first: those without a number find it by a hash that the other tables still have.
    tables = sorted(sealed_tables(), key=lambda table: table.name != "opt_out")
    with store.read() as session:
        total = sum(session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
    for table in tables:
        left = _whole_table(store, table, result, lambda: progress(result.rows, total))
        if left:
            result.stuck[table.name] = left
    if not result.stuck:
        with store.write() as session:
            session.execute(delete(SealingKey).where(col(SealingKey.id) != live_keys()[0]))
    return result


def _whole_table(store: Store, table: Table, result: Rotation, tell: Callable[[], None]) -> int:
    """How many of its rows are still old at the end."""
    held: list[int] = []
    hopeless = 0
    for rows in _batches(store, table):
        result.rows += len(rows)
        wanted = [row["id"] for row in rows if _is_old(table, row)]
        done, failed = _batch(store, table, wanted)
        result.changed += done
        hopeless += len(failed)
        held += [] if done + len(failed) == len(wanted) else wanted
        tell()
    for _ in range(_PASSES):
        with store.read() as session:
            found = session.execute(_raw(table).where(table.c.id.in_(held[:BATCH]))).mappings().all()
        held = [row["id"] for row in found if _is_old(table, row)] + held[BATCH:]
        if not held:
            break
        time.sleep(_PAUSE)
        result.changed += _batch(store, table, held[:BATCH])[0]
    return len(held) + hopeless


def _batches(store: Store, table: Table) -> Iterator[Sequence[Row]]:
    last = 0
    while True:
        with store.read() as session:
            rows = session.execute(_raw(table).where(table.c.id > last).limit(BATCH)).mappings().all()
        if not rows:
            return
        last = rows[-1]["id"]
        yield rows


def _raw(table: Table) -> Any:
    """Its ids, hashes and sealed values as they lie in the database."""
    sealed = sealed_tables()[table]
    columns: list[Any] = [table.c.id, *(table.c[name] for name in _hashes(table))]
    columns += [type_coerce(table.c[name], LargeBinary).label(name) for name in sealed]
    return select(*columns).order_by(table.c.id)


def _batch(store: Store, table: Table, ids: Sequence[int]) -> tuple[int, list[int]]:
    """1. Lock those nobody holds. 2. Look again, since they may have changed. 3. Write what is new.

    Returns how many were changed, and the ids of those that can never be.
    """
    done, failed = 0, []
    if not ids:
        return 0, []
    with store.write() as session:
        free = _raw(table).where(table.c.id.in_(ids)).with_for_update(skip_locked=True)
        for row in session.execute(free).mappings().all():
            try:
                done += _row(session, table, row)
            except SealError as problem:
                log.error("%s %s cannot be sealed anew: %s", table.name, row["id"], problem)
                failed.append(row["id"])
    return done, failed


def _row(session: Session, table: Table, row: Row) -> int:
    values = _new_values(table, _with_number(session, row) if table.name == "opt_out" else row)
    if not values:
        return 1
    try:
        with session.begin_nested():
            session.execute(update(table).where(table.c.id == row["id"]).values(values))
    except IntegrityError:
        return _merged(session, table, row)
    return 1


def _is_old(table: Table, row: Row) -> bool:
    try:
        return bool(_new_values(table, row))
    except SealError:
        return True


def _hashes(table: Table) -> dict[str, tuple[str, str]]:
    """Its keyed hashes: the column, and (kind, the sealed column it is of)."""
    return {c.name: c.info["hash_of"] for c in table.columns if "hash_of" in c.info}


def _new_values(table: Table, row: Row) -> dict[str, Any]:
    """The columns of a row that are not yet under the newest key, as they ought to be."""
    newest = live_keys()[0]
    values: dict[str, Any] = {}
    for name in sealed_tables()[table]:
        if row[name] is not None and sealed_under(row[name]) != newest:
            place = f"{table.name}.{name}"
            values[name] = type_coerce(seal(unseal(bytes(row[name]), place), place), LargeBinary)
    for name, (kind, of) in _hashes(table).items():
        if not row[name]:
            continue
        if row[of] is None:
            raise SealError(f"there is no {of} to make its hash from")
        wanted = keyed_hash(kind, unseal(bytes(row[of]), f"{table.name}.{of}"))
        if row[name] != wanted:
            values[name] = wanted
    return values


def _with_number(session: Session, row: Row) -> Row:
    """Opt-outs of the first release kept no number; whoever the hash belongs to has it."""
    if row["phone"] is not None:
        return row
    for hashed, number in (
        (Inbound.from_hash, Inbound.from_number),
        (Patient.phone_hash, Patient.phone),
        (Outbound.to_hash, Outbound.to),
    ):
        found = session.scalars(select(col(number)).where(col(hashed) == row["phone_hash"]).limit(1)).first()
        if found is not None:
            session.execute(update(OptOut).where(col(OptOut.id) == row["id"]).values(phone=found))
            return {**row, "phone": seal(found, "opt_out.phone")}
    return row


def _merged(session: Session, table: Table, row: Row) -> int:
    """Two opt-outs of one number, one under each key: one row is enough, and stopped wins."""
    if table.name != "opt_out" or row["phone"] is None:
        return 0
    old = session.get_one(OptOut, row["id"])
    number = unseal(bytes(row["phone"]), "opt_out.phone")
    twin = session.scalars(
        select(OptOut).where(
            col(OptOut.sender) == old.sender,
            is_one_of(OptOut.phone_hash, "phone", number),
            col(OptOut.id) != old.id,
        )
    ).one()
    twin.stopped = twin.stopped or old.stopped
    session.delete(old)
    return 1
