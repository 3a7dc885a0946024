"""The digest as a page for screen and paper: the same entries as text and JSON, laid out to be signed."""

from __future__ import annotations

import math
from collections.abc import Callable

from markupsafe import Markup

from followup.digest import words
from followup.digest.model import Digest, Entry
from followup.digest.paper import document, templates
from followup.digest.picture import HEIGHT, WIDTH, dumbbell
from followup.digest.sections import sections

# From these weights on the printed rows move closer together, so that a day of 25 cases is one sheet. Only
# paper cuts long words short (to three lines, then two); the screen shows them whole.
_DENSITIES = ((66, "full"), (48, "packed"), (32, "crowded"), (0, "roomy"))
_LINE = 55  # characters of a printed line of a case's words


def render_html(
    digest: Digest, *, standalone: bool, series_url: Callable[[int], str] | None = None
) -> Markup:
    """The page's HTML, escaped.

    Standalone: a whole document with its style inside. Else the part for the console, which serves the style
    as a file and says where a case's block series is (`series_url`, by the entry's id).
    """
    by_name = {section.name: section for section in sections(digest)}
    template = templates().get_template("page.html")
    page = template.render(
        digest=digest,
        zone=digest.zone,
        day=digest.day,
        now=by_name["call_now"],
        today=by_name["call_today"],
        proposals=[by_name[name] for name in ("review", "repeat", "testing")],
        bar=words.common_bar(digest.entries),
        waiting=by_name["waiting"],
        closed=by_name["closed"],
        words=words,
        dumbbell=dumbbell,
        drawing={"width": WIDTH, "height": HEIGHT},
        density=_density(digest),
        series_url=series_url,
    )
    if not standalone:
        return Markup(page)  # noqa: S704 - made by an escaping template
    return document(f"Follow-up digest {words.day_words(digest.day)} · {digest.clinic_name}", Markup(page))  # noqa: S704


def _density(digest: Digest) -> str:
    """How close the rows must stand: two lines a case at least, and as many as its words take."""
    weight = len(digest.attention) + sum(
        max(2, math.ceil(_length(digest, e) / _LINE)) for e in digest.entries
    )
    return next(name for least, name in _DENSITIES if weight >= least)


def _length(digest: Digest, entry: Entry) -> int:
    said = len(entry.last_words) + sum(len(task) for task in entry.to_do)
    return (
        len("; ".join((words.summary(entry), *entry.what_if)))
        + said
        + len(words.tried(entry, digest.zone, digest.day))
    )
