"""Twilio's list pages: newest first, host-relative addresses of the neighbours, at most 1000 to a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from .refusals import Refusal


def page(name: str, items: list[dict[str, Any]], path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of `items` (all that match, newest first) under `name`, as the query asks for it."""
    size = min(_number(query, "PageSize", 50), 1000) or 50
    number = _number(query, "Page", 0)
    start = number * size
    shown = items[start : start + size]
    kept = [(key, value) for key, value in query.items() if key not in ("Page", "PageToken", "PageSize")]

    def uri(of: int, token: str = "") -> str:
        more = [("PageSize", str(size)), ("Page", str(of))] + ([("PageToken", token)] if token else [])
        return f"{path}?{urlencode([*kept, *more])}"

    has_next = start + size < len(items)
    return {
        name: shown,
        "end": max(0, start + len(shown) - 1),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, f"PA{shown[-1]['sid']}") if has_next else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": uri(number - 1, f"PB{shown[0]['sid']}") if number and shown else None,
        "start": start,
        "uri": uri(number),
    }


def on_day(moment: datetime | None, query: Mapping[str, str], name: str) -> bool:
    """Whether a date filter (`Name`, `Name<`, `Name>`) lets `moment` through.

    Compared by whole days in GMT, both ends included, as documented. What has no date matches no filter: a
    text that has not left is not found by DateSent.
    """
    for key in (name, f"{name}<", f"{name}>"):
        if text := query.get(key, ""):
            wanted = _day(key, text)
            if moment is None:
                return False
            day = moment.date()
            if not {name: day == wanted, f"{name}<": day <= wanted, f"{name}>": day >= wanted}[key]:
                return False
    return True


def equal(pairs: Iterable[tuple[str | None, str]]) -> bool:
    """Whether each filter that was given (wanted, found) is met."""
    return all(not wanted or wanted == found for wanted, found in pairs)


def _day(key: str, text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Refusal(20001, f"{key}={text!r}, which should be a date like 2026-03-10") from None


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else default
