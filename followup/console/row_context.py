"""What the templates of a row need besides the row: times in the clinic's zone, pictures, what was tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _

from followup.checkin.clinics import clinic_file
from followup.console import wording
from followup.console.language import clock_words
from followup.console.next_step import next_step, to_phone
from followup.desk.worklist import Row
from followup.digest.picture import DRAWING, dumbbell
from followup.store.models import Clinic


def context(clinic: Clinic, now: datetime) -> dict[str, Any]:
    zone = clinic_file(clinic).zone
    day = now.astimezone(zone).date()

    def at(moment: datetime) -> str:
        return clock_words(moment, zone, day)

    return {
        "now": now,
        "today": day,
        "at": at,
        "next_step": lambda row: next_step(row, zone, day),
        "tried_words": lambda row: _tried(row, at),
        "to_phone": to_phone,
        "draw": dumbbell,
        "drawing": DRAWING,
        "back": request.full_path.rstrip("?"),
        "given": {},
    }


def _tried(row: Row, at: Callable[[datetime], str]) -> str:
    """'text 10:00, call 16:00 busy; no answer 11:20': what was tried, by us and by the desk."""
    sent = row.entry.tried if row.entry else ()
    ours = ", ".join(f"{_(one.how)} {at(one.at)} {one.came_of}".strip() for one in sent if one.how != "desk")
    desk = [f"{wording.ACTS[act.what]} {at(act.at)}" for act in row.standing.acts]
    return "; ".join(filter(None, [ours, *desk]))
