"""What patients read and hear: short, plain, one segment, nothing that must not be said."""

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

import followup.protocol
from followup.protocol import (
    LONGEST_CLINIC,
    LONGEST_NAME,
    QUESTIONS,
    Answered,
    Course,
    Manner,
    Step,
    ask,
    heard,
    opening,
    reply,
    safety,
    say,
    segments,
)
from followup.protocol.messages import FRAMES, routine
from followup.protocol.own_words import FORBIDDEN
from followup.protocol.wording import SAFETY, standard

HERE = Path(followup.protocol.__file__).parent
TEXTS = tomllib.loads((HERE / "texts.toml").read_text("utf-8"))
ASKED = tomllib.loads((HERE / "questions.toml").read_text("utf-8"))
ALONE = [key for key in TEXTS if key not in SAFETY + FRAMES and "en" in TEXTS[key]]

EN = Manner("en", "Harbor Clinic", "+12025550100", given_name="Maria", after_hours="+12025550102")
ES = replace(EN, lang="es")
LONGEST = {
    lang: Manner(
        lang,
        "W" * LONGEST_CLINIC,
        "+12025550100",
        given_name="w" * LONGEST_NAME,
        after_hours="+12025550102",
        window_hours=Decimal("12.5"),
    )
    for lang in ("en", "es")
}
MANY = (
    Answered("pain_now", Decimal("7.5")),
    Answered("pain_best", Decimal("2.5")),
    Answered("relief_hours", Decimal("12.5")),
)


def asked(question: str, record: tuple[Answered, ...] = (), **more: object) -> Step:
    return Step(Course(question), record, "asked", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_routine_text_fits_one_segment_with_the_longest_names(lang: str) -> None:
    messages = list(routine(LONGEST[lang]))
    assert {message.name: message.text for message in messages if segments(message.text) > 1} == {}
    assert {key for message in messages for key in message.words} == {
        key for key in standard() if key.split(".")[1] == lang
    }


def test_one_number_is_always_said_back_even_before_the_longest_question() -> None:
    for manner, question in product(LONGEST.values(), QUESTIONS):
        assert "7" in reply(asked(question, MANY[:1]), manner).split("?")[0][:16]


@pytest.mark.parametrize("file", ["questions.toml", "texts.toml"])
def test_nothing_was_pasted_from_a_word_processor(file: str) -> None:
    assert not re.findall("[‘’“”–—…\u00a0\u200b\t]", (HERE / file).read_text("utf-8"))


def words_of(entry: object) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    return [word for value in entry.values() for word in words_of(value)]  # type: ignore[attr-defined]


def test_no_routine_text_names_a_procedure_or_promises_or_reassures() -> None:
    routine = [words_of(entry) for key, entry in TEXTS.items() if key not in SAFETY]
    for words in [*routine, *(words_of(entry) for entry in ASKED.values())]:
        for text in words:
            assert not FORBIDDEN.search(text), text


def test_the_words_before_the_person_is_confirmed_and_on_voicemail_are_not_about_health() -> None:
    health = re.compile(r"pain|dolor|back|espalda|visit|recover|salud|medicin|symptom", re.IGNORECASE)
    for manner in (replace(EN, spoken=True), replace(ES, spoken=True)):
        for text in (ask("identity", manner), ask("identity", manner, "again"), say("voicemail", manner)):
            assert not health.search(text), text
        assert not health.search(say("not_you", manner))
        assert not health.search(say("unknown_number", manner))


def test_every_question_and_text_exists_in_both_languages() -> None:
    for question in (*QUESTIONS, "identity"):
        assert ASKED[question]["en"].keys() == ASKED[question]["es"].keys(), question
    for key, entry in TEXTS.items():
        assert ("en" in entry) == ("es" in entry), key
        assert ("say_en" in entry) == ("say_es" in entry), key


def test_yes_or_no_texts_say_how_to_answer() -> None:
    for question in ("warning_signs", "took_medicine", "usual_activity"):
        assert "Reply Y or N" in ask(question, EN)
        assert "SI o NO" in ask(question, ES)


def test_score_texts_say_which_end_is_worst() -> None:
    for question in ("pain_now", "pain_best"):
        assert re.search(r"0 = no(ne| pain), 10 = worst", ask(question, EN))
        assert "0 = nada, 10 = lo peor" in ask(question, ES)


def test_a_message_asks_one_thing() -> None:
    for question, lang, form in product(QUESTIONS, ("en", "es"), ("ask", "again", "back")):
        text = ASKED[question][lang].get(form, "")
        assert text.count("?") <= 1, text


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, groups - (word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1))


def test_english_reads_at_sixth_grade_or_below() -> None:
    """Flesch-Kincaid over everything a patient may be sent, safety texts aside."""
    texts = [say(key, EN) for key in ALONE] + [ask(q, EN) for q in QUESTIONS if q != "warning_signs"]
    whole = re.sub(r"\d[\d-]*", "5", " ".join(texts))
    sentences = len(re.findall(r"[.?:;!](?:\s|$)", whole))
    words = re.findall(r"[A-Za-z']+", whole)
    grade = 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    assert grade <= 6


# The words in use.


def test_the_first_text_says_who_writes_and_how_to_stop() -> None:
    assert opening("pain_now", EN) == (
        "Harbor Clinic: Hello Maria. How is your usual back pain right now? "
        "Reply 0 to 10: 0 = no pain, 10 = worst. Reply STOP to opt out."
    )
    assert opening("pain_now", ES).startswith("Harbor Clinic: Hola Maria. Diga su dolor")


def test_the_next_question_says_back_what_was_understood() -> None:
    step = asked("pain_best", (Answered("pain_now", Decimal(7)),))
    assert reply(step, EN) == (
        "Thanks: 7 now. In the first 8 hours after your visit, what was the LOWEST your usual back pain got? "
        "0 = none, 10 = worst."
    )
    assert reply(step, ES).startswith("Gracias: 7 ahora. En las 8 horas siguientes")


@pytest.mark.parametrize(
    ("answers", "en", "es"),
    [
        (MANY, "7.5 now, lowest 2.5, 12.5 hours", "7,5 ahora, menor 2,5, 12,5 horas"),
        ((Answered("relief_hours", Decimal(1)),), "1 hour", "1 hora"),
        ((Answered("warning_signs", False),), "no warning signs", "nada de eso"),
        ((Answered("medicine_when", "after"),), "later", "después"),
        ((Answered("pain_now", Decimal(10)), Answered("took_medicine", True)), "10 now", "10 ahora"),
        ((Answered("index_pain", False),), "", ""),
        ((Answered("warning_signs", True),), "", ""),
    ],
)
def test_answers_are_said_back_in_plain_words(answers, en: str, es: str) -> None:
    assert (heard(answers, "en"), heard(answers, "es")) == (en, es)


@pytest.mark.parametrize(
    ("given", "hello"),
    [
        ("Maria", "Hello Maria."),
        ("Lucía", "Hello Lucia."),
        ("José", "Hello José."),
        ("D’Angelo", "Hello D'Angelo."),
        ("Maximiliano Alejandro", "Hello Maximiliano."),
        ("Wolfeschlegelsteinhausen", "Hello."),
        ("李", "Hello."),
        ("TEST 2", "Hello TEST."),
        ("", "Hello."),
    ],
)
def test_a_name_is_greeted_as_far_as_a_text_can_carry_it(given: str, hello: str) -> None:
    text = opening("pain_now", replace(EN, given_name=given))
    assert hello in text
    assert segments(text) == 1


def test_a_clinic_name_with_accents_does_not_cost_a_second_segment() -> None:
    assert segments(opening("pain_now", replace(ES, clinic="Clínica San Martín’s"))) == 1


def test_a_range_is_asked_back_by_its_ends() -> None:
    step = Step(Course("pain_now"), outcome="asked_back", low=Decimal(1), high=Decimal("2.5"))
    assert reply(step, EN) == "Please pick one number for your usual back pain right now: 1 or 2.5?"


def test_another_pain_is_steered_back_to_the_usual_one() -> None:
    step = Step(Course("pain_now"), outcome="asked_again", about="soreness")
    assert "only your usual back pain" in reply(step, EN)
    assert "Solo su dolor de espalda de siempre".lower() in reply(step, ES).lower()


def closed(outcome: str = "closed", **more: object) -> Step:
    course = Course(answers=more.pop("answers", {}), unusable=more.pop("unusable", frozenset()))  # type: ignore[arg-type]
    return Step(course, outcome=outcome, **more)  # type: ignore[arg-type]


def test_the_closing_says_what_to_watch_for_and_whom_to_call() -> None:
    text = reply(closed(), EN)
    assert "Watch for fever or worse pain over the next 2 weeks" in text
    assert "202-555-0100" in text
    assert "911" in text


def test_after_a_warning_sign_the_closing_does_not_sound_like_all_is_well() -> None:
    text = reply(closed(answers={"warning_signs": Answered("warning_signs", True)}), EN)
    assert "If anything gets worse, do not wait for us: call 911" in text


def test_a_closing_that_hands_over_says_that_staff_will_read_it() -> None:
    assert "Staff will read your answers" in reply(
        closed("handed_over", unusable=frozenset({"pain_now"})), EN
    )


def test_a_wish_for_a_call_is_confirmed_and_a_stop_is_not_answered_twice() -> None:
    assert "you would like a call" in reply(closed("handed_over", asked_for="callback"), EN)
    assert reply(closed(asked_for="opt_out"), EN) == ""


def test_an_unchanged_step_says_nothing() -> None:
    assert reply(Step(Course("pain_now")), EN) == ""


# On the phone.


def test_the_phone_says_numbers_so_that_they_are_understood() -> None:
    spoken = replace(EN, spoken=True)
    assert "from zero to ten" in ask("pain_now", spoken)
    assert "2 0 2, 5 5 5, 0 1 0 0" in say("voicemail", spoken)
    assert "call 9 1 1" in reply(closed(), spoken)
    assert "del cero al diez" in ask("pain_now", replace(spoken, lang="es"))


def test_the_phone_asks_for_the_person_by_name_or_without() -> None:
    spoken = replace(EN, spoken=True)
    assert ask("identity", spoken).startswith("Hello. This is Harbor Clinic. Am I speaking with Maria?")
    assert "the person we are trying to reach" in ask("identity", replace(spoken, given_name=""))


def test_nobody_there_reads_the_number_twice() -> None:
    assert say("nobody_there", replace(EN, spoken=True)).count("2 0 2, 5 5 5, 0 1 0 2") == 2


# Safety texts.


@pytest.mark.parametrize(("tier", "suicidal", "key"), [("E", False, "emergency"), ("S", False, "same_day")])
def test_the_signed_texts_go_out_word_for_word(tier: str, suicidal: bool, key: str) -> None:
    assert safety(tier, EN, suicidal=suicidal, on_duty=True) == TEXTS[key]["en"]
    assert safety(tier, ES, suicidal=suicidal, on_duty=True) == TEXTS[key]["es"]


def test_a_call_is_only_promised_while_somebody_is_on_duty() -> None:
    assert "will call you today" in safety("S", EN, on_duty=True)
    assert "will call you" in safety("E", EN, suicidal=True, on_duty=True)
    for tier, suicidal, manner in product("ES", (True, False), (EN, ES)):
        text = safety(tier, manner, suicidal=suicidal, on_duty=False)
        assert not re.search(r"will call|llamará", text)
        assert "911" in text


def test_without_anyone_on_duty_the_after_hours_number_is_given() -> None:
    assert "Call 202-555-0102 now" in safety("S", EN, on_duty=False)
    assert safety("S", replace(EN, after_hours=""), on_duty=False) == TEXTS["emergency"]["en"]


def test_thoughts_of_suicide_get_988_at_any_tier() -> None:
    assert safety("S", EN, suicidal=True, on_duty=False).startswith("Your life matters. Call or text 988 now")
    assert "oprima 2 para español" in safety("E", ES, suicidal=True, on_duty=True)
