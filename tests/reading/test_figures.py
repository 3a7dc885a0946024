"""The promises about accuracy, measured on whole files of replies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from followup.reading import Reading, read

from .replies import HERE, PEERS, load, same_value, wanted

FILES = [pytest.param(HERE / f"{name}.jsonl", id=name) for name in ("dev", "own", "strangers")]


def readings(path: Path) -> list[tuple[dict[str, Any], Reading]]:
    return [(row, read(row["question"], row["channel"], row["lang"], row["text"])) for row in load(path)]


def misread(pairs: list[tuple[dict[str, Any], Reading]]) -> list[str]:
    return [
        f"{row['id']} {row['text']!r}: {reading.value!r}, not {row['expect']['value']!r}"
        for row, reading in pairs
        if reading.value is not None and not same_value(reading.value, row["expect"]["value"])
    ]


@pytest.mark.parametrize("path", FILES)
def test_no_accepted_value_is_wrong(path: Path) -> None:
    assert misread(readings(path)) == []


@pytest.mark.parametrize("path", FILES)
def test_ninety_nine_of_a_hundred_replies_are_read_exactly(path: Path) -> None:
    pairs = readings(path)
    missed = [
        (row["id"], row["text"], wanted(row), got)
        for row, r in pairs
        if (got := (r.intent, r.value, r.approx, r.flags)) != wanted(row)
    ]
    assert len(missed) <= 0.01 * len(pairs), missed


@pytest.mark.parametrize("path", FILES)
def test_every_opt_out_is_understood_and_none_is_imagined(path: Path) -> None:
    for row, reading in readings(path):
        assert (reading.intent == "opt_out") == (row["expect"]["intent"] == "opt_out"), row["text"]


@pytest.mark.parametrize("path", FILES)
def test_no_warning_is_missed(path: Path) -> None:
    for row, reading in readings(path):
        assert set(row["expect"]["flags"]) <= set(reading.flags), row["text"]


@pytest.mark.skipif(
    not PEERS.exists(), reason="peers.jsonl (other projects' cases) is not beside this checkout"
)
def test_accepted_values_are_right_on_other_projects_cases() -> None:
    pairs = readings(PEERS)
    accepted = [r for _, r in pairs if r.value is not None]
    assert len(misread(pairs)) <= 0.02 * len(accepted)
    assert all(r.intent == "opt_out" for row, r in pairs if row["expect"]["intent"] == "opt_out")
