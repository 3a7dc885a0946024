"""What a release installs: each package with its hash, at the version the tests ran with."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, str]:
    return {normal(m[1]): m[2] for m in re.finditer(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.M)}


def test_the_lock_has_every_package_of_a_release_with_hashes_and_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    locked = pinned(LOCK)
    assert {normal(re.split(r"[\[><=~ ]", name)[0]) for name in wanted} <= set(locked)
    assert "://" not in LOCK
    assert "@ " not in LOCK
    for block in re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.M):
        assert not block.strip() or "--hash=sha256:" in block, block.splitlines()[0]


def test_the_lock_and_the_constraints_agree() -> None:
    """Otherwise the tests run with other versions than a release. `make lock` brings them together."""
    constraints = pinned((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    locked = pinned(LOCK)
    assert {n: v for n, v in locked.items() if n in constraints and constraints[n] != v} == {}


def test_what_only_developers_need_is_not_in_a_release() -> None:
    assert not {"pytest", "bandit", "hypothesis", "playwright", "fhir-resources"} & set(pinned(LOCK))
