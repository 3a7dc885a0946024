"""The series sheet as a page, as text and as CSV: three forms of one table."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup

from followup.assessment import relief
from followup.assessment.series import MET, MISSING, NOT_MET, Judged, Place, Series
from followup.digest import words
from followup.digest.paper import document, templates
from followup.digest.series import SeriesSheet
from followup.harmless import harmless
from followup.tongue import N_, _

WIDTH = 112
VERDICTS = {
    MET: N_("Criteria met"),
    NOT_MET: N_("Criteria not met"),
    MISSING: N_("Something is missing"),
}
# Values of cells, which stay as they are in the CSV.
CELLS = (
    N_("yes"), N_("no"), N_("none"), N_("unsure"), N_("lidocaine"), N_("bupivacaine"), N_("ropivacaine"),
    N_("other"),
)  # fmt: skip
MARKS = {MET: "✓", NOT_MET: "✗", MISSING: "?"}
# What payers also ask (LCD L38773) and nobody tells this program.
ELSEWHERE = N_(
    "three months of moderate to severe axial pain, failed conservative care, no untreated radiculopathy, "
    "and no other cause of the pain; these stand elsewhere in the chart."
)
_HEADER = (
    "patient_id", "place", "block", "procedure_id", "performed_at", "kind", "agent", "steroid", "sedation",
    "before", "after_in_clinic", "lowest_first_hours", "relief_percent", "hours", "next_day", "next_day_at",
    "pain_medicine_in_window", "usual_activity", "days_since_previous", "shows", "why", "decision",
)  # fmt: skip


def render_series_html(sheet: SeriesSheet, *, standalone: bool) -> Markup:
    """The sheet as HTML, escaped; standalone as `render_html` has it."""
    page = templates().get_template("series_page.html").render(
        sheet=sheet, rows=rows, place_words=place_words, verdicts=VERDICTS, marks=MARKS, elsewhere=ELSEWHERE,
        words=words,
    )  # fmt: skip
    if not standalone:
        return Markup(page)  # noqa: S704 - made by an escaping template
    name = _("Block series")
    return document(f"{name} · {sheet.clinic_name}", Markup(page))  # noqa: S704


def render_series_text(sheet: SeriesSheet) -> str:
    """The sheet for a terminal or the chart, at most 112 characters wide."""
    lines = [
        f"Block series  {sheet.name} ({sheet.chart})  ·  {sheet.clinic_name}  ·  "
        f"made {sheet.local_now:%d %b %Y %H:%M}"
    ]
    for series in sheet.series:
        lines += ["", f"{place_words(series.places)}: {VERDICTS[series.verdict].upper()}"]
        lines += [line for row in rows(sheet, series) for line in _block(row)]
        for criterion in series.criteria:
            lines += _wrapped(f"[{criterion.state}] {criterion.asks}: {criterion.found}", "  ", "    ")
    if not sheet.series:
        lines += ["", "No diagnostic block so far."]
    for judged in sheet.others:
        lines += ["", f"Given as treatment: {judged.block.reference}, {judged.block.on:%d %b %Y}"]
    lines += ["", *_wrapped(f"Not kept here: {ELSEWHERE}", ""), *_wrapped(_bars(sheet), "")]
    return "\n".join(lines) + "\n"


def render_series_csv(sheet: SeriesSheet) -> str:
    """A line a block and series. What a spreadsheet would take for a formula gets an apostrophe."""
    file = io.StringIO()
    out = csv.writer(file, lineterminator="\r\n")
    out.writerow(_HEADER)
    for series in sheet.series:
        for row in rows(sheet, series):
            values = {**row, "patient_id": sheet.chart, "place": place_words(series.places)}
            out.writerow([harmless(values[name]) for name in _HEADER])
    return file.getvalue()


def rows(sheet: SeriesSheet, series: Series) -> list[dict[str, str]]:
    """The blocks of a series in words, oldest first, by the names of the CSV's columns."""
    before = [None, *(judged.block.on for judged in series.blocks)]
    return [
        _row(sheet, number, judged, (judged.block.on - last).days if last else None)
        for number, (judged, last) in enumerate(zip(series.blocks, before, strict=False), start=1)
    ]


def _row(sheet: SeriesSheet, number: int, judged: Judged, days: int | None) -> dict[str, str]:
    given, inputs = sheet.given[judged.block.reference], judged.block.inputs
    procedure = given.procedure
    percent = relief(inputs.baseline, inputs.best)
    return {
        "block": str(number),
        "procedure_id": procedure.reference,
        "performed_at": _moment(sheet, procedure.performed_at),
        "kind": words.KINDS[procedure.kind],
        "agent": procedure.agent,
        "steroid": _yes_no(procedure.steroid),
        "sedation": _yes_no(procedure.sedation),
        "before": _score(inputs.baseline),
        "after_in_clinic": _score(procedure.post_score),
        "lowest_first_hours": _score(inputs.best),
        "relief_percent": "" if percent is None else words.percent(float(percent)),
        "hours": _score(inputs.hours),
        "next_day": _score(inputs.now),
        "next_day_at": _moment(sheet, given.answered_at) if inputs.now is not None else "",
        "pain_medicine_in_window": {"window": "yes", "after": "no"}.get(
            inputs.medicine or "", inputs.medicine or ""
        ),
        "usual_activity": _yes_no(inputs.activity),
        "days_since_previous": "" if days is None else str(days),
        "shows": judged.shows,
        "why": judged.why,
        "decision": given.choice,
    }


def place_words(places: tuple[Place, ...]) -> str:
    """'L4-5 L5-S1, left and right'; one part for each side when their levels differ."""
    levels: dict[str, list[str]] = {}
    for side, level in places:
        levels.setdefault(side, []).append(re.sub(r"^([CTLS])(\d+)-\1(\d+)$", r"\1\2-\3", level))
    if len({tuple(named) for named in levels.values()}) == 1:
        sides = _(" and ").join(_(side) for side in levels)
        return f"{' '.join(next(iter(levels.values())))}, {sides}"
    return "; ".join(f"{' '.join(named)}, {_(side)}" for side, named in levels.items()) or _(
        "Side or level not named"
    )


def _block(row: dict[str, str]) -> list[str]:
    scores = f"before {row['before'] or '?'}, lowest {row['lowest_first_hours'] or '?'}"
    percent = f", relief {row['relief_percent']} %" if row["relief_percent"] else ""
    hours = f" for {row['hours']} h" if row["hours"] else ""
    following = f", next day {row['next_day']} ({row['next_day_at']})" if row["next_day"] else ""
    days = f", {row['days_since_previous']} days later" if row["days_since_previous"] else ""
    first = (
        f"{row['block']}.  {row['performed_at']}{days}  {row['kind']} {row['agent']}  {row['procedure_id']}"
    )
    return [
        *_wrapped(first, "  ", "      "),
        *_wrapped(f"{scores}{percent}{hours}{following}", "      "),
        *_wrapped(f"{row['shows']}: {row['why']}", "      "),
    ]


def _bars(sheet: SeriesSheet) -> str:
    bars = sheet.bars
    return (
        f"Judged at the clinic's bars: {words.number(bars.repeat_percent)} %, {bars.repeat_after_days} days "
        f"apart, {bars.session_cap} sessions in 12 months. Recorded scores only; a payer decides the rest."
    )


def _moment(sheet: SeriesSheet, moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(sheet.zone):%Y-%m-%d %H:%M}"


def _score(value: Decimal | None) -> str:
    return "" if value is None else words.number(value)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _wrapped(text: str, indent: str, rest: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=rest or indent)
