"""A clinic's own words keep the rules of the standard ones, and are what its patients read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from followup.protocol import LONGEST_CLINIC, Manner, ask, opening, reminder, say, segments
from followup.protocol.own_words import longest, problems
from followup.protocol.segments import room
from followup.protocol.wording import standard

EN = Manner("en", "Harbor Clinic", "+12025550100", given_name="Maria", after_hours="+12025550102")
CLOSING = "All done, thank you. Fever or worse pain in the next 2 weeks? {clinic}, {number}. Emergency: 911."
NOW = "Your usual back pain this minute, please: 0 = no pain, 10 = worst."


def wrong(key: str, words: str, manner: Manner = EN) -> list[str]:
    found = problems({key: words}, manner)
    assert all(named == key for named, _ in found)
    return [sentence for _, sentence in found]


def test_the_standard_words_would_be_allowed_as_a_clinics_own_with_the_longest_name() -> None:
    assert problems(standard(), replace(EN, clinic="W" * LONGEST_CLINIC)) == []


def test_a_clinics_own_words_are_what_its_patients_read() -> None:
    own = {"closing.en": CLOSING, "pain_now.en.ask": NOW}
    assert problems(own, EN) == []
    manner = replace(EN, own=own)
    assert say("closing", manner).startswith("All done, thank you.")
    assert NOW in opening("pain_now", manner)
    assert NOW in reminder("pain_now", manner)
    assert ask("pain_now", manner, "again") == ask("pain_now", EN, "again")
    assert say("closing", replace(manner, lang="es")) == say("closing", replace(EN, lang="es"))


def test_what_is_spoken_on_a_call_stays_as_it_is() -> None:
    manner = replace(EN, own={"closing.en": CLOSING, "pain_now.en.ask": NOW}, spoken=True)
    assert say("closing", manner) == say("closing", replace(EN, spoken=True))
    assert ask("pain_now", manner) == ask("pain_now", replace(EN, spoken=True))


@pytest.mark.parametrize(
    ("key", "words", "said"),
    [
        ("closing.en", CLOSING.replace("{number}", ""), "leaves out {number}"),
        ("closing.en", f"{CLOSING} {{who}}", "uses {who}, which is not known here"),
        ("closing.en", f"{CLOSING} {{clinic.__class__}}", "belongs to no placeholder"),
        ("closing.en", f"{CLOSING} {{", "belongs to no placeholder"),
        ("closing.en", CLOSING.replace("911", "help"), 'must say "911"'),
        ("closing.en", CLOSING.replace("All done", "After your injection"), 'says "inject"'),
        ("closing.en", CLOSING.replace("All done", "That is normal"), 'says "normal"'),
        ("closing.en", CLOSING.replace("All done", "A nurse will call you"), 'says "will call you"'),
        ("closing.en", CLOSING.replace("All done, ", "All done \N{EN DASH} "), "as word processors make it"),
        ("opening.en", "{clinic}: Hello{hello}. {question}", 'must say "STOP"'),
        ("opening.en", "{clinic}: Hello{hello}. Reply STOP to opt out.", "leaves out {question}"),
        ("pain_now.en.ask", "How is your back? 0 is none, ten is worst.", 'must say "0 ="'),
        ("pain_now.en.ask", f"How are you? And your back? {NOW}", "asks more than one question"),
        ("warning_signs.en.ask", "Any fever, weakness or trouble?", 'must say "Reply Y or N"'),
        ("closing.en", " ", "is empty"),
        ("emergency.en", "Call us.", "safety text"),
        ("nothing.en", "Call us.", "no text we know"),
        ("closing.fr", "Merci.", "no text we know"),
    ],
)  # fmt: skip
def test_words_that_break_a_rule_are_refused_with_a_sentence(key: str, words: str, said: str) -> None:
    assert any(said in sentence for sentence in wrong(key, words)), wrong(key, words)


def test_a_question_is_counted_in_the_longest_message_it_is_used_in() -> None:
    long = (
        "How is your usual back pain right now, as you sit or stand? Reply 0 to 10: 0 = no pain, 10 = worst."
    )
    assert segments(long) == 1
    assert wrong("pain_now.en.ask", long) == [
        "is 1 letter too long for one message in its longest use: "
        f'"Harbor Clinic: Hello wwwwwwwwwwwwwwww. {long} Reply STOP to opt out.".'
    ]
    assert wrong("pain_now.en.ask", long, replace(EN, clinic="HSC")) == []


def test_one_letter_with_an_accent_is_named_as_what_makes_it_too_long() -> None:
    words = "Gracias, es todo. Con fiebre o más dolor, llame a {clinic}, {number}. Emergencia: 911."
    (sentence,) = wrong("closing.es", words)
    assert 'the letter "á" leaves room for only 70' in sentence


def test_an_answer_is_always_said_back_whole() -> None:
    assert "in its longest use" in wrong("understood.en", "Thank you very much for that: {heard}.")[0]


def test_the_room_a_text_takes_is_counted_as_phones_count_it() -> None:
    assert room("a" * 160) == (160, 160)
    assert room("€[") == (4, 160)
    assert room("á") == (1, 70)
    message = longest({"closing.en": CLOSING}, EN)["closing.en"]
    assert room(message.text) == (len(message.text), 160)
