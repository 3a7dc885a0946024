"""Calls.json: create, fetch, list, delete, and change or end a call that is under way."""

from __future__ import annotations

from flask import Response, request

from .calls import Call
from .paging import equal, on_day, page
from .refusals import Refusal
from .rest import ACCOUNT, blueprint, body, carrier, create, form


@blueprint.post(f"{ACCOUNT}/Calls.json")
def create_call() -> Response:
    return create(lambda fault: carrier().calls.create(form(), fault).as_json())


@blueprint.get(f"{ACCOUNT}/Calls.json")
def list_calls() -> Response:
    query = request.args
    with carrier().lock:
        found = [
            call.as_json()
            for call in reversed(carrier().calls.all.values())
            if equal(
                [
                    (query.get("To"), call.to),
                    (query.get("From"), call.sender),
                    (query.get("Status"), call.status),
                    (query.get("ParentCallSid"), call.parent),
                ]
            )
            and on_day(call.started, query, "StartTime")
            and on_day(call.ended, query, "EndTime")
        ]
    return body(page("calls", found, request.path, query))


@blueprint.get(f"{ACCOUNT}/Calls/<sid>.json")
def fetch_call(sid: str) -> Response:
    return body(_found(sid).as_json())


@blueprint.post(f"{ACCOUNT}/Calls/<sid>.json")
def update_call(sid: str) -> Response:
    """`Url` or `Twiml` gives a live call other instructions, `Status=completed|canceled` ends it."""
    call = _found(sid)
    carrier().calls.update(call, form())
    return body(call.as_json())


@blueprint.delete(f"{ACCOUNT}/Calls/<sid>.json")
def delete_call(sid: str) -> Response:
    if not _found(sid).final:
        raise Refusal(20009)
    with carrier().lock:
        del carrier().calls.all[sid]
    return Response(status=204)


def _found(sid: str) -> Call:
    call = carrier().calls.all.get(sid)
    if call is None:
        raise Refusal(20404, request.path)
    return call
