"""Numbers in digits and words, put together from tokens: "3 1/2", "treinta y seis", "seven point five".

The libraries for number words (text2num, number-parser) rewrite the text and lose where a number stood
and how it was written; both matter here, so that a score can be told from a time or a dose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .text import Token


@dataclass(slots=True)
class Item:
    """A token, or several that make one number. `value` is None for whatever is not a plain number."""

    kind: str  # word | number | fraction | clock | code | mark
    text: str
    start: int
    end: int
    value: float | None = None
    over: float | None = None  # the M of N/M
    glued: bool = False
    capital: bool = False
    known: bool = True
    keys: tuple[str, ...] = field(default=())

    @property
    def is_mark(self) -> bool:
        return self.kind == "mark"

    @property
    def stops_gap(self) -> bool:
        """A number is never one of "any words": "was 8 now one" holds no "was ... one"."""
        return self.kind in ("mark", "number")


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The vocabulary: words for 0 to 19, tens, hundreds, and what joins a half or a decimal."""

    ones: Mapping[str, int]
    tens: Mapping[str, int]
    hundred: frozenset[str]
    point: frozenset[str]
    joins: frozenset[str]
    half: frozenset[str]
    quarter: frozenset[str]
    minus: frozenset[str]
    ordinals: frozenset[str]
    labels: frozenset[str]  # words a dash may follow without being a minus: "pain -2"


def assemble(tokens: list[Token], words: NumberWords) -> list[Item]:
    """The items of a message: every number is one item, however it was written."""
    items: list[Item] = []
    at = 0
    while at < len(tokens):
        item, used = _number(tokens, at, words)
        if item is None:
            token = tokens[at]
            kind = token.kind if token.kind in ("clock", "code", "mark") else "word"
            item, used = Item(kind, token.text, token.start, token.end), 1
        if item.kind == "number" and at + used < len(tokens):
            suffix = tokens[at + used]
            if suffix.glued and suffix.text in words.ordinals:  # "the 3rd", "4to"
                item.kind, item.value, item.end, used = "code", None, suffix.end, used + 1
        item.glued, item.capital = tokens[at].glued, tokens[at].capital
        item.keys = _keys(item)
        items.append(item)
        at += used
    return items


def _keys(item: Item) -> tuple[str, ...]:
    if item.kind == "number" and item.value is not None:
        size = "#big" if item.value > 10 else "#small"
        return ("#", size, item.text)
    if item.kind == "fraction":
        ten = ("#ten",) if item.over == 10 and item.value is not None and 0 <= item.value <= 10 else ()
        return ("#frac", item.text, *ten)
    if item.kind in ("clock", "code"):
        return ("#" + item.kind,)
    return (item.text,)


def _number(tokens: list[Token], at: int, words: NumberWords) -> tuple[Item | None, int]:
    """The number that starts here and how many tokens it takes, or None."""
    token = tokens[at]
    sign, first = _minus(tokens, at, words)
    value, used = _whole(tokens, first, words)
    if value is None:
        if token.kind == "fraction":
            return _fraction(token), 1
        return None, 0
    end = first + used
    fraction, more = _part(tokens, end, words) if tokens[end - 1].kind != "half" else (0.0, 0)
    end += more
    text = token.text if end - at == 1 else " ".join(t.text for t in tokens[at:end])
    return Item("number", text, token.start, tokens[end - 1].end, sign * (value + fraction)), end - at


def _minus(tokens: list[Token], at: int, words: NumberWords) -> tuple[int, int]:
    """-1 and the place after a minus sign or word; a dash that only separates is left alone."""
    token = tokens[at]
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    before = tokens[at - 1] if at else None
    if after is None:
        return 1, at
    if token.text in words.minus and (before is None or before.text not in ("o", "lo", "al", "u", "#")):
        return -1, at + 1
    if token.text == "-" and after.glued and after.kind in ("int", "decimal") and not token.glued:
        labelled = before is not None and (before.text in words.labels or before.kind in ("int", "decimal"))
        if not labelled and not (before is not None and before.text in words.ones):
            return -1, at + 1
    return 1, at


def _whole(tokens: list[Token], at: int, words: NumberWords) -> tuple[float | None, int]:
    if at >= len(tokens):
        return None, 0
    token = tokens[at]
    if token.kind == "int":
        return float(token.text[:12]), 1
    if token.kind == "decimal":
        return float(token.text[:12].replace(",", ".")), 1
    if token.kind == "half":
        return {"½": 0.5, "¼": 0.25, "¾": 0.75}[token.text], 1
    if token.kind != "word":
        return None, 0
    if token.text in words.tens:
        return _tens(tokens, at, words)
    if token.text in words.hundred:
        return 100.0, 1
    if token.text in words.ones:
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if following in words.hundred:
            return 100.0 * words.ones[token.text], 2
        return float(words.ones[token.text]), 1
    return None, 0


def _tens(tokens: list[Token], at: int, words: NumberWords) -> tuple[float, int]:
    value = float(words.tens[tokens[at].text])
    step = at + 1
    if step < len(tokens) and (tokens[step].text in words.joins or tokens[step].text == "-"):
        step += 1
    if step < len(tokens):
        unit = tokens[step]
        one = words.ones.get(unit.text) if unit.kind == "word" else None
        if unit.kind == "int" and len(unit.text) == 1 and step > at + 1:
            one = int(unit.text)
        if one is not None and 0 < one < 10:
            return value + one, step + 1 - at
    return value, 1


def _part(tokens: list[Token], at: int, words: NumberWords) -> tuple[float, int]:
    """What follows a whole number and belongs to it: ½, 1/2, "and a half", "point five", "y medio"."""
    text = [t.text for t in tokens[at : at + 4]]
    if not text:
        return 0.0, 0
    first = tokens[at]
    if first.kind == "half":
        return {"½": 0.5, "¼": 0.25, "¾": 0.75}[first.text], 1
    if first.kind == "fraction" and not first.glued:
        fraction = _fraction(first)
        if fraction.value is not None and fraction.over in (2, 4) and fraction.value < fraction.over:
            return fraction.value / fraction.over, 1
    joined = 1 if text[0] in words.joins else 0
    rest = text[joined:]
    if rest and rest[0] in ("a", "one", "un", "una") and joined:
        rest, joined = rest[1:], joined + 1
    if rest and joined:
        if rest[0] in words.half:
            return 0.5, joined + 1
        if rest[0] in words.quarter:
            return 0.25, joined + 1
    if len(text) > 1 and text[0] in words.point:
        digit = words.ones.get(
            text[1], int(text[1]) if tokens[at + 1].kind == "int" and len(text[1]) == 1 else None
        )
        if digit is not None and digit < 10:
            return digit / 10, 2
    return 0.0, 0


def _fraction(token: Token) -> Item:
    upper, _, lower = token.text.replace("⁄", "/").partition("/")
    over = float(lower.strip()[:9])
    value = float(upper.strip()[:9].replace(",", "."))
    return Item("fraction", token.text.replace(" ", ""), token.start, token.end, value, over)
