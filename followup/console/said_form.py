"""The form a call is written down in: from its fields to what was said, or sentences about it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from followup.desk.calls import Said

_YES = {"yes": True, "no": False}
_MEDICINE = ("none", "window", "after", "unsure")


def parse_said(form: Mapping[str, str]) -> tuple[Said, list[str]]:
    """What was written down, and a sentence for each field that cannot be taken."""
    problems: list[str] = []

    def number(name: str, most: int, label: str) -> Decimal | None:
        value, problem = halves(form.get(name, ""), most)
        if problem:
            problems.append(f"{label}: {problem}")
        return value

    medicine = form.get("medicine", "")
    said = Said(
        now=number("now", 10, _("Usual pain now")),
        best=number("best", 10, _("Lowest in the first hours")),
        hours=number("hours", 48, _("Hours")),
        medicine=medicine if medicine in _MEDICINE else "",
        activity=_YES.get(form.get("activity", "")),
        warning=_YES.get(form.get("warning", "")),
        words=form.get("words", "").strip()[:500],
    )
    if not problems and said.is_empty:
        problems.append(_("Enter at least one answer, or choose another outcome."))
    return said, problems


def halves(text: str, most: int) -> tuple[Decimal | None, str]:
    """A number from 0 to `most` in halves, None for an empty field; else a sentence."""
    text = text.strip().replace(",", ".")
    if not text:
        return None, ""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if value.is_finite() and 0 <= value <= most and value * 2 == int(value * 2):
        return value, ""
    return None, str(_("write a number from 0 to %(most)s, in halves.", most=most))
