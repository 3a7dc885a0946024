"""Every word and key that our own questions offer is read as what the question means by it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import followup.protocol
from followup.reading import read, read_message

QUESTIONS = tomllib.loads((Path(followup.protocol.__file__).parent / "questions.toml").read_text("utf-8"))
MEANING: dict[str, object] = {
    "Y": True,
    "N": False,
    "SI": True,
    "NO": False,
    "FIRST": "window",
    "LATER": "after",
    "NOT SURE": "unsure",
    "PRIMERAS": "window",
    "DESPUES": "after",
    "NO SE": "unsure",
}
STRESSED = {"LOWEST", "MENOR"}  # words in capitals that are no answers
CAPITALS = re.compile(r"\b[A-Z]{2,}(?: [A-Z]{2,})*\b|\b[YN]\b")
PREVIOUS = {"medicine_when": "took_medicine", "usual_activity": "medicine_when", "warning_signs": "pain_now"}


def offered() -> list[tuple[str, str, str]]:
    """Question, language and word, for each word that a text offers as an answer."""
    return sorted(
        {
            (question, lang, word)
            for question, table in QUESTIONS.items()
            for lang in ("en", "es")
            for line in ("ask", "again")
            for word in CAPITALS.findall(table[lang][line])
            if word not in STRESSED
        }
    )


def variants(word: str) -> list[str]:
    accented = {"SI": "Sí", "DESPUES": "Después", "NO SE": "No sé"}.get(word, word)
    return [word, word.lower(), word.capitalize(), f"{word}.", f" {word}!", f"{accented} gracias", accented]


def test_the_texts_offer_words_at_all() -> None:
    assert {word for _, _, word in offered()} == set(MEANING)


@pytest.mark.parametrize(("question", "lang", "word"), offered())
def test_an_offered_word_is_read_and_corrects_nothing(question: str, lang: str, word: str) -> None:
    for text in variants(word):
        message = read_message(question, "sms", lang, text, PREVIOUS.get(question, ""))
        assert (message.reading.intent, message.reading.value) == ("answer", MEANING[word]), text
        assert message.amends is None, text


def scored(kind: str) -> list[str]:
    return [question for question, table in QUESTIONS.items() if table["kind"] == kind]


@pytest.mark.parametrize("question", scored("score"))
def test_every_score_we_ask_for_is_read(question: str) -> None:
    assert [read(question, "sms", "en", str(n)).value for n in range(11)] == list(range(11))
    assert [read(question, "dtmf", "en", str(n)).value for n in range(11)] == list(range(11))


@pytest.mark.parametrize("question", scored("hours"))
def test_every_number_of_hours_we_ask_for_is_read(question: str) -> None:
    assert [read(question, "sms", "es", str(n)).value for n in range(49)] == list(range(49))
    assert [read(question, "dtmf", "es", f"{n}#").value for n in range(49)] == list(range(49))


def keys() -> list[tuple[str, str, int]]:
    """Question, language and number of keys that a question offers on the phone."""
    return [
        (question, lang, len({*re.findall(r"(?:Press|Oprima) ([12]|3 if|3 si)", table[lang]["say"])}))
        for question, table in QUESTIONS.items()
        if table["kind"] in ("yesno", "choice")
        for lang in ("en", "es")
    ]


@pytest.mark.parametrize(("question", "lang", "count"), keys())
def test_every_offered_key_is_read(question: str, lang: str, count: int) -> None:
    values: dict[str, Any] = {"yesno": [True, False], "choice": ["window", "after", "unsure"]}
    expected = values[QUESTIONS[question]["kind"]]
    assert count == len(expected)
    assert [read(question, "dtmf", lang, str(key + 1)).value for key in range(count)] == expected
