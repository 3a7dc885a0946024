"""What must hold for any text at all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from followup.reading import QUESTIONS, read, read_message, scan

from .replies import HERE, load

DEV = [row for row in load(HERE / "dev.jsonl") if row["channel"] == "sms"]
ANSWERED = [row for row in DEV if row["expect"]["intent"] == "answer"]
VOCABULARY = sorted({word for row in load(HERE / "own.jsonl") for word in row["text"].split()})
ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
SPANISH = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"]
FRAMES_EN = [
    "{}",
    "it's a {}",
    "about a {}",
    "my pain is {}",
    "was 8 now {}",
    "{} out of 10",
    "I'd say {}",
    "{} today",
]
FRAMES_ES = [
    "{}",
    "un {}",
    "como un {}",
    "estoy en {}",
    "antes 8 ahora {}",
    "{} de 10",
    "le pongo {}",
    "hoy {}",
]
DENIALS = [
    "no fever",
    "no numbness",
    "sin fiebre",
    "no tengo fiebre",
    "without chills",
    "no headache",
    "never fell",
]

anything = st.text(max_size=1600)
odd = st.text(
    alphabet="7️⃣½⁄\u200d\u200f\u202e👍🏽<>&;'\"/\\-+*#=%$.,:!?¿ \n\t\x00аеоΟnosi0123456789", max_size=400
)
chatter = st.lists(st.sampled_from(VOCABULARY), max_size=40).map(" ".join)
question = st.sampled_from(("", *QUESTIONS))
channel = st.sampled_from(("sms", "dtmf", "speech"))


@settings(max_examples=300, deadline=None)
@given(question, channel, st.one_of(anything, odd, chatter))
def test_reading_never_raises_and_never_says_nonsense(question: str, channel: str, text: str) -> None:
    message = read_message(question, channel, "en", text, previous="pain_now")
    reading = message.reading
    if question in ("pain_now", "pain_best") and reading.value is not None:
        assert isinstance(reading.value, int | float)
        assert 0 <= reading.value <= 10
        assert (reading.value * 2) % 1 == 0
    if reading.intent in ("unclear", "help", "opt_in", "wrong_person"):
        assert reading.value is None
    for step in reading.why:
        assert step.text == text[step.start : step.end]
    for sign in message.signs:
        assert sign.text == text[sign.start : sign.end]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ANSWERED),
    st.sampled_from(["Hi, ", "Hello! ", "Good morning. ", "Hola, ", "Buenos días. "]),
)
def test_a_greeting_never_changes_a_value(row: dict[str, object], greeting: str) -> None:
    said = f"{greeting}{row['text']}"
    assert read(str(row["question"]), "sms", "en", said).value == row["expect"]["value"]  # type: ignore[index]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ANSWERED),
    st.sampled_from([" please", ", thank you", "\n- Bob", ", Maria Lopez", ". Gracias"]),
)
def test_a_courtesy_or_a_signature_never_changes_a_value(row: dict[str, object], ending: str) -> None:
    said = f"{row['text']}{ending}"
    assert read(str(row["question"]), "sms", "en", said).value == row["expect"]["value"]  # type: ignore[index]


@given(st.integers(0, 10), st.sampled_from(FRAMES_EN))
def test_an_english_number_word_reads_like_its_digit(n: int, frame: str) -> None:
    in_digits = read("pain_now", "sms", "en", frame.format(n))
    in_words = read("pain_now", "sms", "en", frame.format(ENGLISH[n]))
    assert in_digits.value == in_words.value == n


@given(st.integers(0, 10), st.sampled_from(FRAMES_ES))
def test_a_spanish_number_word_reads_like_its_digit(n: int, frame: str) -> None:
    in_digits = read("pain_now", "sms", "es", frame.format(n))
    in_words = read("pain_now", "sms", "es", frame.format(SPANISH[n]))
    assert in_digits.value == in_words.value == n


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(DEV), st.sampled_from(DENIALS))
def test_a_denial_never_adds_a_flag(row: dict[str, object], denial: str) -> None:
    before = read(str(row["question"]), "sms", "en", str(row["text"])).flags
    after = read(str(row["question"]), "sms", "en", f"{row['text']}. {denial}.").flags
    assert set(after) <= set(before)


@settings(max_examples=100, deadline=None)
@given(chatter, st.booleans())
def test_a_blood_thinner_never_lowers_a_tier(text: str, thinner: bool) -> None:
    plain = [(s.name, s.start, s.tier) for s in scan(text)]
    for (name, start, tier), sign in zip(plain, scan(text, blood_thinner=thinner), strict=True):
        assert (name, start) == (sign.name, sign.start)
        assert tier <= sign.tier or sign.tier == "E"
