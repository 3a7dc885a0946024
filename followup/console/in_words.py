"""Pages whose sentences the core makes: the digest, its sheets, reasons, and what a roster is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask.typing import ResponseReturnValue
from flask_babel import get_locale, get_translations

from followup.tongue import speaking

P = ParamSpec("P")


def in_readers_words(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Have a page made in its reader's language. Files for charts, payers and programs stay English."""

    @wraps(view)
    def made(*args: P.args, **named: P.kwargs) -> ResponseReturnValue:
        with speaking(str(get_locale()), get_translations()):
            return view(*args, **named)

    return made
