"""How many segments a text is billed and split as.

One letter outside the GSM alphabet (á, í, ó, ú, a curly quote) more than halves the room, so the
wording is chosen to fit and a test counts it. The carrier counts the same way; see Twilio,
"SMS character limit".
"""

from functools import lru_cache

import gsm0338  # noqa: F401  registers the codec "gsm03.38"

_GSM = "gsm03.38"
_GSM_ALONE, _GSM_JOINED = 160, 153  # septets; a joined segment gives some up to its header
_UCS2_ALONE, _UCS2_JOINED = 70, 67  # UTF-16 units


def is_gsm7(text: str) -> bool:
    """Whether the text stays in the GSM-7 alphabet, its extension (€ [ ] { } \\ ^ | ~) included."""
    return all(map(_septets, text))


def segments(text: str) -> int:
    """Segments the text needs: 1 up to 160 GSM-7 septets or 70 UTF-16 units, else parts of 153 or 67."""
    needed, alone = room(text)
    if needed <= alone:
        return 1
    if is_gsm7(text):
        return _parts([_septets(letter) for letter in text], _GSM_JOINED)
    return _parts([len(letter.encode("utf-16-be")) // 2 for letter in text], _UCS2_JOINED)


def room(text: str) -> tuple[int, int]:
    """How much of one message the text takes, and how much one holds: of 160 septets, or of 70 UTF-16 units.

    The letters [ ] { } \\ ^ | ~ and € take two.
    """
    if is_gsm7(text):
        return sum(map(_septets, text)), _GSM_ALONE
    return len(text.encode("utf-16-be")) // 2, _UCS2_ALONE


@lru_cache(maxsize=1024)  # the codec takes a microsecond a letter, and a text has hundreds
def _septets(letter: str) -> int:
    """How many septets a letter takes, 0 where the alphabet does not have it."""
    try:
        return len(letter.encode(_GSM))
    except UnicodeEncodeError:
        return 0


def _parts(widths: list[int], joined: int) -> int:
    parts, room = 1, joined
    for width in widths:
        if width > room:  # neither an escape pair nor an emoji is cut in two
            parts, room = parts + 1, joined
        room -= width
    return parts
