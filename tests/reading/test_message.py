"""What else a message says: other answers, corrections, requests to hear the question again, and why."""

from __future__ import annotations

import pytest

from followup.reading import Message, read, read_message


def said(text: str, question: str = "pain_now", previous: str = "") -> Message:
    return read_message(question, "sms", "en", text, previous)


def test_one_message_may_answer_several_questions() -> None:
    message = said("7 now, got to 2 for about 6 hours, no meds")
    assert message.reading.value == 7
    assert {name: slot.value for name, slot in message.slots.items()} == {
        "pain_best": 2,
        "relief_hours": 6,
        "took_medicine": False,
    }


def test_several_answers_in_spanish() -> None:
    message = said("ahora 6, bajó hasta 1 y el alivio duró 5 horas, tomé tylenol")
    assert message.reading.value == 6
    assert message.slots["pain_best"].value == 1
    assert message.slots["relief_hours"].value == 5
    assert message.slots["took_medicine"].value is True


@pytest.mark.parametrize("text", ["7", "yes", "six", "no", "it's a 4", "8, call me at 3"])
def test_a_plain_answer_answers_no_other_question(text: str) -> None:
    assert said(text).slots == {}


def test_a_reported_warning_fills_its_slot_and_a_denied_one_does_not() -> None:
    assert said("4 but I have chills").slots["warning_signs"].value is True
    assert "warning_signs" not in said("4, no chills").slots


@pytest.mark.parametrize(
    "text", ["sorry, 6", "I meant 6", "perdón, 6", "*6", "oops 6", "make that a 6", "quise decir 6"]
)
def test_a_message_that_opens_as_a_correction_amends_the_answer_before(text: str) -> None:
    amends = said(text, "relief_hours", previous="pain_best").amends
    assert amends is not None
    assert amends.value == 6


def test_nothing_is_amended_without_a_question_before_or_an_opening_that_corrects() -> None:
    assert said("sorry, 6").amends is None
    assert said("6", previous="pain_now").amends is None


@pytest.mark.parametrize(
    "text", ["say again", "what?", "otra vez", "no entendí", "can you repeat the question", "huh"]
)
def test_asking_to_hear_the_question_again_is_noticed(text: str) -> None:
    message = said(text)
    assert message.repeat
    assert message.reading.intent == "unclear"


def test_an_answer_is_no_request_to_repeat() -> None:
    assert not said("I said 6").repeat


@pytest.mark.parametrize("text", ["who is this?", "quién es?", "whos texting me"])
def test_asking_who_writes_is_noticed(text: str) -> None:
    message = said(text)
    assert message.who
    assert message.reading.intent == "wrong_person"


def test_the_reasons_show_how_was_8_now_3_became_3() -> None:
    why = [(step.rule, step.text) for step in read("pain_now", "sms", "en", "Was 8 now 3").why]
    assert why == [("score", "3"), ("now", "now"), ("the other number", "8")]


def test_a_number_that_was_struck_out_says_what_it_is() -> None:
    why = [
        (step.rule, step.text) for step in read("pain_now", "sms", "en", "it's a 4, took 2 advil at 8am").why
    ]
    assert ("score", "4") in why
    assert ("not a score: a dose", "2") in why
    assert ("not a score: a time", "8") in why


def test_a_range_keeps_its_ends() -> None:
    reading = read("pain_now", "sms", "en", "3 or 4")
    assert (reading.value, reading.approx, reading.low, reading.high) == (3.5, True, 3, 4)
    assert reading.as_json()["low"] == 3


def test_a_whole_score_is_written_without_a_point() -> None:
    assert repr(read("pain_now", "sms", "en", "seven").as_json()["value"]) == "7"
    assert read("pain_now", "sms", "en", "3.5").value == 3.5


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("my knee is a 6", "other_body_part"),
        ("la rodilla está en 6", "other_body_part"),
        ("just sore where the needle went", "soreness"),
        ("better", ""),
    ],
)
def test_an_unclear_answer_says_whether_it_was_about_something_else(text: str, about: str) -> None:
    reading = read("pain_now", "sms", "en", text)
    assert (reading.intent, reading.about) == ("unclear", about)


def test_with_nothing_open_only_intent_and_flags_are_read() -> None:
    reading = read("", "sms", "en", "7 and my leg is numb, please call me")
    assert (reading.intent, reading.value, reading.flags) == ("callback", None, ("neuro",))


def test_an_unknown_question_or_channel_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="There is no question 'pain'"):
        read("pain", "sms", "en", "7")
    with pytest.raises(ValueError, match="There is no channel 'fax'"):
        read("pain_now", "fax", "en", "7")


@pytest.mark.parametrize(
    "text",
    ["7️⃣", "\u200f7\u200e", "７", "<b>7</b>", "7\u200d", "①"[:0] + "7", "٧", "  7\t", "𝟳"],
)
def test_strange_writing_of_seven_is_seven(text: str) -> None:
    assert read("pain_now", "sms", "en", text).value == 7


def test_look_alike_letters_read_like_the_word() -> None:
    assert read("pain_now", "sms", "en", "sеvеn").value == 7  # the e's are Cyrillic


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE replies; --", "<script>alert(7)</script>" * 3, "\x00\x01", "👍🏽", "👩‍👩‍👧"]
)
def test_what_is_no_answer_is_asked_again_and_never_an_exception(text: str) -> None:
    reading = read("pain_now", "sms", "en", text)
    assert reading.flags == ()
    assert reading.intent in ("unclear", "answer")


@pytest.mark.parametrize("text", ["Sorry, 6", "Perdon, 6", "oops 6", "I meant 6", "digo 6", "*6"])
def test_a_number_taken_back_after_a_no_is_the_pain_now(text: str) -> None:
    """The no to the warning signs came between, and 6 is not the lowest pain."""
    message = said(text, "pain_best", previous="warning_signs")
    assert message.amends is not None
    assert (message.amends.value, message.amended) == (6, "pain_now")


@pytest.mark.parametrize(
    "text", ["6", "era 1", "actually 1", "sorry, the lowest was 1", "it was 1", "sorry it was about 1"]
)
def test_an_answer_to_the_lowest_pain_is_not_taken_for_a_correction(text: str) -> None:
    message = said(text, "pain_best", previous="warning_signs")
    assert message.amends is None or message.amends.intent != "answer"
    assert message.amended == ""
    assert message.reading.value in (1, 6)


def test_sorry_yes_still_takes_back_the_no_to_the_warning_signs() -> None:
    message = said("sorry, yes", "pain_best", previous="warning_signs")
    assert message.amends is not None
    assert (message.amends.value, message.amended) == (True, "")
