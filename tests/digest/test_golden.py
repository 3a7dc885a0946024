"""One fixed day of 25 invented patients, compared byte for byte in every rendering."""

from __future__ import annotations

import json

import pytest

from followup.store import Store

from .golden import FOLDER, renderings


@pytest.fixture
def made(store: Store) -> dict[str, str]:
    return renderings(store)


def test_every_rendering_of_the_fixed_day_is_what_it_was(made: dict[str, str]) -> None:
    for name, held in made.items():
        assert held == (FOLDER / name).read_bytes().decode(), name


def test_the_buckets_of_the_fixed_day_add_up(made: dict[str, str]) -> None:
    digest = json.loads(made["digest.json"])
    sizes = {name: len(entries) for name, entries in digest["buckets"].items()}
    assert sizes == {
        "urgent_call": 1, "unreachable_call": 3, "provider_review": 7, "candidate_repeat": 6,
        "candidate_further_testing": 4, "waiting": 2, "closed": 2,
    }  # fmt: skip
    assert sum(sizes.values()) == digest["procedures"] == 25
    assert made["digest.txt"].splitlines()[1] == (
        "25 = 1 urgent + 3 to call + 7 review + 6 repeat + 4 further testing + 2 waiting + 2 closed"
    )
