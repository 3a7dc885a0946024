"""The language in which the digest's sentences are made: English, unless a page asks for its reader's.

One source makes text, page and JSON, and only a page knows who reads it. The core needs no web framework
for this: it takes any translations of the standard library's `gettext` shape for as long as a page is made.
What is stored, mailed, copied into a chart or read by programs is made outside of that, in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations
from typing import Any

_ENGLISH = ("en", NullTranslations())
_spoken: ContextVar[tuple[str, NullTranslations]] = ContextVar("spoken", default=_ENGLISH)


@contextmanager
def speaking(language: str, translations: NullTranslations) -> Iterator[None]:
    """Make sentences in another language, here and in nothing else that runs meanwhile.

    The language is told, not read from the catalogue: what is kept for a language must never be another's.
    """
    before = _spoken.set((language, translations))
    try:
        yield
    finally:
        _spoken.reset(before)


def language() -> str:
    """'en' or 'es': what is spoken now."""
    return _spoken.get()[0]


def _(text: str, /, **values: Any) -> str:
    """A sentence in the language spoken now, its {places} filled in."""
    said = _spoken.get()[1].gettext(text) if text else ""
    return said.format(**values) if values else said


def ngettext(one: str, many: str, num: int) -> str:
    """The same for a number of things; {num} is the number."""
    return _spoken.get()[1].ngettext(one, many, num).format(num=num)


def N_(text: str) -> str:  # noqa: N802 - the name that translators' tools look for
    """A sentence of a table, to be translated when it is shown."""
    return text
