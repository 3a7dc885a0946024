"""Loads the vocabularies under words/ once, when the first reply is read.

Everything a clinician or translator may want to change is data; this file only puts it into the shapes
that the reader uses. Loading is lazy because the package is imported by commands that never read a reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .near import Near
from .numbers import NumberWords
from .phrases import Phrases

_WORDS = Path(__file__).parent / "words"
_LANGUAGES = ("en", "es")
_TOPICS = ("intents", "answers", "hours")


@dataclass(frozen=True, slots=True)
class SignRow:
    """A row of the sign table; see words/signs.toml for what each key means."""

    name: str
    flag: str
    tier: str
    suicidal: bool = False
    raised_by: tuple[str, ...] = ()
    raised_by_thinner: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    numbers: NumberWords
    homophones: Mapping[str, int]
    spelling: Mapping[str, str]
    phrases: Phrases
    signs: Mapping[str, SignRow]
    symptoms: frozenset[str]
    limits: Mapping[str, float]
    near: Near
    common: frozenset[str]  # every word that some phrase or list knows


@cache
def vocabulary() -> Vocabulary:
    words = _load("sets")
    sets = {name: tuple(_fold(listed).split()) for name, listed in words["sets"].items()}
    phrases = Phrases(sets)
    spelling: dict[str, str] = {}
    for language in _LANGUAGES:
        data = _load(language)
        _add(phrases, data["phrases"])
        for right, wrong in data["spelling"].items():
            spelling.update((_fold(w), right) for w in wrong.split())
    for topic in _TOPICS:
        _add(phrases, _load(topic)["phrases"])
    table = _load("signs")
    signs = {}
    for row in table["sign"]:
        signs[row["name"]] = SignRow(
            row["name"],
            row.get("flag", ""),
            row["tier"],
            row.get("suicidal", False),
            tuple(row.get("raised_by", ())),
            row.get("raised_by_thinner", False),
        )
        for key in ("en", "es"):
            for phrase in row.get(key, ()):
                phrases.add("sign." + row["name"], phrase)
        for phrase in row.get("not", ()):
            phrases.add("unsign." + row["name"], phrase)
    _add(phrases, table["phrases"])
    numbers, homophones = _numbers()
    names = set(words["names"]["first"].split())
    known = (
        phrases.words
        | set(numbers.ones)
        | set(numbers.tens)
        | {word for listed in sets.values() for word in listed}
    )
    return Vocabulary(
        numbers=numbers,
        homophones=homophones,
        spelling={wrong: right for wrong, right in spelling.items() if wrong != right},
        phrases=phrases,
        signs=signs,
        symptoms=frozenset(_fold(w) for w in table["symptoms"].split()),
        limits=table["limits"],
        near=Near(w for w in known - names - set(numbers.ones) - set(numbers.tens) if w.isalpha()),
        common=frozenset(known - names),
    )


def _numbers() -> tuple[NumberWords, dict[str, int]]:
    data = _load("numbers")
    join = {name: frozenset(words.split()) for name, words in data["join"].items()}
    ones = {word: int(value) for value, words in data["ones"].items() for word in words.split()}
    tens = {word: int(value) for value, words in data["tens"].items() for word in words.split()}
    homophones = {word: int(value) for value, words in data["homophones"].items() for word in words.split()}
    return NumberWords(ones=ones, tens=tens, **join), homophones


def _add(phrases: Phrases, table: Mapping[str, list[str]]) -> None:
    for label, entries in table.items():
        for entry in entries:
            phrases.add(label, _fold(entry))


def _fold(text: str) -> str:
    return text.translate(_ACCENTS)


_ACCENTS = str.maketrans("áéíóúüñ", "aeiouun", "'")


def _load(name: str) -> dict[str, Any]:
    import tomllib  # here, because commands that read no reply should not wait for a parser

    return tomllib.loads((_WORDS / f"{name}.toml").read_text("utf-8"))
