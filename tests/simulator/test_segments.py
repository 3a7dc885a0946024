"""Segments, counted by the published tables."""

from __future__ import annotations

import pytest

from followup.simulator.segments import encoding, segments


@pytest.mark.parametrize(
    ("text", "coding", "count"),
    [
        ("", "GSM-7", 1),
        ("x" * 160, "GSM-7", 1),
        ("x" * 161, "GSM-7", 2),
        ("x" * 306, "GSM-7", 2),
        ("x" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("x" * 152 + "€" * 6, "GSM-7", 2),
        ("¿Cuanto dolor tiene hoy, del 0 al 10?", "GSM-7", 1),
        ("¿Cuánto dolor tiene hoy, del 0 al 10?", "UCS-2", 1),
        ("á" * 70, "UCS-2", 1),
        ("á" * 71, "UCS-2", 2),
        ("á" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("😀" * 67, "UCS-2", 3),  # 33 fit in a part: half an emoji is never sent
    ],
)
def test_segments_follow_the_alphabet(text: str, coding: str, count: int) -> None:
    assert (encoding(text), segments(text)) == (coding, count)


@pytest.mark.parametrize("character", "éÉñÑüÜ¿¡àèìòùÇÅåÄäÖöØøÆæß@£$¥§_ΔΦΓΛΩΠΨΣΘΞ¤\n\r")
def test_these_characters_cost_one_place(character: str) -> None:
    assert segments(character * 160) == 1


@pytest.mark.parametrize("character", "áíóúÁÍÓÚçºª«»—–’“”…´`\u00a0\t")
def test_these_characters_make_the_whole_text_dear(character: str) -> None:
    assert encoding("x" + character) == "UCS-2"
