"""The simulated patients: what they understand, how they answer, and that a seed repeats them."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest

from followup.simulator.asked import asked
from followup.simulator.people import cast, roster_rows
from followup.simulator.person import Person, Temper, Truth

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
NOW_EN = (
    "Harbor Clinic: Hello Ann. How is your usual back pain right now? Reply 0 to 10: 0 = no pain, 10 = worst."
)
BEST_EN = (
    "Thanks: 7 now. In the first 8 hours after your visit, what was the LOWEST your usual back pain got?"
    " 0 = none, 10 = worst."
)
SIGNS_EN = "Any fever, new weakness or numbness, bad headache, chest pain or trouble breathing? Reply Y or N."
MEANT = {
    "pain_now": "now",
    "pain_best": "best",
    "relief_hours": "hours",
    "warning_signs": "warning",
    "took_medicine": "medicine",
    "medicine_when": "when",
    "usual_activity": "activity",
    "identity": "identity",
}


def someone(temper: Temper = "plain", language: str = "en", **truth: object) -> Person:
    known = Truth(8, 7, 1, 6, "after", True)
    return Person(
        "+12125550145",
        "Ann",
        "Lee",
        language,
        "text",
        temper,
        replace(known, **truth),
        "P1",
        seed=3,  # type: ignore[arg-type]
    )


def said(person: Person, text: str) -> list[str]:
    return [words for _, words in person.text_arrived(text, NOW)]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (NOW_EN, "now"),
        (BEST_EN, "best"),
        (
            "Gracias: 7. En las 8 horas tras su visita, diga el valor menor de su dolor. 10 = lo peor.",
            "best",
        ),
        ("Thanks: lowest 1. For how many hours was your pain lower? Reply with a number, like 4.", "hours"),
        ("Thanks: no pain medicine. Did you do your usual activities? Reply Y or N.", "activity"),
        (SIGNS_EN, "warning"),
        (
            "Thanks, that is all. Watch for fever or worse pain over the next 2 weeks. Clinic: 2025550100.",
            None,
        ),
        (
            "Note your LOWEST back pain today and for how many hours. We ask tomorrow.",
            None,
        ),
        ("This could be an emergency. Call 911 or go to the nearest emergency room now.", None),
        (
            "Hello. This is Harbor Clinic. Am I speaking with Ann? Press 1 for yes. Press 2 for no.",
            "identity",
        ),
        ("We did not hear a key.", None),
    ],
)
def test_a_question_is_understood_by_a_few_words(text: str, question: str | None) -> None:
    assert asked(text) == question


def wordings() -> Iterator[tuple[str, str, str]]:
    """Every way the product asks; read as a file, as a patient reads a text."""
    questions = tomllib.loads((files("followup.protocol") / "questions.toml").read_text("utf-8"))
    for name, question in questions.items():
        for language in ("en", "es"):
            for kind, words in question[language].items():
                if name in MEANT and kind in ("ask", "again", "about", "back", "say", "say_again"):
                    yield f"{name}.{language}.{kind}", words, MEANT[name]


@pytest.mark.parametrize(("name", "words", "question"), list(wordings()))
def test_each_of_the_products_questions_is_understood(name: str, words: str, question: str) -> None:
    for before in ("", "Thanks: 7 now. ", "Gracias: sin medicina. ", "Harbor Clinic: Hello Ann. "):
        filled = words.format(low="3", high="4", window="8", who="Ann", clinic="Harbor Clinic")
        assert asked(before + filled) == question, name


def test_a_plain_patient_says_what_they_know() -> None:
    person = someone(now=7, best=1, hours=6)
    assert "7" in said(person, NOW_EN)[0] or said(person, NOW_EN) == ["seven"]
    assert said(person, SIGNS_EN)[0].upper()[0] == "N"
    assert said(person, "For how many hours was your pain lower?")[0].strip("abouthrsmye ") == "6"
    assert said(person, "Any pain medicine since your visit? Reply Y or N.")[0].upper()[0] == "Y"
    assert said(person, "When? Reply FIRST, LATER or NOT SURE.")[0].lower() == "later"


@pytest.mark.parametrize(
    ("temper", "first", "second"),
    [
        ("ranger", "6-7", "7"),
        ("slips", "sevn", "7"),
        ("sore", "just sore where the needle went", "7"),
        ("silent", "", ""),
        ("stops", "STOP", ""),
        ("refuses", "please stop texting me", ""),
        ("wants_call", "can somebody call me please", ""),
        ("red_flag", "legs feel numb", "7"),
    ],
)
def test_a_temper_shows_at_the_first_question_and_gives_in_at_the_second(
    temper: Temper, first: str, second: str
) -> None:
    person = someone(temper, now=7, warning="legs feel numb" if temper == "red_flag" else "")
    assert said(person, NOW_EN) == [first] * bool(first)
    assert said(person, NOW_EN) == [second] * bool(second)


def test_some_answer_only_the_reminder_and_some_think_again() -> None:
    late = someone("reminder_only")
    assert said(late, NOW_EN) == []
    assert len(said(late, "Harbor Clinic again: " + NOW_EN)) == 1
    assert said(someone("thinks_again", now=6), NOW_EN) == ["7", "Sorry, 6"]


def test_nobody_answers_one_question_for_ever() -> None:
    person = someone()
    assert [len(said(person, NOW_EN)) for _ in range(8)] == [1, 1, 1, 1, 1, 0, 0, 0]


def test_a_landline_takes_no_texts() -> None:
    assert (someone("landline").line, someone("unreachable").line, someone().line) == (
        "landline",
        "unreachable",
        "mobile",
    )


def test_spanish_patients_answer_in_spanish() -> None:
    person = someone(language="es", best=0)
    replies = {said(someone(language="es", best=0), BEST_EN)[0] for _ in range(3)}
    assert replies <= {"0", "cero", "nada", "sin dolor"}
    assert said(person, "¿Hizo sus actividades de siempre? Responda SI o NO.")[0].upper()[0] == "S"


def keyed(person: Person, words: str) -> str:
    return "".join(act for _, act in person.hears(words, 4.0, NOW))


def test_on_the_phone_they_key_digits_after_the_words_have_ended() -> None:
    person = someone(now=9.5, best=1, hours=6)
    person.rings(NOW)
    ((delay, act),) = person.hears("How is your pain right now? Press a number from zero to ten.", 4.0, NOW)
    assert delay > 4
    assert act.rstrip("#") == "10"
    assert keyed(person, "For how many hours was your pain lower? Then press the pound key.") == "6#"
    assert keyed(person, "Am I speaking with Ann? Press 1 for yes. Press 2 for no.") == "1"
    assert keyed(person, "Do you have a fever? Press 1 for yes. Press 2 for no.") == "2"
    assert keyed(person, "We did not hear a key.") == ""


def test_others_on_the_phone_repeat_refuse_or_hang_up() -> None:
    who = "Am I speaking with Ann? Press 1 for yes. Press 2 for no. Press 3 to stop these calls."
    now = "How is your pain right now? Press a number from zero to ten."
    signs = "Do you have a fever? Press 1 for yes. Press 2 for no."
    assert keyed(someone("not_me"), who) == "2"
    assert keyed(someone("stops_calls"), who) == "3"
    stars = someone("stars")
    assert (keyed(stars, now), keyed(stars, now).rstrip("#")) == ("*", "7")
    quits = someone("hangs_up")
    quits.rings(NOW)
    assert (keyed(quits, now).rstrip("#"), keyed(quits, signs)) == ("7", "hang up")
    quits.rings(NOW)
    assert keyed(quits, signs) == "2"


def test_a_cast_repeats_with_its_seed_and_has_everybody_in_it() -> None:
    people = cast(60, seed=7)
    assert people == cast(60, seed=7)
    assert people != cast(60, seed=8)
    assert len({person.number for person in people}) == 60
    assert all(person.number[5:10] == "55501" and len(person.number) == 12 for person in people)
    assert sum(person.channel == "call" for person in people) == 20
    tempers = {person.temper for person in people}
    assert {"plain", "silent", "stops", "wrong_person", "landline", "red_flag", "machine"} <= tempers
    assert sum(not person.consent for person in people) == 1
    assert sum(not person.has_phone for person in people) == 1
    assert {person.channel for person in cast(5, seed=1, calls_share=0)} == {"text"}


def test_two_people_of_a_cast_do_not_answer_alike_for_being_asked_in_another_order() -> None:
    alone, together = cast(10, seed=7), cast(10, seed=7)
    one = [person.text_arrived(NOW_EN, NOW) for person in alone]
    other = [person.text_arrived(NOW_EN, NOW) for person in reversed(together)][::-1]
    assert one == other


def test_a_cast_too_large_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="a cast has 1 to 4000 people, not 5000"):
        cast(5000, seed=1)


def test_the_roster_has_one_row_for_each_with_what_the_clinic_knows() -> None:
    people = cast(30, seed=7)
    rows = list(csv.DictReader(io.StringIO(roster_rows(people, date(2026, 3, 9), "America/New_York"))))
    assert [row["patient_id"] for row in rows] == [person.patient_id for person in people]
    assert rows[0]["performed_at"] == "2026-03-09 08:00"
    assert all(row["performed_at"].startswith("2026-03-09 ") for row in rows)
    assert {row["timezone"] for row in rows} == {"America/New_York"}
    for row, person in zip(rows, people, strict=True):
        digits = "".join(c for c in row["phone"] if c.isdigit())[-10:]
        assert digits == (person.number[2:] if person.has_phone else "")
        assert row["baseline_score"] == f"{person.truth.baseline:g}"
        assert row["consent"] == ("yes" if person.consent else "no")
    assert len({row["procedure_id"] for row in rows}) == 30
