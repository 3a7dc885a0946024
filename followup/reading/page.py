"""A reply made ready for reading: its items, every phrase found in it, and its clauses.

Made once for each message and handed to every rule, so that the whole cost is one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from .model import Why
from .numbers import Item, assemble
from .phrases import Hit
from .text import Token, cut
from .vocabulary import Vocabulary, vocabulary

_MOST_NUMBERS = 40
_JOINS = frozenset(
    word
    for line in ("and but then though although except because so", "y e pero luego aunque porque")
    for word in line.split()
)

_RUN = re.compile(r"(.)\1+")
_SENTENCE = frozenset([".", "!", "?", ";", "\n", "...", "…", "..", "¿", "¡"])


@dataclass
class Page:
    text: str
    items: list[Item]
    hits: dict[str, list[Hit]]
    clauses: list[tuple[int, int]] = field(default_factory=list)
    _covered: dict[tuple[str, ...], frozenset[int]] = field(default_factory=dict)

    def found(self, label: str) -> list[Hit]:
        return self.hits.get(label, [])

    def inside(self, label: str, start: int, end: int) -> list[Hit]:
        """The hits of a label that lie wholly between two items."""
        return [h for h in self.hits.get(label, ()) if h.start >= start and h.end <= end]

    def clear_of(self, label: str, *blockers: str) -> list[Hit]:
        """The hits of a label that touch no hit of the blocking labels."""
        taken = self.covered(*blockers)
        return [h for h in self.hits.get(label, ()) if taken.isdisjoint(range(h.start, h.end))]

    def covered(self, *labels: str) -> frozenset[int]:
        """The items that the hits of these labels stand on."""
        if labels not in self._covered:
            self._covered[labels] = frozenset(
                at for name in labels for h in self.hits.get(name, ()) for at in range(h.start, h.end)
            )
        return self._covered[labels]

    def starts(self, *labels: str) -> frozenset[int]:
        """The items at which a hit of these labels begins."""
        return frozenset(h.start for name in labels for h in self.hits.get(name, ()))

    @cached_property
    def is_crowded(self) -> bool:
        """More numbers than any answer holds. Weighing each against the others would take too long."""
        zeros = len(self.found("zero"))
        return sum(item.value is not None for item in self.items) + zeros > _MOST_NUMBERS

    def why(self, rule: str, start: int, end: int) -> Why:
        end = max(end, start + 1)
        first, last = self.items[start].start, self.items[end - 1].end
        return Why(rule, self.text[first:last], first, last)

    def clause_of(self, at: int) -> tuple[int, int]:
        return self.clause_at.get(at, (at, at + 1))

    @cached_property
    def clause_at(self) -> dict[int, tuple[int, int]]:
        return {at: span for span in self.clauses for at in range(*span)}

    @cached_property
    def sign_spans(self) -> list[tuple[int, int]]:
        """Where warning signs are named, reported or not."""
        names = [label for label in self.hits if label.startswith("sign.")]
        return [(h.start, h.end) for label in names for h in self.clear_of(label, "un" + label)]

    @cached_property
    def signs_at(self) -> frozenset[int]:
        return frozenset(at for start, end in self.sign_spans for at in range(start, end))

    def within(self, labels: Iterable[str], start: int, end: int) -> set[int]:
        """The items between two places that hits of these labels, wholly between them, stand on."""
        return {
            at for label in labels for h in self.inside(label, start, end) for at in range(h.start, h.end)
        }

    def words(self) -> list[int]:
        return [at for at, item in enumerate(self.items) if not item.is_mark]


def open_page(text: str) -> Page:
    known = vocabulary()
    tokens = [_respell(token, known) for token in cut(text)]
    tokens = [token for at, token in enumerate(tokens) if not _hyphen(tokens, at, known)]
    items = assemble(_words_with_digits(tokens, known), known.numbers)
    for item in items:
        if item.kind == "word":
            item.known = item.text in known.common
    hits: dict[str, list[Hit]] = {}
    for hit in known.phrases.find(items):
        hits.setdefault(hit.label, []).append(hit)
    return Page(text, items, hits, _clauses(items))


def _respell(token: Token, known: Vocabulary) -> Token:
    """The word as the vocabulary spells it: listed misspellings, and letters held down ("nooo")."""
    if token.kind != "word" or token.text in known.common:
        return token
    word = token.text
    right = known.spelling.get(word)
    if right is None:
        for keep in (r"\1", r"\1\1"):
            shorter = _RUN.sub(keep, word)
            if shorter in known.common or shorter in known.spelling:
                right = known.spelling.get(shorter, shorter)
                break
    if right is None and word.endswith("ish") and word[:-3] in known.numbers.ones:
        right = word[:-3]  # "threeish"
    if right is None and not token.capital and not known.phrases.knows(word):
        right = known.near.get(word)
    if right is not None:
        token.spelled, token.text = word, right
    return token


def _words_with_digits(tokens: list[Token], known: Vocabulary) -> list[Token]:
    """A digit inside a word is no number: "2day" is today, "A4" and "gr8" are just names of things."""
    out: list[Token] = []
    for token in tokens:
        last = out[-1] if out else None
        if last is not None and token.glued:
            if token.kind == "word" and last.kind == "int" and last.text + token.text in known.spelling:
                out[-1] = Token(
                    "word", known.spelling[last.text + token.text], last.start, token.end, last.glued
                )
                continue
            if (
                token.kind == "int"
                and last.kind == "word"
                and not last.glued
                and last.text not in known.numbers.labels
            ):
                token.kind = "code"
        out.append(token)
    return out


def _hyphen(tokens: list[Token], at: int, known: Vocabulary) -> bool:
    """A dash that only ties two words together: "pain-free", "7-ish"; not the one in "three-four"."""
    if not 0 < at < len(tokens) - 1:
        return False
    before, after = tokens[at - 1], tokens[at + 1]
    if tokens[at].text in ("=", ":") and tokens[at].glued and before.kind == "word":
        return after.kind in ("int", "decimal", "fraction")  # "pain now=6", "best: 2"
    if tokens[at].text != "-":
        return False
    if not tokens[at].glued or not after.glued or after.kind != "word":
        return False
    both_numbers = after.text in known.numbers.ones and (
        before.kind != "word" or before.text in known.numbers.ones or before.text in known.numbers.tens
    )
    return not both_numbers


def _clauses(items: list[Item]) -> list[tuple[int, int]]:
    """Stretches between marks and joining words; each of those stands alone in none of them."""
    clauses: list[tuple[int, int]] = []
    start = 0
    for at, item in enumerate(items):
        if item.is_mark or (item.text in _JOINS and at):
            if at > start:
                clauses.append((start, at))
            start = at + 1
    if start < len(items):
        clauses.append((start, len(items)))
    return clauses


def ends_sentence(item: Item) -> bool:
    return item.is_mark and item.text in _SENTENCE
