"""The wording, the reader and the conversation together: what we tell people to reply must be understood."""

from decimal import Decimal

import pytest

from followup.protocol import (
    Course,
    Manner,
    Step,
    advance,
    conclusions,
    first_question,
    listening,
    opening,
    reply,
)
from followup.reading import read_message

from .said import facts


def texts(lang: str, *bodies: str, baseline: float = 10) -> tuple[list[str], Step]:
    """What the patient receives for each of their texts, the opening first."""
    manner = Manner(lang, "Harbor Clinic", "+12025550100", given_name="Maria")
    about = (facts(baseline),)
    step = first_question(about)
    received = [opening(step.course.question, manner)]
    for body in bodies:
        question, previous = listening(step.course)
        step = advance(step.course, read_message(question, "sms", lang, body, previous), about)
        received.append(reply(step, manner))
    return received, step


def test_a_whole_conversation_in_english() -> None:
    received, last = texts("en", "7", "N", "2", "6", "N", "Y")
    assert [text[:34] for text in received] == [
        "Harbor Clinic: Hello Maria. How is",
        "Thanks: 7 now. Any fever, new weak",
        "Thanks: no warning signs. In the f",
        "Thanks: lowest 2. For how many hou",
        "Thanks: 6 hours. Have you taken an",
        "Thanks: no pain medicine. In the f",
        "Thanks, that is all. Watch for fev",
    ]
    assert conclusions(last.course.answers) == {
        "best": Decimal(2),
        "hours": Decimal(6),
        "now": Decimal(7),
        "medicine": "none",
        "activity": True,
        "index_pain": None,
        "range": False,
    }


def test_a_whole_conversation_in_spanish() -> None:
    received, last = texts("es", "7", "no", "2", "6", "no", "si")
    assert [text[:34] for text in received] == [
        "Harbor Clinic: Hola Maria. Diga su",
        "Gracias: 7 ahora. ¿Tiene fiebre, d",
        "Gracias: nada de eso. En las 8 hor",
        "Gracias: menor 2. ¿Por qué tiempo ",
        "Gracias: 6 horas. ¿Ha tomado medic",
        "Gracias: sin medicina. En las prim",
        "Gracias, es todo. Si en 2 semanas ",
    ]
    assert last.course.value("usual_activity") is True


def test_a_range_is_asked_back_by_text() -> None:
    received, last = texts("en", "1-2", "1-2")
    assert received[1] == "Please pick one number for your usual back pain right now: 1 or 2?"
    assert received[2].startswith("Thanks: 2 now.")
    assert last.course.answers["pain_now"].flags == ("range",)


WORDS = [
    ("took_medicine", "en", "Y", True),
    ("took_medicine", "es", "SI", True),
    ("warning_signs", "es", "NO", False),
    ("usual_activity", "en", "N", False),
    ("medicine_when", "en", "FIRST", "window"),
    ("medicine_when", "en", "LATER", "after"),
    ("medicine_when", "en", "NOT SURE", "unsure"),
    ("medicine_when", "es", "PRIMERAS", "window"),
    ("medicine_when", "es", "DESPUES", "after"),
    ("medicine_when", "es", "NO SE", "unsure"),
    ("relief_hours", "es", "4", Decimal(4)),
    ("pain_best", "en", "0", Decimal(0)),
]


@pytest.mark.parametrize(("question", "lang", "body", "value"), WORDS)
def test_the_words_we_offer_are_understood(question: str, lang: str, body: str, value: object) -> None:
    message = read_message(question, "sms", lang, body, "")
    step = advance(Course(question), message, (facts(),))
    assert step.course.value(question) == value
