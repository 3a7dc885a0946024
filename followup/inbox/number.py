"""What is known of the number a message came from, whoever it belongs to: asked in one statement."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Executable, Select, bindparam, case, exists, func, select
from sqlmodel import Session

from followup.store import known_hashes, table_of
from followup.store.models import Answer, Inbound, OptOut, Outbound

LOOKED_BACK = timedelta(hours=12)
_HOUR = timedelta(hours=1)


class Number(NamedTuple):
    """`stopped`: it asked this sender to stop. The rest counts our answers to its messages: those that
    brought nothing usable since, and those of the last hour."""

    stopped: bool
    in_a_row: int
    this_hour: int


def known_of(
    session: Session, sender: str, phone: str, clinic_id: int | None, check_in_id: int | None, now: datetime
) -> Number:
    """Counted from the rows of what we answered, so that nothing has to be kept in step with them."""
    given = {
        "sender": sender,
        "hashes": known_hashes("phone", phone),
        "lately": now - LOOKED_BACK,
        "hour": now - _HOUR,
        **({"clinic_id": clinic_id} if check_in_id is None else {"check_in_id": check_in_id}),
    }
    statement = _OF_NOBODY if check_in_id is None else _OF_A_CHECK_IN
    stopped, in_a_row, this_hour = session.connection().execute(statement, given).one()
    return Number(bool(stopped), in_a_row or 0, this_hour or 0)


def _statement(last_usable: Select[Any]) -> Executable:
    stop, sent = table_of(OptOut).c, table_of(Outbound).c
    hashes: BindParameter[Any] = bindparam("hashes", expanding=True)
    since = func.coalesce(last_usable.scalar_subquery(), bindparam("lately"))
    return select(
        exists().where(stop.sender == bindparam("sender"), stop.phone_hash.in_(hashes), stop.stopped),
        func.sum(case((sent.started_at > since, 1), else_=0)),
        func.sum(case((sent.started_at > bindparam("hour"), 1), else_=0)),
    ).where(
        sent.to_hash.in_(hashes),
        sent.channel == "answer",
        sent.step != "safety",
        sent.started_at > bindparam("lately"),
    )


_answers, _came = table_of(Answer).c, table_of(Inbound).c
_OF_A_CHECK_IN = _statement(
    select(func.max(_answers.at)).where(_answers.check_in_id == bindparam("check_in_id"))
)
# Nobody's text, on a phone of several: what one of them answered before was no machine's.
_OF_NOBODY = _statement(
    select(func.max(_came.received_at)).where(
        _came.clinic_id == bindparam("clinic_id"),
        _came.from_hash.in_(bindparam("hashes", expanding=True)),
        _came.intent == "answer",
        _came.check_in_id.is_not(None),
        _came.received_at > bindparam("lately"),
    )
)
