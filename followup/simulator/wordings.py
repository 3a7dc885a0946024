"""How people put their answers, by text and with keys: digits mostly, words often, slips now and then."""

from __future__ import annotations

import random
from typing import Literal

from .asked import Question

Language = Literal["en", "es"]

WORDS: dict[Language, list[str]] = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"],
}
SLIPS: dict[Language, dict[int, str]] = {
    "en": {3: "thre", 4: "fuor", 5: "fiev", 7: "sevn", 8: "eigth"},
    "es": {5: "sinco", 6: "seiz", 7: "ciete", 10: "dies"},
}
SCORES: dict[Language, list[str]] = {
    "en": [
        "{n}",
        "{n}",
        "{n}",
        "about a {n}",
        "{word}",
        "{n}/10",
        "I'd say {n}",
        "{n} out of 10",
        "It's a {n}",
    ],
    "es": ["{n}", "{n}", "{n}", "como un {n}", "{word}", "{n}/10", "yo diria {n}", "un {n}"],
}
NOW: dict[Language, list[str]] = {
    "en": ["it's a {n} today", "{n} right now"],
    "es": ["hoy un {n}", "{n} ahora"],
}
NONE: dict[Language, list[str]] = {
    "en": ["0", "zero", "none", "no pain"],
    "es": ["0", "cero", "nada", "sin dolor"],
}
HOURS: dict[Language, list[str]] = {
    "en": ["{n}", "{n}", "{n} hours", "about {n} hours", "maybe {n} hrs"],
    "es": ["{n}", "{n}", "{n} horas", "como {n} horas"],
}
YES: dict[Language, list[str]] = {"en": ["Y", "Y", "yes", "Yes", "yep"], "es": ["SI", "Si", "Sí", "si"]}
NO: dict[Language, list[str]] = {"en": ["N", "N", "no", "No", "nope"], "es": ["NO", "No", "no"]}
WHEN: dict[Language, dict[str, list[str]]] = {
    "en": {"window": ["FIRST", "first"], "after": ["LATER", "later"], "unsure": ["NOT SURE", "not sure"]},
    "es": {"window": ["PRIMERAS", "primeras"], "after": ["DESPUES", "después"], "unsure": ["NO SE", "no sé"]},
}
MUDDLED: dict[Language, list[str]] = {
    "en": ["It hurts some", "same as always I guess", "not great"],
    "es": ["Me duele algo", "igual que siempre", "mas o menos"],
}
SORE: dict[Language, str] = {
    "en": "just sore where the needle went",
    "es": "solo molestia donde me pusieron la aguja",
}
THANKS: dict[Language, list[str]] = {"en": ["Thank you", "ok thanks"], "es": ["Gracias", "ok gracias"]}
FLAGS: dict[Language, list[str]] = {
    "en": ["legs feel numb since last night", "I have a fever and chills"],
    "es": ["se me duermen las piernas desde anoche", "tengo fiebre y escalofrios"],
}
WRONG: dict[Language, list[str]] = {
    "en": ["wrong number", "You have the wrong number"],
    "es": ["numero equivocado", "se equivoco de numero"],
}
CALL_ME: dict[Language, str] = {"en": "can somebody call me please", "es": "me pueden llamar por favor"}
# Every language has the carrier's word; only the first is one the carrier knows.
REFUSALS: dict[Language, list[str]] = {
    "en": ["STOP", "please stop texting me"],
    "es": ["STOP", "ya no me manden mensajes"],
}


def number(value: float) -> str:
    return f"{value:g}"


def score(value: float, language: Language, dice: random.Random, question: Question) -> str:
    """A score in words; "today" and "right now" only where now is asked."""
    if value == 0:
        return dice.choice(NONE[language])
    shapes = SCORES[language] + (NOW[language] if question == "now" else [])
    shape = dice.choice(shapes)
    word = WORDS[language][int(value)] if value == int(value) else number(value)
    return shape.format(n=number(value), word=word)


def slip(value: float, language: Language) -> str:
    """The score with a letter out of place, where there is such a slip, else with a flourish."""
    return SLIPS[language].get(int(value), f"{number(value)}!!") if value == int(value) else number(value)


def span(value: float) -> str:
    """The score as a range of one, ending in it."""
    low, high = (value - 1, value) if value >= 1 else (value, value + 1)
    return f"{number(low)}-{number(high)}"


def hours(value: float, language: Language, dice: random.Random) -> str:
    if value == 1:
        return dice.choice({"en": ["1", "one hour", "1 hour"], "es": ["1", "una hora", "1 hora"]}[language])
    return dice.choice(HOURS[language]).format(n=number(value))


def keys_for_score(value: float, dice: random.Random) -> str:
    """Keys know no halves: the higher whole number, closed with # or left to the timeout."""
    return str(int(value + 0.5)) + dice.choice(["", "#"])
