"""Where every open case stands, in a handful of queries: what a worklist of five hundred is sorted by.

Only what sorting needs is read; names, words and numbers are read for the rows of one page. What was closed
in earlier years is never touched: each query goes through an index that holds open things alone. Where a
procedure stands is decided by the digest's own function, so that page and worklist cannot disagree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from sqlmodel import Session, col, select

from followup.desk.acts import acts_of, again_at
from followup.digest.place import place
from followup.digest.rows import NOT_ENDED, among
from followup.store.models import Alert, CheckIn, Decision, DeskAct, Procedure, Proposal, Task

GROUPS = ("urgent", "worse", "review", "call", "decide", "rest")
# Tasks that ask somebody to read or to mend something; every other one asks for a call.
_TO_READ = (
    "late",
    "unread",
    "corrected",
    "no_words",
    "shared_phone",
    "unmatched",
    "opt_in",
    "compare",
    "stuck",
    "sender",
)
_TO_CALL = ("unreachable_call",)


class Case(NamedTuple):
    """One open procedure, without its sealed words."""

    procedure_id: int
    check_in_id: int | None
    patient_id: int
    status: str
    ended: str
    performed_at: datetime
    ended_at: datetime | None
    state: str | None
    due_on: date | None


class Proposed(NamedTuple):
    procedure_id: int
    seq: int
    disposition: str
    reason: str
    at: datetime


@dataclass
class Standing:
    """One row of the worklist: a check-in with its procedures, or a loose task, alert or procedure.

    `since` is when it came to stand here; `again_at` when the desk put it off until.
    """

    key: str  # c41: check-in 41 · t7: task · a3: alert · p9: procedure
    group: str
    since: datetime
    order: tuple[object, ...] = ()
    cases: list[Case] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    alert: Alert | None = None
    acts: list[DeskAct] = field(default_factory=list)
    again_at: datetime | None = None

    @property
    def check_in_id(self) -> int | None:
        return self.cases[0].check_in_id if self.cases else None


def standings(session: Session, clinic_id: int, today: date, now: datetime) -> list[Standing]:
    """Every row of the clinic's worklist, in the order of work.

    1. The open procedures with their check-ins, the unresolved alerts, the open tasks.
    2. The newest proposal and the decisions of those procedures, and what the desk did.
    3. One row a check-in, in the group of its most urgent procedure; then what belongs to none.
    """
    unresolved = select(Alert).where(Alert.clinic_id == clinic_id, col(Alert.resolved_at).is_(None))
    alerts = session.exec(unresolved.order_by(col(Alert.id))).all()
    tasks = _open_tasks(session, clinic_id)
    cases = _open_cases(session, clinic_id)
    known = {case.check_in_id for case in cases}
    more = {a.check_in_id for a in alerts} | {t.check_in_id for t in tasks}
    cases += _cases_of(session, {i for i in more - known if i is not None})
    ids = [case.procedure_id for case in cases]
    proposed, decided = _proposed(session, ids), _decided(session, ids)
    by_check_in: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        if case.check_in_id is not None and case.due_on is not None and case.due_on <= today:
            by_check_in[case.check_in_id].append(case)
    alerts_of, tasks_of = _by_check_in(alerts), _by_check_in(tasks)
    acts = acts_of(session, by_check_in)
    rows = [
        _row(i, own, alerts_of.get(i, []), tasks_of.get(i, []), acts.get(i, []), proposed, decided, now)
        for i, own in by_check_in.items()
    ]
    rows += [_loose_alert(a) for a in alerts if a.check_in_id not in by_check_in]
    rows += [_loose_task(t) for t in tasks if t.check_in_id not in by_check_in]
    rows += [_astray(c) for c in cases if c.check_in_id is None and c.status == "performed"]
    shown = [row for row in rows if row is not None]
    return sorted(shown, key=lambda row: (GROUPS.index(row.group), row.order, row.key))


def _row(
    check_in_id: int,
    cases: list[Case],
    alerts: Sequence[Alert],
    tasks: list[Task],
    acts: list[DeskAct],
    proposed: dict[int, Proposed],
    decided: set[int],
    now: datetime,
) -> Standing | None:
    alert = min(
        alerts, key=lambda a: (a.tier != "E", a.acknowledged_at is not None, a.opened_at), default=None
    )
    tasks = _still_to_do(cases, tasks)
    conversing = cases[0].state != "closed"
    found = []
    for case in cases:
        settled = not conversing or case.ended or case.procedure_id in decided
        made = proposed.get(case.procedure_id) if settled else None
        bucket = place(
            open_alert=alert is not None,
            ended=case.ended or ("cancelled" if case.status == "cancelled" else ""),
            decided=case.procedure_id in decided,
            conversation_open=conversing,
            disposition=made.disposition if made else "",
        )
        found.append((bucket, made))
    group = min((_group(bucket, made, tasks) for bucket, made in found), key=GROUPS.index)
    if group == "rest" and all(bucket == "closed" for bucket, _ in found):
        return None
    times = [made.at for _, made in found if made] + [t.opened_at for t in tasks]
    if alert is not None:
        times = [alert.opened_at]
    since = max(times, default=cases[0].performed_at)
    # What came after the call that put the row off brings it back at once.
    later = again_at(acts) if acts and since <= acts[-1].at else None
    if later is not None and later > now and group != "urgent":
        group = "rest"
    due_on = min(case.due_on for case in cases if case.due_on is not None)
    grave = (alert.tier != "E", alert.acknowledged_at is not None) if alert else (True, True)
    return Standing(
        key=f"c{check_in_id}", group=group, since=since,
        order=(*grave, due_on.toordinal(), cases[0].performed_at.timestamp()), cases=cases, tasks=tasks,
        alert=alert, acts=acts, again_at=later if later and later > now else None,
    )  # fmt: skip


def _still_to_do(cases: list[Case], tasks: list[Task]) -> list[Task]:
    """Without what was to be done before the last case was closed: closing it was doing it."""
    ends = [case.ended_at for case in cases if case.ended and case.ended_at]
    return [t for t in tasks if t.opened_at >= max(ends)] if len(ends) == len(cases) else tasks


def _group(bucket: str, made: Proposed | None, tasks: list[Task]) -> str:
    """Red flag, worse, somebody must read, somebody must phone, a provider must sign, the rest."""
    if bucket == "urgent_call":
        return "urgent"
    if bucket not in ("closed", "waiting") and made is not None and made.reason == "pain_worse":
        return "worse"
    if any(task.kind in _TO_READ for task in tasks):
        return "review"
    if any(task.kind == "callback" for task in tasks):
        return "call"
    if bucket in _TO_CALL:
        return "review" if made is not None and made.reason == "unclear" else "call"
    if tasks:
        return "call"
    return {"provider_review": "review", "closed": "rest", "waiting": "rest"}.get(bucket, "decide")


def _loose_alert(alert: Alert) -> Standing:
    order = (alert.tier != "E", alert.acknowledged_at is not None, 0, alert.opened_at.timestamp())
    return Standing(f"a{alert.id}", "urgent", alert.opened_at, order, alert=alert)


def _loose_task(task: Task) -> Standing:
    order = (True, True, 0, task.opened_at.timestamp())
    group = "review" if task.kind in _TO_READ else "call"
    return Standing(f"t{task.id}", group, task.opened_at, order, tasks=[task])


def _astray(case: Case) -> Standing:
    order = (True, True, 0, case.performed_at.timestamp())
    return Standing(f"p{case.procedure_id}", "call", case.performed_at, order, cases=[case])


_COLUMNS = (
    Procedure.id, Procedure.check_in_id, Procedure.patient_id, Procedure.status, Procedure.ended,
    Procedure.performed_at, Procedure.ended_at, CheckIn.state, CheckIn.due_on,
)  # fmt: skip


def _open_cases(session: Session, clinic_id: int) -> list[Case]:
    found = session.exec(
        select(*_COLUMNS)  # type: ignore[call-overload]
        .join(CheckIn, col(CheckIn.id) == col(Procedure.check_in_id), isouter=True)
        .where(Procedure.clinic_id == clinic_id, NOT_ENDED, Procedure.status != "cancelled")
    ).all()
    return [Case(*row) for row in found]


def _cases_of(session: Session, check_in_ids: Iterable[int]) -> list[Case]:
    query = select(*_COLUMNS).join(CheckIn, col(CheckIn.id) == col(Procedure.check_in_id))  # type: ignore[call-overload]
    return [Case(*row) for row in among(session, query, col(Procedure.check_in_id), check_in_ids)]


_PROPOSED = select(*(getattr(Proposal, name) for name in Proposed._fields))


def _proposed(session: Session, ids: Iterable[int]) -> dict[int, Proposed]:
    found = [Proposed(*row) for row in among(session, _PROPOSED, col(Proposal.procedure_id), ids)]
    return {made.procedure_id: made for made in sorted(found, key=lambda made: made.seq)}


def _decided(session: Session, ids: Iterable[int]) -> set[int]:
    return set(among(session, select(Decision.procedure_id), col(Decision.procedure_id), ids))


def _open_tasks(session: Session, clinic_id: int) -> list[Task]:
    """Open tasks of the clinic, and those of no clinic at all: somebody has to see them too."""
    found: list[Task] = []
    for whose in (col(Task.clinic_id) == clinic_id, col(Task.clinic_id).is_(None)):
        found += session.exec(
            select(Task).where(whose, col(Task.closed_at).is_(None)).order_by(col(Task.id))
        ).all()
    return found


R = TypeVar("R", Alert, Task)


def _by_check_in(rows: Sequence[R]) -> dict[int, list[R]]:
    found: dict[int, list[R]] = defaultdict(list)
    for row in rows:
        if row.check_in_id is not None:
            found[row.check_in_id].append(row)
    return found
