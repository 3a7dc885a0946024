"""Today: the worklist, a page at a time, and the look for what has come since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from followup.console.guard import allowed, asked_by_the_page, seen
from followup.console.pages import console, door
from followup.console.row_context import context
from followup.desk.standing import GROUPS
from followup.desk.urgent import last_beat, next_send
from followup.desk.worklist import Worklist, worklist
from followup.store.models import Clinic

EVERY = 10  # seconds between two looks for something new


@console.get("/")
@allowed("frontdesk", "provider", "admin")
def today() -> ResponseReturnValue:
    """The worklist, by `?provider=` (a handle), `?only=` (a group) and `?page=`."""
    now, asked = door().clock(), _asked()
    seen("worklist", detail=asked["only"])
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        found = worklist(session, clinic, now, **asked)
        beat, following = last_beat(session), next_send(session, current_user.clinic_id)
    shown = context(clinic, now)
    parts = [_("last check %(at)s", at=shown["at"](beat))] if beat else []
    if following:
        parts.append(_("next send %(at)s", at=shown["at"](following)))
    return render_template(
        "today.html", list=found, pulse=", ".join(parts), **asked, **_news(found, 0, False), **shown
    )


@console.get("/worklist/news")
@allowed("frontdesk", "provider", "admin")
@asked_by_the_page
def work_news() -> ResponseReturnValue:
    """How many rows have come since the page was made, and whether any has gone."""
    now, asked = door().clock(), _asked()
    try:
        since = datetime.fromisoformat(request.args["newest"]) if request.args.get("newest") else None
    except ValueError:
        abort(404)
    with door().store.read() as session:
        clinic = session.get_one(Clinic, current_user.clinic_id)
        found = worklist(session, clinic, now, provider=asked["provider"], only=asked["only"], size=0)
    before = int(text) if (text := request.args.get("n", "0")).isdecimal() and len(text) < 7 else 0
    # By time and by count: of two things in one second, the second is no later than the first.
    new = max(sum(since is None or at > since for at in found.since), found.total - before)
    changed = request.args.get("stamp", "") != found.stamp
    return render_template("parts/news.html", **asked, **_news(found, new, changed, kept=True))


def _asked() -> dict[str, Any]:
    only = request.args.get("only", "")
    page = request.args.get("page", "1")
    return {
        "provider": request.args.get("provider", "")[:10],
        "only": only if only in GROUPS else "",
        "page": int(page) if page.isdecimal() and len(page) < 6 else 1,
    }


def _news(found: Worklist, new: int, changed: bool, *, kept: bool = False) -> dict[str, Any]:
    """What the part that asks for news needs; `kept`: it goes on asking from where the page was made."""
    newest = request.args.get("newest", "") if kept else found.newest.isoformat() if found.newest else ""
    stamp = request.args.get("stamp", "") if kept else found.stamp
    count = request.args.get("n", "0") if kept else found.total
    asked = _asked()
    filters = {k: asked[k] for k in ("provider", "only") if asked[k]}
    return {
        "new": new,
        "fresh": "1" if new or changed else "",
        "every": EVERY,
        "news_url": url_for("console.work_news", newest=newest, stamp=stamp, n=count, **filters),
        "here": lambda page: url_for("console.today", page=page if page > 1 else None, **filters),
    }
