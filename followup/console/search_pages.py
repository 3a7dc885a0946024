"""Search: what is looked for travels in the form, since addresses are kept in histories and logs."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from followup.console.guard import allowed, seen
from followup.console.pages import console, door
from followup.desk.search import find


@console.post("/search")
@allowed("frontdesk", "provider", "admin")
def search() -> ResponseReturnValue:
    """Patients by name, number or chart id; a single one is opened at once."""
    asked, page = request.form.get("q", "")[:100], request.form.get("page", "1")[:5]
    with door().store.read() as session:
        found = find(
            session, current_user.clinic_id, asked, door().clock(), int(page) if page.isdecimal() else 1
        )
    seen("search", detail=f"{found.kind} {found.total}")
    if found.total == 1:
        return redirect(url_for("console.patient", patient_id=found.patients[0].id))
    return render_template("search.html", found=found, asked=asked)


@console.get("/search")
@allowed("frontdesk", "provider", "admin")
def search_page() -> ResponseReturnValue:
    """The empty form, for whoever comes back to the address of the results."""
    return render_template("search.html", found=None, asked="")
