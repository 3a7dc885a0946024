"""How fast one sender may go, over all workers together.

The carrier takes texts of a number faster than it lets them go and queues the rest for hours: what lies
there can no longer be taken back when the patient answers or stops. So we wait ourselves, and what waits is a
planned row. The count is a row too (`pace`), because workers share nothing but the database.

A sender may run ahead of its rate by two minutes and no further: a clinic's ordinary ten o'clock leaves in
one round, also when the clock is asked by hand, and a warning's answer never stands behind more than that.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select

from followup.clinic import ClinicFile
from followup.store import taken
from followup.store.models import Pace

AHEAD = timedelta(minutes=2)
Key = tuple[str, str]  # (sender, channel)
_KEEP = (
    update(Pace.__table__)  # type: ignore[attr-defined]
    .where(
        col(Pace.sender) == bindparam("of"),
        col(Pace.channel) == bindparam("by"),
        col(Pace.free_at) == bindparam("found"),
    )
    .values(free_at=bindparam("until"))
)


def key_of(file: ClinicFile, sender: str, channel: str) -> Key:
    """Whose pace a contact counts on: a call is placed from the calling number where there is one."""
    return ((file.calling.sender or sender) if channel == "call" else sender, channel)


def rate(file: ClinicFile, channel: str) -> float:
    """Segments, or calls, a second."""
    return file.calling.calls_per_second if channel == "call" else file.texting.segments_per_second


def out_of_breath(session: Session, now: datetime) -> set[Key]:
    """The senders that have gone as far ahead as they may, and wait."""
    found = session.exec(select(Pace.sender, Pace.channel).where(col(Pace.free_at) > now + AHEAD)).all()
    return {(sender, channel) for sender, channel in found}


class Paces:
    """The senders of one claim, ours alone until its transaction ends; another worker's are let alone."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._free: dict[Key, datetime] = {}
        self._ours: dict[Key, datetime] = {}  # as they were found

    def __contains__(self, key: Key) -> bool:
        return key in self._free

    def hold(self, keys: Iterable[Key], at_most: int | None = None) -> None:
        """Take these senders' rows, or so many of them, the least far ahead first; never one that is held.

        No worker takes all there are: the next would find every sender taken and have nothing to do.
        """
        wanted = sorted(set(keys) - set(self._free))
        if not wanted:
            return
        theirs = select(Pace.sender, Pace.channel, Pace.free_at).where(
            tuple_(col(Pace.sender), col(Pace.channel)).in_(wanted)
        )
        known = {(sender, channel) for sender, channel, _ in self._session.exec(theirs).all()}
        new = [key for key in wanted if key not in known]
        if at_most is not None and len(new) > at_most:
            new = sorted(random.sample(new, at_most))
        if new:
            self._add(new)
        free = theirs.order_by(col(Pace.free_at)).limit(at_most).with_for_update(skip_locked=True)
        for sender, channel, free_at in self._session.exec(free).all():
            self._ours[sender, channel] = free_at
            self._free[sender, channel] = max(free_at, self._now)

    def marked(self) -> dict[Key, datetime]:
        """How far each has gone by now, for `back_to`."""
        return dict(self._free)

    def back_to(self, mark: dict[Key, datetime]) -> None:
        """What was counted since then has not been claimed after all."""
        self._free = dict(mark)

    def _add(self, new: list[Key]) -> None:
        """Senders never seen before, but not those another worker is adding: we would wait for it."""
        names = {f"pace:{sender}:{channel}": (sender, channel) for sender, channel in new}
        ours = [names[name] for name in sorted(taken(self._session, names))]
        if not ours:
            return
        sqlite = self._session.get_bind().dialect.name == "sqlite"
        rows = [{"sender": sender, "channel": channel, "free_at": self._now} for sender, channel in ours]
        insert = (sqlite_insert if sqlite else postgresql_insert)(Pace)
        self._session.execute(insert.values(rows).on_conflict_do_nothing())

    def room(self, key: Key, a_second: float) -> int:
        """How many segments or calls may leave at once, at this rate; 0 too while another worker has it."""
        free = self._free.get(key)
        if free is None:
            return 0
        return max(0, int((self._now + AHEAD - free).total_seconds() * a_second) + 1)

    def take(self, key: Key, units: int, a_second: float) -> bool:
        """Count a contact of so many segments (a call is 1); False when it has to wait."""
        free = self._free.get(key)
        if free is None or free > self._now + AHEAD:
            return False
        self._free[key] = free + timedelta(seconds=units / a_second)
        return True

    def keep(self) -> None:
        """Write down how far each has gone. Demands the row as it was found: a count is never lost."""
        gone = [
            {"of": sender, "by": channel, "found": found, "until": self._free[sender, channel]}
            for (sender, channel), found in self._ours.items()
            if self._free[sender, channel] > self._now  # else nothing was taken
        ]
        if gone:
            changed = self._session.connection().execute(_KEEP, gone)
            assert changed.rowcount == len(gone), "another worker counted on a pace that was held"
