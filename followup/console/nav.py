"""The console's pages in the order of the bar: each page adds its line here, the layout draws them.

One list, so that the bar and the list of keys under `?` cannot say different things. Who may open a page is
said at its view and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from flask_babel import lazy_gettext as _l

from followup.console.guard import may


@dataclass(frozen=True)
class Place:
    """A page of the bar. `key` follows `g`: `g t` opens Today. `also`: endpoints that count as this page."""

    endpoint: str
    title: Any  # a lazy string: its language is the reader's
    key: str
    also: Sequence[str] = ()


PLACES: list[Place] = [
    Place("console.today", _l("Today"), "t"),
    Place(
        "console.schedule_today",
        _l("Schedule"),
        "s",
        also=(
            "console.schedule_of",
            "console.add_procedure",
            "console.edit_procedure",
            "console.import_page",
            "console.import_preview",
            "console.import_confirm",
        ),
    ),
    Place("console.digest_now", _l("Digest"), "d", also=("console.digest_of", "console.digests")),
    Place("console.outcomes", _l("Outcomes"), "o"),
    Place(
        "console.settings",
        _l("Settings"),
        "e",
        also=(
            "console.settings_section",
            "console.wording_page",
            "console.wording_of",
            "console.audit_page",
            "console.staff_page",
            "console.invite",
            "console.send_link",
        ),
    ),
    Place("console.health_page", _l("Health"), "h"),
]


def places() -> list[Place]:
    """The pages the person signed in may open, without those this program was started without."""
    known = current_app.view_functions
    return [place for place in PLACES if place.endpoint in known and may(place.endpoint)]


def is_here(place: Place) -> bool:
    return request.endpoint in (place.endpoint, *place.also)
