"""A cell that a spreadsheet shows and does not run."""

from __future__ import annotations

_RUN = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones are run in some countries


def harmless(text: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula: patients can write those too."""
    if text.lstrip().startswith(_RUN) or text.startswith(("\t", "\r", "\n")):
        return f"'{text}"
    return text
