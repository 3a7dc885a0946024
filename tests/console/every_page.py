"""Every page a person can see, by its endpoint: a new one must be added here before it can land."""

from __future__ import annotations

from flask import Flask

from followup.console.guard import watcher_of
from followup.console.settings_fields import SECTIONS

# Where each page is found on a busy day; `{...}` is filled in by whoever walks.
PAGES: dict[str, tuple[str, ...]] = {
    "today": ("/", "/?only=call", "/?only=rest", "/?only=worse"),
    "patient": ("/patients/1", "/patients/2", "/patients/14"),
    "search_page": ("/search",),
    "schedule_of": ("/schedule/2026-03-09", "/schedule/2026-03-20"),
    "add_procedure": ("/schedule/new",),
    "edit_procedure": ("/schedule/procedures/1",),
    "import_page": ("/schedule/import",),
    "digests": ("/digests",),
    "digest_of": ("/digest/2026-03-10", "/digest/2026-03-01"),
    "outcomes": ("/outcomes",),
    "series": ("/cases/1/series",),
    "settings": ("/settings",),
    "settings_section": tuple(f"/settings/{section.name}" for section in SECTIONS),
    "wording_page": ("/settings/wording",),
    "wording_of": ("/settings/wording/opening.es", "/settings/wording/pain_now.en.ask"),
    "staff_page": ("/staff",),
    "audit_page": ("/audit", "/audit?action=nothing"),
    "health_page": ("/health",),
    "account": ("/account",),
    "second_factor": ("/account/second-factor",),
}
# For somebody who is not signed in, or only half-way.
OUTSIDE: dict[str, tuple[str, ...]] = {
    "sign_in": ("/sign-in",),
    "forgotten": ("/forgotten",),
    "choose_password": ("/link/{token}", "/link/no-such-link"),
    "choose_clinic": ("/sign-in/clinic",),
    "ask_code": ("/sign-in/code",),
    "enrol_first": ("/sign-in/second-factor",),
}
# What is no page: pieces that pages ask for, files, addresses that lead elsewhere, doors for programs.
NO_PAGES = {
    "session_seconds", "strip_fragment", "work_news", "health_now",
    "second_factor_picture", "enrol_first_picture", "outcomes_picture",
    "digest_style", "digest_pdf", "series_csv", "series_text", "audit_export", "settings_file", "static",
    "digest_now", "schedule_today", "schedule_go",
    "alive", "ready", "metrics.page",
}  # fmt: skip


def pages_nobody_walks(app: Flask) -> list[str]:
    """Addresses that can be opened and stand in none of the three lists."""
    listed = {*PAGES, *OUTSIDE, *NO_PAGES}
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and watcher_of(app, rule.endpoint) != "signature"
        and rule.endpoint.removeprefix("console.") not in listed
    ]
