"""Every prompt as sound: said slowly enough, and numbers said as they are keyed.

`espeak-ng` is not the carrier's voice, but reads numbers and marks by the same habits and costs nothing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from followup.protocol import QUESTIONS, Manner, ask, safety, say
from tests.needs import missing

TEXTS = (
    "menu", "silence", "goodbye", "not_you", "calls_stopped", "connecting", "nobody_there", "voicemail",
    "nothing_open", "please_call", "trouble", "closing", "closing_handed_over", "closing_warned",
)  # fmt: skip
ENGLISH = Manner(
    lang="en", clinic="Harbor Clinic", number="+12025550100", spoken=True, given_name="Ann",
    after_hours="+12025550102",
)  # fmt: skip
MANNERS = {"en": ENGLISH, "es": replace(ENGLISH, lang="es", given_name="José")}
VOICES = {"en": "en-us", "es": "es-419"}


def prompts(lang: str) -> Iterator[str]:
    manner = MANNERS[lang]
    for question in ("identity", "birth_year", *QUESTIONS):
        yield from (ask(question, manner, form) for form in ("ask", "again"))
    yield from (say(key, manner) for key in TEXTS)
    yield from (safety(tier, manner, on_duty=duty) for tier in "ES" for duty in (True, False))


@pytest.mark.parametrize("lang", MANNERS)
def test_only_ten_is_a_number_of_two_digits_and_no_range_is_written_in_signs(lang: str) -> None:
    """A voice reads 202 as two hundred two, "0-10" as zero ten and 911 as nine hundred eleven."""
    for words in prompts(lang):
        assert set(re.findall(r"\d{2,}", words)) <= {"10"}, words
        assert not re.search(r"\d\s*[-/–]\s*\d|[=+*#<>&]", words), words


@pytest.mark.parametrize("lang", MANNERS)
def test_every_prompt_is_said_no_faster_than_people_follow(lang: str) -> None:
    if shutil.which("espeak-ng") is None:
        missing("espeak", "Debian's espeak-ng is not installed")
    for words in prompts(lang):
        sound = subprocess.run(
            ["espeak-ng", "-v", VOICES[lang], "-s", "150", "--stdout", words], capture_output=True, check=True
        ).stdout
        seconds = (len(sound) - 44) / 2 / 22050  # after the header, 16 bits a sample
        assert seconds < 30, words
        if len(words.split()) >= 10:
            assert 100 <= 60 * len(words.split()) / seconds <= 190, words


def test_numbers_are_heard_as_the_keys_to_press() -> None:
    if shutil.which("espeak-ng") is None:
        missing("espeak", "Debian's espeak-ng is not installed")
    said = subprocess.run(
        ["espeak-ng", "-v", "en-us", "-q", "--ipa", ask("pain_now", ENGLISH)],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    assert re.search(r"zˈiəɹoʊ tə tˈɛn|zˈɪɹoʊ tə tˈɛn|zˈiəɹoʊ tʊ tˈɛn|zˈiːɹoʊ tə tˈɛn", said), said
