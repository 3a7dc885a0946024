"""Ask for the password again before the locks are changed: a browser left open must not be enough."""

from __future__ import annotations

from flask import abort, request
from flask_babel import gettext as _
from flask_login import current_user

from followup import limits
from followup.console.pages import door
from followup.console.passwords import fits
from followup.console.tries import FREE, LONGEST
from followup.store.models import Staff


def knows_password() -> bool:
    """Whether the form just posted holds the password of the person signed in; 429 after too many tries."""
    now, key = door().clock(), f"again:{current_user.id}"
    with door().store.write() as db:
        known = db.get_one(Staff, current_user.id).password_hash
        wait = limits.knock(db, key, now, free=FREE, longest=LONGEST)
    if wait:
        abort(429, _("Too many tries. Please wait a few minutes."))
    if not fits(known, request.form.get("password", "")):
        return False
    with door().store.write() as db:
        limits.forgive(db, key)
    return True
