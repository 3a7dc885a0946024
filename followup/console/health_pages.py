"""How the product is: the page that is read aloud to support on the phone."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from followup.checkin.clinics import clinic_file
from followup.checkin.codes import code
from followup.console.guard import allowed, asked_by_the_page
from followup.console.labels import moment_words
from followup.console.pages import console, door
from followup.health import health
from followup.store.models import Clinic

LATE = timedelta(minutes=5)  # of the clock, and of what should have left
OLD = timedelta(hours=26)  # of a backup that is made every day


@console.get("/health")
@allowed("frontdesk", "provider", "admin")
def health_page() -> ResponseReturnValue:
    return render_template("health.html", **_read())


@console.get("/health/now")
@allowed("frontdesk", "provider", "admin")
@asked_by_the_page
def health_now() -> ResponseReturnValue:
    """The page's middle, asked for again by itself."""
    return render_template("parts/health.html", **_read())


def _read() -> dict[str, object]:
    now = door().clock()
    spooled = len(door().spool.waiting())
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        found = health(session, current_user.clinic_id, now)
    zone = clinic_file(clinic).zone
    return {
        "health": found,
        "spooled": spooled,
        "clock_is_late": found.last_tick is None or now - found.last_tick > LATE,
        "due_is_late": found.oldest_due is not None and now - found.oldest_due > LATE,
        "backup_is_old": found.last_backup is None or now - found.last_backup > OLD,
        "ago": lambda moment: _ago(now - moment),
        "at": lambda moment: moment_words(moment, zone),
        "words": lambda number: code(int(number)).words if number.isdecimal() else _("unknown code"),
        "size": _size(found.database_bytes),
        "now": now,
    }


def _ago(since: timedelta) -> str:
    """'3 minutes ago', in the largest unit that makes at least two."""
    seconds = max(0, int(since.total_seconds()))
    if seconds < 120:
        return str(_("%(n)s seconds ago", n=seconds))
    if seconds < 2 * 3600:
        return str(_("%(n)s minutes ago", n=seconds // 60))
    if seconds < 2 * 86400:
        return str(_("%(n)s hours ago", n=seconds // 3600))
    return str(_("%(n)s days ago", n=seconds // 86400))


def _size(bytes_: int) -> str:
    megabytes = bytes_ / 1024**2
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.1f} MB"
