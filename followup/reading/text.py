"""From raw characters to words, numbers and marks, each with its place in the original text.

Folding (case, accents, full-width forms, look-alike letters, invisible marks) is done one character
at a time and remembers where every character came from, because staff are shown the patient's own
words, not ours. One pattern cuts the folded text; nothing here knows what a score is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_APOSTROPHES = "'’‘‛ʼʹ´`′＇"
_QUOTES = "“”„‟«»＂〝〞"
_DASHES = "-‐‑‒–—―−﹣－"
# Look-alike letters from Cyrillic and Greek: a reply typed on such a keyboard is still the same word.
_LOOKALIKES = dict(
    zip(
        "асеіјорѕхуһԁԛԝοανιερτκмтвнк",
        "aceijopsxyhdqwoavieptkmtbhk",
        strict=True,
    )
)
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|&[a-zA-Z]{2,6};")


@dataclass(slots=True)
class Token:
    """A word, a number's shape or a mark. `start` and `end` are places in the original text."""

    kind: str  # word | int | decimal | fraction | clock | code | half | mark
    text: str
    start: int
    end: int
    glued: bool = False  # no space between this token and the one before
    spelled: str = ""  # the word as typed, when it was respelled
    capital: bool = False


_SHAPES = re.compile(
    r"""
    (?P<code>\+?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d) | \d{3}-\d{4}(?!\d) | \d{7,}
        | \+?\d+(?:-\d+){2,} | \d+(?:/\d+){2,} | \d+(?:\.\d+){2,}
        | (?<![^\W\d_])[lcts]\d{1,2}(?:\s?[-/]\s?[lcts]?\d{1,2})*(?![^\W_])
        | https?://\S+ | www\.\S+ | [\w.+-]{1,64}@[\w-]{1,64}\.\w{2,10})
  | (?P<clock>\d{1,2}:\d{2}(?::\d{2})?(?!\d))
  | (?P<thousand>\d{1,3}(?:,\d{3})+(?!\d))
  | (?P<fraction>\d+(?:[.,]\d+)?\s?[/⁄]\s?\d+)
  | (?P<decimal>\d+[.,]\d+ | (?<![\w.])\.\d+)
  | (?P<int>\d+)
  | (?P<half>[½¼¾])
  | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)
  | (?P<mark>\.\.+|…|->|→|=>|\n|\S)
    """,
    re.VERBOSE,
)


def fold(text: str) -> tuple[str, list[int]]:
    """The text in small plain letters, and for each of its characters the place it came from."""
    out: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        if char < "\x80":
            piece = char.lower() if char >= " " or char == "\n" else " "
        elif char in _FRACTIONS:
            piece = char
        elif char in _APOSTROPHES:
            piece = "'"
        elif char in _QUOTES:
            piece = '"'
        elif char in _DASHES:
            piece = "-"
        elif char == "🔟":
            piece = "10"
        else:
            piece = _fold_rare(char)
        for letter in piece:
            out.append(letter)
            places.append(at)
    places.append(len(text))
    return "".join(out), places


def _fold_rare(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in ("Mn", "Me", "Cf") or char == "️":
        return ""  # accents already split off, keycap rings, zero-width and right-to-left marks
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if kind[0] in "CZ":
        return " "
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)).lower()
    return "".join(_LOOKALIKES.get(c, c) for c in plain)


def cut(text: str) -> list[Token]:
    """The tokens of a text. HTML tags and entities count as spaces."""
    folded, places = fold(text)
    if "<" in folded or "&" in folded:
        folded = _TAG.sub(lambda m: " " * len(m.group()), folded)
    tokens: list[Token] = []
    last = -1
    for match in _SHAPES.finditer(folded):
        kind = match.lastgroup or "mark"
        word = match.group()
        start, end = match.span()
        first = places[start]
        if kind == "word":
            word = word.replace("'", "")
        elif kind == "thousand":
            kind, word = "int", word.replace(",", "")
        tokens.append(
            Token(
                kind,
                word,
                first,
                places[end - 1] + 1,
                glued=start == last,
                capital=text[first : first + 1].isupper(),
            )
        )
        last = end
    return tokens
