"""The phones page and its small JSON API: what a person at the demo sees and does.

POST bodies are JSON, which a form on some other site cannot send: that and the loopback address are the
page's whole protection, and all it needs.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from .faults import NAMES
from .phones import Phone
from .rest import carrier

blueprint = Blueprint("pages", __name__, static_folder="static", static_url_path="/static")


@blueprint.get("/")
def phones() -> str:
    return render_template("phones.html", faults=NAMES, senders=list(carrier().senders.values()))


@blueprint.get("/simulator/api/state")
def state() -> Response:
    """Every phone in one line each, with the clock, the faults and the cost so far.

    Those that have something on their screen come first, in the order in which that began: sorted by the
    latest message, the list would move away under the finger on a busy day.
    """
    own = carrier()
    with own.lock:
        phones = sorted(own.phones.values(), key=lambda phone: (not phone.bubbles, _began(phone)))
        rows = [_row(phone) for phone in phones]
    chances = {name: getattr(own.faults.chance, name) for name in NAMES}
    return jsonify(
        phones=rows,
        now=own.now().isoformat(),
        faults={"chances": chances, "waiting": own.faults.waiting(), "struck": dict(own.faults.counts)},
        ledger=own.ledger(),
    )


def _began(phone: Phone) -> str:
    return phone.bubbles[0].at.isoformat() if phone.bubbles else ""


def _row(phone: Phone) -> dict[str, Any]:
    call = carrier().calls.all.get(phone.call)
    last = phone.bubbles[-1] if phone.bubbles else None
    return {
        "number": phone.number,
        "name": phone.name,
        "scripted": phone.script is not None,
        "auto": phone.auto and phone.script is not None,
        "unread": phone.unread,
        "ringing": bool(call and call.status == "ringing" and call.direction != "inbound"),
        "last": last.text if last else "",
    }


@blueprint.get("/simulator/api/phones/<number>")
def conversation(number: str) -> Response:
    """One phone's screen; looking at it reads it."""
    phone = _phone(number)
    with carrier().lock:
        phone.unread = 0
        bubbles = [bubble.as_json() for bubble in phone.bubbles]
        return jsonify(**_row(phone), bubbles=bubbles, call=_call(phone))


def _call(phone: Phone) -> dict[str, Any] | None:
    """The call the phone is in, as its screen shows it."""
    call = carrier().calls.all.get(phone.call)
    if call is None:
        return None
    outgoing = call.direction == "inbound"  # named from the clinic's side, like everything at the carrier
    return {
        "sid": call.sid,
        "state": call.status,
        "outgoing": outgoing,
        "other": call.to if outgoing else call.sender,
        "said": [{"id": said.id, "text": said.text, "lang": said.language} for said in call.said],
        "listening": call.gather is not None,
    }


@blueprint.post("/simulator/api/phones/<number>/text")
def text(number: str) -> ResponseReturnValue:
    """Send `{"text": "...", "to": a number of the account, "media": 0}` from this phone."""
    given, phone = _given(), _phone(number)
    to = given.get("to") or _other_end(phone)
    words, media = str(given.get("text", "")), int(given.get("media") or 0)
    if not words and not media:
        abort(400, "there is nothing to send: give a text")
    phone.auto = False
    try:
        message = carrier().text(phone.number, to, words, media)
    except ValueError as error:
        abort(400, str(error))
    return {"sid": message.sid}, 201


@blueprint.post("/simulator/api/phones/<number>/dial")
def dial(number: str) -> ResponseReturnValue:
    """Call the clinic, at `{"to": ...}` or the number this phone last had to do with."""
    phone = _phone(number)
    phone.auto = False
    try:
        call = carrier().call_in(phone.number, _given().get("to") or _other_end(phone))
    except ValueError as error:
        abort(400, str(error))
    return {"sid": call.sid}, 201


@blueprint.post("/simulator/api/phones/<number>/<any(pickup, hangup, key, say):what>")
def in_call(number: str, what: str) -> ResponseReturnValue:
    """Pick up, hang up (or decline), press `{"key": "7"}`, say `{"words": "..."}`."""
    phone, given, calls = _phone(number), _given(), carrier().calls
    call = calls.all.get(phone.call)
    if call is None:
        abort(409, "this phone is not in a call and does not ring")
    phone.auto = False
    if what == "pickup":
        calls.answer(call)
    elif what == "hangup":
        calls.hang_up(call)
    elif what == "say":
        calls.act(call, f"say:{given.get('words', '')}")
    else:
        key = str(given.get("key", ""))
        if not key or set(key) - set("0123456789*#"):
            abort(400, "a key is one of 0-9, * and #")
        calls.act(call, key)
    return Response(status=204)


@blueprint.post("/simulator/api/phones/<number>/auto")
def auto(number: str) -> dict[str, Any]:
    """`{"on": true}` gives the phone back to its script."""
    phone = _phone(number)
    phone.auto = bool(_given().get("on"))
    return _row(phone)


@blueprint.post("/simulator/api/phones")
def add_phone() -> ResponseReturnValue:
    """`{"number": "+12025550188", "name": "..."}`: one more phone, held by nobody."""
    given = _given()
    try:
        phone = carrier().add_person(str(given.get("number", "")), name=str(given.get("name", "")))
    except ValueError as error:
        abort(400, str(error))
    return _row(phone), 201


@blueprint.post("/simulator/api/faults")
def set_faults() -> ResponseReturnValue:
    """Probabilities by name: `{"busy": 0.1}`."""
    try:
        carrier().faults.set(**{str(name): float(value) for name, value in _given().items()})
    except (ValueError, TypeError) as error:
        abort(400, str(error))
    return Response(status=204)


@blueprint.post("/simulator/api/faults/next")
def next_fault() -> ResponseReturnValue:
    """`{"name": "timeout_after"}`: once, at its next occasion."""
    try:
        carrier().fault_next(str(_given().get("name", "")))
    except ValueError as error:
        abort(400, str(error))
    return Response(status=204)


@blueprint.get("/simulator/api/log")
def log() -> Response:
    """Facts from number `after` on, for checks in another process: `{"facts": [...], "next": n}`."""
    start = request.args.get("after", 0, type=int)
    facts = list(carrier().log[start:])
    rows = [{"at": fact.at.isoformat(), "kind": fact.kind, **fact.data} for fact in facts]
    return jsonify(facts=rows, next=start + len(rows))


@blueprint.get("/simulator/api/ledger")
def ledger() -> Response:
    return jsonify(carrier().ledger())


def _given() -> dict[str, Any]:
    given = request.get_json()
    if not isinstance(given, dict):
        abort(400, "send a JSON object")
    return given


def _phone(number: str) -> Phone:
    phone = carrier().phones.get("+" + number.removeprefix("+"))
    if phone is None:
        abort(404, "there is no such phone here")
    return phone


def _other_end(phone: Phone) -> str:
    """Whom this phone talked to last, or else the account's first number."""
    for bubble in reversed(phone.bubbles):
        if bubble.other:
            return bubble.other
    return next(iter(carrier().senders), "")
