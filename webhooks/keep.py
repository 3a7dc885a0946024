"""Take a request of the carrier's in; what cannot be taken in is kept on disk, never answered by an error.

The carrier asks again only where it is told to, and a caller whose request fails hears an apology of the
carrier's and is cut off. So whatever fails, the database or our own program, the request is sealed on disk
and heard by the next round; what fails then as well is set aside for a person.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request

from followup.setup import Door

T = TypeVar("T")
log = logging.getLogger(__name__)
_LONGEST_ID = 64  # the carrier's are half as long


def door() -> Door:
    found: Door = current_app.extensions["followup"]
    return found


def fields() -> dict[str, str]:
    """The request's form. Without NUL, which no database of ours holds in a text."""
    return {name: value.replace("\0", "") for name, value in request.form.items()}


def named(field: str) -> str:
    """The carrier's id in the form, "" when there is none that could be one."""
    found = fields().get(field, "")
    return found if len(found) <= _LONGEST_ID else ""


def number(name: str) -> int | None:
    """A number in the address, as we once put it there; None when somebody else wrote it."""
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def or_spool(kind: str, receive: Callable[[], T], **more: int | None) -> T | None:
    """What the receiver answers; None when it could not and the request was put on disk instead.

    `more` is what the request's address says. Raises OSError when not even the disk takes it.
    """
    try:
        return receive()
    except Exception as problem:
        # Only its kind: the words and numbers of patients may be in the exception.
        log.error("a %s request was put on disk: %s", kind, type(problem).__name__)
        said = {name: str(value) for name, value in more.items() if value is not None}
        door().spool.keep(kind, {**fields(), **said}, door().clock())
        return None
