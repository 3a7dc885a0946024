"""How many segments a text costs, counted as carriers count: GSM 03.38 septets or UTF-16 units.

The table is written out here rather than taken from a library or from the product, so that a mistake in
either shows up as a difference instead of cancelling out.
"""

from __future__ import annotations

from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

# GSM 03.38 basic alphabet; the escape itself is left out, it is not a character anyone can type.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# The extension table: each of these costs an escape and itself.
EXTENDED = frozenset("\f^{}\\[~]|€")


def encoding(text: str) -> Encoding:
    return "GSM-7" if all(c in BASIC or c in EXTENDED for c in text) else "UCS-2"


def segments(text: str) -> int:
    """Segments of `text`: 160 septets in one, 153 each in several; 70 UTF-16 units, or 67 each in several.

    An empty text is one segment. A character of two units (an extension character, an emoji) is never split
    over two segments, so the last place of a segment may stay empty.
    """
    if encoding(text) == "GSM-7":
        widths = [2 if c in EXTENDED else 1 for c in text]
        single, several = 160, 153
    else:
        widths = [len(c.encode("utf-16-be")) // 2 for c in text]
        single, several = 70, 67
    if sum(widths) <= single:
        return 1
    count, room = 1, several
    for width in widths:
        if width > room:
            count, room = count + 1, several
        room -= width
    return count
