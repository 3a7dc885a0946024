"""The digest as a page for screen and paper: the same entries as text and JSON, laid out to be signed."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from followup.digest import figures, words
from followup.digest.density import density
from followup.digest.model import Digest
from followup.digest.paper import document, templates
from followup.digest.picture import DRAWING, dumbbell
from followup.digest.sections import sections
from followup.tongue import _


def render_html(
    digest: Digest,
    *,
    standalone: bool,
    patient_url: Callable[[int], str] | None = None,
    signs: bool = False,
) -> Markup:
    """The page's HTML, escaped.

    Standalone: a whole document with its style inside. Else the part for the console, which serves the style
    as a file and says where a patient's page is (`patient_url`, by our id of the patient), and whether the
    reader `signs` there.
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
        figures=figures,
        dumbbell=dumbbell,
        drawing=DRAWING,
        density=density(digest),
        patient_url=patient_url,
        signs=signs,
    )
    if not standalone:
        return Markup(page)  # noqa: S704 - made by an escaping template
    name = _("Follow-up digest")
    title = f"{name} {words.day_words(digest.day)} · {digest.clinic_name}"
    return document(title, Markup(page))  # noqa: S704
