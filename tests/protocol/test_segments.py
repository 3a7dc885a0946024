"""Counted as the carrier counts (Twilio, "SMS character limit")."""

import pytest

from followup.protocol import is_gsm7, segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 159 + "€", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("€" * 153, 3),  # 76 to a part: the last septet cannot hold half a sign
        ("é¿ñÑ" * 40, 1),
    ],
)
def test_segments_are_counted_as_billed(text: str, parts: int) -> None:
    assert segments(text) == parts


@pytest.mark.parametrize("letter", list("áíóúÁÍÓÚç’“”–—…`ºª«»\t\u00a0"))
def test_one_letter_outside_the_alphabet_is_found(letter: str) -> None:
    assert not is_gsm7(f"dolor {letter}")


@pytest.mark.parametrize("letter", list("éÉñÑüÜ¿¡àèìòù@$_\n€[]{}~"))
def test_letters_of_the_alphabet_are_left_alone(letter: str) -> None:
    assert is_gsm7(f"dolor {letter}")
