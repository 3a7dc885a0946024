"""Numbers of rows in addresses: what no table can hold is "not found" before a database is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, request
from werkzeug.routing import IntegerConverter, Map

MOST = 2**31 - 1  # of an INTEGER on PostgreSQL; a larger one is an error there and an overflow on SQLite


class RowNumber(IntegerConverter):
    """`<int:...>` in a route, up to MOST."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        super().__init__(url_map, *args, **{"max": MOST, **options})


def row_number(text: str) -> int:
    """The same for what comes after the question mark. Raises ValueError."""
    number = int(text)
    if not 0 <= number <= MOST:
        raise ValueError(text)
    return number


def mark_after() -> tuple[datetime, int] | None:
    """Where the page before ended, from `?after=`: the moment and number of its last row. 404 for another."""
    at, _comma, number = request.args.get("after", "").partition(",")
    if not at:
        return None
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, row_number(number)
    except ValueError:
        abort(404)
