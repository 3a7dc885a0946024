"""The templates of page and mail, opened once. HTML is escaped always, plain text never."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from followup.tongue import _, language, ngettext

_HERE = Path(__file__).parent


@cache
def templates() -> Environment:
    # StrictUndefined: a misspelt name in a template would otherwise print nothing where a patient should be.
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"_": _, "ngettext": ngettext, "language": language}
    return made


@cache
def style() -> str:
    """The stylesheet for screen and print: a file for the console, inlined when the page stands alone."""
    return "".join(
        (_HERE / "static" / name).read_text(encoding="utf-8") for name in ("digest.css", "sheet.css")
    )


def document(title: str, page: Markup) -> Markup:
    """A whole document that stands alone: the page with its style inside and nothing to fetch."""
    inside = {"page": page, "style": Markup(style())}  # noqa: S704 - ours, not a patient's
    return Markup(templates().get_template("document.html").render(title=title, **inside))  # noqa: S704
