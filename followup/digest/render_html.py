"""The digest as a page for screen and paper: the same entries as text and JSON, laid out to be signed."""

from __future__ import annotations

from markupsafe import Markup

from followup.digest import words
from followup.digest.model import Digest
from followup.digest.paper import style, templates
from followup.digest.picture import HEIGHT, WIDTH, dumbbell
from followup.digest.sections import sections

_CROWDED = 16  # from this many cases on the printed rows move closer together, so that 25 fit one page
_PACKED = 24


def render_html(digest: Digest, *, standalone: bool) -> Markup:
    """The page's HTML, escaped.

    Standalone: a whole document with its style inside. Else the part for the console's page, which serves the
    Standalone: a whole document with its style inside. Else the part for the console, which serves the
    """
    by_name = {section.name: section for section in sections(digest)}
    size = len(digest.entries) + len(digest.attention)
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
        density="packed" if size >= _PACKED else "crowded" if size >= _CROWDED else "roomy",
    )
    if not standalone:
        return Markup(page)  # noqa: S704 - made by an escaping template
    inside = {"page": Markup(page), "style": Markup(style())}  # noqa: S704 - ours, not a patient's
    whole = templates().get_template("alone.html")
    return Markup(whole.render(digest=digest, day=digest.day, words=words, **inside))  # noqa: S704
