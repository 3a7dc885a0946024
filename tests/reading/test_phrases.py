"""The language in which the vocabularies are written, and the files themselves."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from followup import reading
from followup.reading import read, scan
from followup.reading.page import open_page
from followup.reading.phrases import Hit, PhraseError, Phrases
from followup.reading.vocabulary import vocabulary

SETS = {"leg": ("leg", "foot")}


def hits(phrase: str, text: str) -> list[Hit]:
    phrases = Phrases(SETS)
    phrases.add("x", phrase)
    return phrases.find(open_page(text).items)


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("cant|cannot feel my? <leg>", "I can't feel my foot", True),
        ("cant|cannot feel my? <leg>", "cannot feel foot", True),
        ("cant|cannot feel my? <leg>", "I can't find my foot", False),
        ("no (more / any more)? texts", "no any more texts", True),
        ("no (more / any more)? texts", "no texts", True),
        ("hormigue*", "mucho hormigueo", True),
        ("leg ~ numb", "my leg is really so numb", True),
        ("leg ~ numb", "my leg is, numb", False),
        ("leg ~ numb", "leg one two three four numb", False),
        ("at #", "at seven", True),
        ("at #big", "at seven", False),
        ("at #ten", "at 7/10", True),
    ],
)
def test_a_phrase_finds_what_it_says(phrase: str, text: str, found: bool) -> None:
    assert bool(hits(phrase, text)) is found


def test_the_longest_hit_is_kept() -> None:
    assert hits("no (pain / pain at all)", "no pain at all") == [Hit("x", 0, 4)]


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("no (pain", "opens a bracket and never closes it"),
        ("pain)", "a bracket or a stroke too many"),
        ("my? <leg>?", "may be empty"),
        ("~", "a gap and no word"),
        ("<arm>", "which no vocabulary file defines"),
    ],
)
def test_a_phrase_that_cannot_be_understood_is_refused_in_words(phrase: str, sentence: str) -> None:
    with pytest.raises(PhraseError, match=sentence):
        Phrases(SETS).add("x", phrase)


def test_every_sign_of_the_table_has_a_tier_and_reads_in_both_languages() -> None:
    signs = vocabulary().signs
    assert {row.tier for row in signs.values()} == {"E", "S"}
    assert {row.flag for row in signs.values()} >= {
        "neuro",
        "bladder_bowel",
        "infection",
        "bleeding",
        "allergy",
    }


def test_importing_the_package_loads_no_vocabulary() -> None:
    code = "import sys, followup.reading; sys.exit('tomllib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "no " * 533,
        "7 or 8 " * 228,
        "no quiero mas " * 114,
        "my leg is numb " * 106,
        "2 hours or " * 145,
        "can you have the nurse " * 69,
        "👍🏽" * 800,
        "a@" * 800,
        "<" * 1600,
    ],
)
def test_the_longest_message_is_read_in_milliseconds(text: str) -> None:
    for question in ("pain_now", "relief_hours", "took_medicine", "warning_signs"):
        read(question, "sms", "en", text)
        best = min(_seconds(question, text) for _ in range(3))
        assert best < 0.1, f"{best * 1000:.0f} ms"  # 20 ms on a quiet machine; five times that is a fault


def _seconds(question: str, text: str) -> float:
    start = time.perf_counter()
    read(question, "sms", "en", text[:1600])
    return time.perf_counter() - start


def test_the_scan_needs_no_question() -> None:
    assert {sign.flag for sign in scan("I can't feel my legs")} == {"neuro"}


def test_a_vocabulary_has_no_line_that_runs_out_of_the_page() -> None:
    for path in sorted((Path(reading.__file__).parent / "words").glob("*.toml")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert len(line) <= 120, f"{path.name}, line {number}: {len(line)} characters"
