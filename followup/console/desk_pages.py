"""What the desk does from a row of the worklist: open it, say what the call came to, write down, take back.

Each answers htmx with the one row it changed, and a browser without scripts by leading back to the list.
"""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import Session

from followup.checkin.cases import CaseError
from followup.console import wording
from followup.console.guard import allowed, did
from followup.console.pages import console, door, own_page
from followup.console.row_context import context
from followup.console.said_form import parse_said
from followup.desk import calls
from followup.desk.acts import take_back, task_done
from followup.desk.locks import release, take
from followup.desk.worklist import one_row
from followup.store.models import CheckIn, Clinic, DeskAct, Patient, Staff, Task


@console.post("/worklist/<int:check_in_id>/call")
@allowed("frontdesk", "provider")
def call_outcome(check_in_id: int) -> ResponseReturnValue:
    """Open a row, put it back, or say what came of the call."""
    outcome, now = request.form.get("outcome", ""), door().clock()
    act: DeskAct | None = None
    try:
        with door().store.write() as session:
            staff = _own(session, check_in_id)
            match outcome:
                case "open":
                    take(session, check_in_id, current_user.id, now)
                case "put_back":
                    release(session, check_in_id, current_user.id, now)
                case "no_answer":
                    act = calls.no_answer(session, check_in_id, staff, now)
                case "wrong_number":
                    act = calls.wrong_number(session, check_in_id, staff, now)
                case _:
                    act = calls.end(session, check_in_id, staff, outcome, now)
            did(session, f"call.{outcome}", "check_in", check_in_id)
    except CaseError as problem:
        return _answer(f"c{check_in_id}", None, refused=_(str(problem)))
    return _answer(f"c{check_in_id}", act)


@console.post("/worklist/<int:check_in_id>/answers")
@allowed("frontdesk", "provider")
def call_answers(check_in_id: int) -> ResponseReturnValue:
    """Write down what the patient said on the phone."""
    said, problems = parse_said(request.form)
    if problems:
        return _answer(f"c{check_in_id}", None, problems=problems)
    try:
        with door().store.write() as session:
            act = calls.record(session, check_in_id, _own(session, check_in_id), said, door().clock())
            did(session, "call.answers", "check_in", check_in_id)
    except CaseError as problem:
        return _answer(f"c{check_in_id}", None, refused=_(str(problem)))
    return _answer(f"c{check_in_id}", act)


@console.post("/tasks/<int:task_id>/done")
@allowed("frontdesk", "provider")
def finish_task(task_id: int) -> ResponseReturnValue:
    with door().store.read() as session:
        task = session.get(Task, task_id)
    if task is None or task.clinic_id not in (None, current_user.clinic_id):
        abort(404)
    key = f"t{task_id}" if task.check_in_id is None else f"c{task.check_in_id}"
    try:
        with door().store.write() as session:
            staff = session.get_one(Staff, current_user.id)
            act = task_done(session, session.get_one(Task, task_id), staff, door().clock())
            did(session, "task.done", "task", task_id)
    except CaseError as problem:
        return _answer(key, None, refused=_(str(problem)))
    return _answer(key, act)


@console.post("/acts/<int:act_id>/take-back")
@allowed("frontdesk", "provider")
def undo_act(act_id: int) -> ResponseReturnValue:
    with door().store.read() as session:
        act = session.get(DeskAct, act_id)
    if act is None or act.clinic_id != current_user.clinic_id:
        abort(404)
    key = f"c{act.check_in_id}" if act.check_in_id is not None else f"t{act.task_id}"
    try:
        with door().store.write() as session:
            staff = session.get_one(Staff, current_user.id)
            take_back(session, session.get_one(DeskAct, act_id), staff, door().clock())
            did(session, "act.take_back", "desk_act", act_id)
    except CaseError as problem:
        return _answer(key, None, refused=_(str(problem)))
    return _answer(key, None, says=str(_("Taken back.")))


def _own(session: Session, check_in_id: int) -> Staff:
    """The person signed in, once the check-in is known to be their clinic's."""
    check_in = session.get(CheckIn, check_in_id)
    if check_in is None or check_in.clinic_id != current_user.clinic_id:
        abort(404)
    return session.get_one(Staff, current_user.id)


def _answer(
    key: str,
    act: DeskAct | None,
    *,
    says: str = "",
    problems: list[str] | None = None,
    refused: str = "",
) -> ResponseReturnValue:
    """The row as it is now: dealt with, open, or as somebody else left it."""
    if "HX-Request" not in request.headers:
        done = says or (str(wording.ACTS[act.what]) if act else "")
        if done:
            flash(done)
        for problem in filter(None, [refused, *(problems or [])]):
            flash(problem, "error")
        return redirect(own_page(request.form.get("back", "")))
    now = door().clock()
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        row = None if act else one_row(session, clinic, key, now)
        name = _name(session, key) if act else ""
    shown = context(clinic, now) | {"back": request.form.get("back", ""), "given": request.form}
    if row is None:
        done = f"{name}: {_what_was_done(act, shown)}" if act else str(_("Nobody needs to do this any more."))
        return render_template("parts/row_done.html", key=key, act=act, says=says or refused or done, **shown)
    return render_template("parts/row.html", row=row, says=says or refused, problems=problems, **shown)


def _what_was_done(act: DeskAct, shown: dict[str, Any]) -> str:
    done = str(wording.ACTS[act.what])
    if act.again_at is None:
        return done
    return str(_("%(done)s, back %(at)s", done=done, at=shown["at"](act.again_at)))


def _name(session: Session, key: str) -> str:
    if not key.startswith("c"):
        return str(_("Task"))
    check_in = session.get_one(CheckIn, int(key[1:]))
    patient = session.get_one(Patient, check_in.patient_id)
    return f"{patient.given_name} {patient.family_name}".strip()
