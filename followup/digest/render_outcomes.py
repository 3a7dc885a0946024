"""The outcomes page: pictures, each with its table, and no number without what it hides."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import accumulate
from statistics import median
from typing import Protocol

from markupsafe import Markup
from sqlmodel import Session

from followup.checkin.clinics import clinic_file
from followup.digest import figures, words
from followup.digest.charts import draw, said
from followup.digest.outcomes import Outcomes, Relief, outcomes
from followup.digest.paper import document, templates
from followup.digest.period import load_period
from followup.digest.weeks import first_day
from followup.store.models import Clinic
from followup.tongue import _

WEEKS = 12
MOST_WEEKS = 53


@dataclass(frozen=True, slots=True)
class OutcomesSheet:
    """What came of the weeks that end on `last`."""

    clinic_name: str
    first: date
    last: date
    made_at: datetime  # clinic-local
    found: Outcomes


def outcomes_sheet(
    session: Session, clinic: Clinic, last: date, now: datetime, count: int = WEEKS
) -> OutcomesSheet:
    """The `count` weeks (1 to 53) of check-ins due up to `last` itself, at the clinic's present bar."""
    file, count = clinic_file(clinic), min(max(count, 1), MOST_WEEKS)
    assert clinic.id is not None
    first = first_day(last, count)
    period = load_period(session, clinic.id, first, last, whole=True)
    found = outcomes(period, count, file.thresholds.repeat_percent, file.intake.intent_default)
    return OutcomesSheet(file.clinic.name, first, last, now.astimezone(file.zone), found)


class PictureUrl(Protocol):
    """Where a page finds a picture, by its name."""

    def __call__(self, name: str, *, narrow: bool) -> str: ...


def render_outcomes_html(
    sheet: OutcomesSheet, *, standalone: bool, picture_url: PictureUrl | None = None
) -> Markup:
    """The page as HTML. Standalone, the pictures are inside it; else `picture_url` says where each one is,
    and where the narrow one for a phone."""
    found = sheet.found
    known = [week.percent for week in found.weeks if week.percent is not None]
    page = Markup(  # noqa: S704 - made by an escaping template
        templates().get_template("outcomes_page.html").render(
            sheet=sheet,
            found=found,
            words=words,
            figures=figures,
            source=partial(picture_url, narrow=False) if picture_url else partial(_inside, found=found),
            narrow_source=partial(picture_url, narrow=True) if picture_url else None,
            said=lambda name: said(name, found),
            relief=relief_words(found.relief),
            running=list(accumulate(rung.added for rung in found.rungs)),
            middle=f"{median(known):g}" if known else "",
        )
    )  # fmt: skip
    if not standalone:
        return page
    name = _("Outcomes")
    return document(f"{name} {words.day_words(sheet.last)} · {sheet.clinic_name}", page)


def render_outcomes_text(sheet: OutcomesSheet) -> str:
    """The same numbers for a terminal."""
    found = sheet.found
    lines = [
        f"Outcomes  {words.day_words(sheet.first)} to {words.day_words(sheet.last)} {sheet.last.year}  ·  "
        f"{sheet.clinic_name}",
        "",
        *relief_words(found.relief),
        f"Median time to reply: {_wait(found)}. Cost: {figures.money(found.cost)}.",
        "",
        "FUNNEL",
    ]
    for step in found.funnel:
        lost = ", ".join(f"{number} {why}" for why, number in step.lost)
        lines.append(f"  {step.name:<18}{step.count:>6}" + (f"   lost: {lost}" if lost else ""))
    lines += ["", "WHAT EACH STEP OF THE LADDER ADDED"]
    lines += [f"  {rung.name:<18}{rung.added:>6}" for rung in found.rungs]
    lines += ["", "ANSWERED BY LANGUAGE AND CHANNEL"]
    lines += [
        f"  {group.name:<18}{group.answered:>6} of {group.asked} asked, {group.percent:.0f} %"
        for group in found.groups
    ]
    lines += [f"! {gap}" for gap in found.gaps]
    lines += ["", "WEEKS"]
    for week in found.weeks:
        share = "  –" if week.percent is None else f"{week.percent:>3} %"
        counted = f"{week.answered:>5} of {week.asked:<5}{share}"
        lines.append(f"  to {words.day_words(week.last):<12}{counted}   {figures.money(week.cost)}")
    return "\n".join(lines) + "\n"


def _wait(found: Outcomes) -> str:
    return "–" if found.median_minutes is None else figures.wait(found.median_minutes)


def relief_words(relief: Relief) -> tuple[str, str]:
    """The share at the bar, and the range it hides."""
    if relief.shares is None:
        said = _("Relief at {bar} %: nobody has given scores yet.", bar=words.number(relief.bar))
        return (said, "")
    low, share, high = relief.shares
    bar, silent = words.number(relief.bar), relief.asked - relief.known
    return (
        _(
            "{share} reached {bar} relief: {reached} of {known} whose scores are known.",
            share=f"{share:.0f} %",
            bar=f"{bar} %",
            reached=relief.reached,
            known=relief.known,
        ),
        _(
            "Of all {asked} asked it is between {low} (if the {silent} without scores all failed) "
            "and {high} (if they all succeeded).",
            asked=relief.asked,
            low=f"{low:.0f} %",
            silent=silent,
            high=f"{high:.0f} %",
        ),
    )


def _inside(name: str, found: Outcomes) -> str:
    svg = draw(name, found).encode()
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
