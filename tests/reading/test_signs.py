"""The scan for warnings: what is found, what is denied, and how urgent it is."""

from __future__ import annotations

import pytest

from followup.reading import Sign, scan


def found(text: str, *, thinner: bool = False) -> dict[str, Sign]:
    return {sign.name: sign for sign in scan(text, blood_thinner=thinner) if not sign.denied}


@pytest.mark.parametrize(
    ("text", "name", "tier"),
    [
        ("numb between my legs", "saddle_numbness", "E"),
        ("no siento al limpiarme", "saddle_numbness", "E"),
        ("my legs gave out", "leg_weakness", "E"),
        ("no puedo mover la pierna", "leg_weakness", "E"),
        ("my foot is tingling", "numbness", "S"),
        ("no puedo orinar desde anoche", "bladder_bowel", "E"),
        ("temp of 101.2", "fever", "S"),
        ("tengo calentura", "fever", "S"),
        ("my tongue is swelling", "throat_or_face_swelling", "E"),
        ("hives on my belly", "hives", "S"),
        ("me falta el aire", "breathing", "E"),
        ("chest pain", "chest", "E"),
        ("my face is drooping", "stroke", "E"),
        ("bad headache when I stand up", "headache", "S"),
        ("my sugar is 340", "sugar", "S"),
        ("azúcar en 55", "sugar", "S"),
        ("se me cae la baba y tuve una convulsión", "seizure", "E"),
        ("he is confused and can't wake up", "confusion", "E"),
        ("should I call 911", "asks_911", "E"),
        ("I'm in the ER", "in_hospital", "S"),
        ("very thirsty since last night", "very_thirsty", "S"),
        ("I fell in the tub", "fall", "S"),
        ("it won't stop bleeding", "bleeding_goes_on", "E"),
        ("no para de sangrar", "bleeding_goes_on", "E"),
        ("there was blood on the bandage", "bleeding", "S"),
        ("loss of feeling in both legs", "loss_of_feeling", "E"),
        ("I can't feel my legs", "loss_of_feeling", "E"),
        ("can't feel my leg at all", "loss_of_feeling", "E"),
        ("numb from the waist down", "loss_of_feeling", "E"),
        ("both my legs are numb", "loss_of_feeling", "E"),
        ("no siento las piernas", "loss_of_feeling", "E"),
        ("no siento nada en la pierna", "loss_of_feeling", "E"),
        ("las dos piernas dormidas", "loss_of_feeling", "E"),
        ("perdí la sensibilidad en las piernas", "loss_of_feeling", "E"),
        ("emergencia", "asks_911", "E"),
        ("this is an emergency", "asks_911", "E"),
        ("cada vez peor", "worse_fast", "S"),
        ("the pain is getting worse fast", "worse_fast", "S"),
    ],
)
def test_a_sign_is_found_with_its_tier(text: str, name: str, tier: str) -> None:
    signs = found(text)
    assert name in signs, signs
    assert signs[name].tier == tier


@pytest.mark.parametrize(
    "text", ["I want to die", "quiero morirme", "thinking of killing myself", "better off dead"]
)
def test_a_wish_to_die_asks_for_the_988_text(text: str) -> None:
    assert found(text)["self_harm"].suicidal


@pytest.mark.parametrize(
    "text", ["no quiero morirme", "dying of boredom", "muerta de risa", "die of embarrassment"]
)
def test_a_manner_of_speaking_is_no_wish_to_die(text: str) -> None:
    assert "self_harm" not in found(text)


@pytest.mark.parametrize("text", ["my leg is numb", "numb toes", "tengo la pierna dormida", "leg still numb"])
def test_numbness_of_one_leg_alone_is_no_emergency(text: str) -> None:
    assert {sign.tier for sign in found(text).values()} == {"S"}


@pytest.mark.parametrize(
    "text",
    [
        "no loss of feeling in my legs",
        "I don't feel my legs hurting",
        "no siento las piernas cansadas",
        "my emergency contact is Rosa",
        "not an emergency",
    ],
)
def test_what_denies_an_emergency_is_none(text: str) -> None:
    assert all(sign.tier == "S" for sign in found(text).values())


def test_fever_with_weakness_is_an_emergency() -> None:
    assert found("fever and my legs are weak")["fever"].tier == "E"
    assert found("fever since noon")["fever"].tier == "S"


def test_headache_with_a_stiff_neck_is_an_emergency() -> None:
    assert found("headache and a stiff neck")["headache"].tier == "E"


@pytest.mark.parametrize(
    "text", ["unbearable pain", "blood on my bandage", "I fell in the kitchen", "it gets worse by the hour"]
)
def test_a_blood_thinner_makes_bleeding_a_fall_and_unbearable_pain_an_emergency(text: str) -> None:
    assert [sign.tier for sign in found(text).values()] == ["S"] * len(found(text))
    assert {sign.tier for sign in found(text, thinner=True).values()} == {"E"}


def test_a_denial_is_shown_and_does_not_fire() -> None:
    (sign,) = [s for s in scan("no fever") if s.name == "fever"]
    assert sign.denied
    assert sign.text == "fever"


@pytest.mark.parametrize(
    "text",
    [
        "no fever, chills, numbness or headache",
        "I don't have a fever or any numbness",
        "sin fiebre, ni escalofríos, ni hormigueo",
        "fever? no. chills? no.",
        "denies fever and chills",
        "never had a rash, never fell",
        "not numb, not weak",
    ],
)
def test_a_denial_governs_the_whole_list(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no fever but I have chills", "fever"),
        ("no fever. headache though", "headache"),
        ("no tengo fiebre pero me duele la cabeza", "headache"),
        ("No, my leg is numb", "numbness"),
        ("not feeling good, fever all night", "fever"),
        ("can't sleep, fever", "fever"),
        ("not sure if it's a fever", "fever"),
        ("no feeling in my left foot", "numbness"),
        ("no bladder control", "bladder_bowel"),
        ("sin fuerza en las piernas", "leg_weakness"),
    ],
)
def test_a_denial_ends_where_something_is_reported(text: str, name: str) -> None:
    assert name in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "temp 98.6",
        "temperatura 37.4",
        "sugar 105",
        "blood pressure 128/76",
        "on a blood thinner",
        "slipped disc",
        "my score fell to 3",
        "fell asleep at 8",
        "allergic to latex",
        "the paperwork is a headache",
        "took a hot shower",
        "me cayó bien la sopa",
        "presión de la sangre normal",
    ],
)
def test_what_only_looks_like_a_sign_is_none(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize(
    ("text", "fever"),
    [
        ("temp 100.3", False),
        ("temp 100.4", True),
        ("38.0 de temperatura", True),
        ("37.9 de temperatura", False),
    ],
)
def test_a_fever_begins_at_100_4_fahrenheit_and_38_celsius(text: str, fever: bool) -> None:
    assert ("fever" in found(text)) is fever


@pytest.mark.parametrize(
    ("text", "sugar"), [("sugar 249", False), ("sugar 250", True), ("sugar 70", False), ("sugar 69", True)]
)
def test_sugar_is_a_warning_from_250_up_and_under_70(text: str, sugar: bool) -> None:
    assert ("sugar" in found(text)) is sugar
