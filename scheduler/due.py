"""What an idle round may leave out, and the marks the clock leaves in the database.

Nearly always nothing is due. So one statement asks all that an index can tell, and a step is left out when
its question is answered with no. What stands in the clinics' files (digests, what is kept, what is redacted)
no index knows: it is gone through once a minute, which is as fine as those files count time. A row says when
that was, so whoever ticks next looks again when a part of it failed, or found so much that there may be more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from followup.alerts.page import WAITING
from followup.audit.seal import UNSEALED
from followup.outreach.ask import CALLS, TEXTS
from followup.outreach.next_due import DUE
from followup.outreach.sweep import CLAIMS, DOUBTS, OVERDUE
from followup.store import NOW, Store
from followup.store.models import Heartbeat

log = logging.getLogger(__name__)

CLOCK, _MINUTE = "clock", "minute"  # names of beats
_BY_INDEX = {
    "pages": WAITING,
    "claims": CLAIMS,
    "doubts": DOUBTS,
    "calls": CALLS,
    "texts": TEXTS,
    "record": UNSEALED,
    "overdue": OVERDUE,
    "sending": DUE,
}
_BY_THE_MINUTE = frozenset({"comparison", "record", "purge", "previews", "digests", "redaction"})
_ALL = _BY_INDEX.keys() | _BY_THE_MINUTE
_LOOKED = exists().where(
    col(Heartbeat.name) == _MINUTE,
    # No later than now: after a clock that went wrong nothing would be looked at until that moment came.
    col(Heartbeat.at).between(bindparam("minute", type_=UTCDateTime()), NOW),
)
# Built once: to put it together anew takes longer than to have it answered.
_ASK = select(_LOOKED.label(_MINUTE), *(question.label(name) for name, question in _BY_INDEX.items()))
_BEAT = (
    update(Heartbeat)
    .where(col(Heartbeat.name) == bindparam("named"))
    .values(at=NOW, owner=bindparam("by"))
    .execution_options(synchronize_session=False)
)


class Due:
    """Which steps of a round are due; asked again after each that ran: it may have made a later one due."""

    def __init__(self, store: Store, owner: str, clock: Callable[[], datetime]) -> None:
        self._store, self._owner, self._clock = store, owner, clock
        self._began = clock()
        self._due: set[str] | None = None
        self._by_the_minute: bool | None = None
        self._may_be_more = False

    def __contains__(self, step: str) -> bool:
        if step not in _ALL:
            return True
        if self._due is None:
            self._due = self._ask()
        return step in self._due

    def after(self, step: str, found: bool) -> None:
        """That a step was run, and whether it found anything to do, or failed."""
        if found or step in _ALL:
            self._due = None
        self._may_be_more |= found and step in _BY_THE_MINUTE

    def end(self) -> None:
        """Leave the mark that this minute was looked at, when nothing of it is left to do."""
        if self._by_the_minute and not self._may_be_more:
            beat(self._store, _MINUTE, self._owner, self._began)

    def _ask(self) -> set[str]:
        now = self._clock()
        try:
            with self._store.read() as session:
                told = session.execute(
                    _ASK, {"now": now, "minute": now.replace(second=0, microsecond=0)}
                ).one()
        except Exception as problem:
            # A question that cannot be asked must not keep a page from leaving: every step then looks itself.
            log.error("the round could not ask what is due: %s", type(problem).__name__)
            self._may_be_more = True
            return set(_ALL)
        if self._by_the_minute is None:  # once a round: all of the minute's steps or none
            self._by_the_minute = not told._mapping[_MINUTE]
        due = {name for name in _BY_INDEX if told._mapping[name]}
        return due | _BY_THE_MINUTE if self._by_the_minute else due


def beat(store: Store, name: str, owner: str, now: datetime) -> None:
    """Write down that something was done just now."""
    with store.write() as session:
        done = session.execute(_BEAT, {"named": name, "by": owner, "now": now})
    if done.rowcount == 1:  # type: ignore[attr-defined]
        return
    try:
        with store.write() as session:
            session.add(Heartbeat(name=name, at=now, owner=owner))
    except IntegrityError:
        return  # the very first beat, and another clock's came in between: one is as good as the other
