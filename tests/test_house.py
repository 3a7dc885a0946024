"""The rules of the house, kept by a test: arrows point one way, and a few libraries stay in their rooms."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE_LIBRARIES = {"pydantic", "phonenumbers", "gsm0338", "holidays", "tomllib"}

# What each room of followup/ may import of the others. A missing room is a mistake in this table.
MAY_IMPORT = {
    "reading": set(),
    "assessment": {"tongue"},
    "protocol": {"reading", "tongue"},
    "store": set(),
    "audit": {"store", "harmless"},
    "harmless": set(),
    "export": {"store", "audit", "checkin", "digest", "clinic", "harmless"},
    "checkin": {"store", "reading", "assessment", "protocol", "clinic"},
    "alerts": {"store", "checkin", "reading", "protocol", "clinic"},
    "outreach": {"store", "checkin", "protocol", "clinic"},
    "inbox": {"store", "checkin", "alerts", "reading", "protocol", "clinic"},
    "voice": {"store", "checkin", "inbox", "alerts", "reading", "protocol", "clinic"},
    "replay": {"store", "checkin", "inbox", "voice"},
    "intake": {"store", "checkin", "clinic", "tongue", "written"},
    "digest": {"store", "checkin", "assessment", "protocol", "clinic", "outreach", "harmless", "tongue"},
    "desk": {"store", "checkin", "inbox", "intake", "alerts", "digest", "reading", "protocol", "clinic"},
    "console": {
        "store",
        "audit",
        "checkin",
        "custody",
        "intake",
        "keeping",
        "desk",
        "digest",
        "assessment",
        "protocol",
        "clinic",
        "setup",
        "health",
        "limits",
        "sign_in",
        "tongue",
        "written",
    },
    "simulator": set(),
    "demo": {"simulator", "clock"},
    "limits": {"store"},
    "vitals": {"store"},
    "health": {"store", "vitals"},
    "compare": {"store", "checkin", "inbox", "outreach"},
    "clinic": {"assessment", "protocol", "sign_in", "keeping", "tongue", "written"},
    "sign_in": set(),
    "config": set(),
    "clock": set(),
    "logs": set(),
    "memory": set(),
    "progress": set(),
    "custody": {"store", "audit", "checkin", "clinic", "config", "inbox", "keeping"},
    "keeping": {"tongue", "written"},
    "tongue": set(),
    "written": {"tongue"},
    "setup": {"config", "custody", "inbox", "outreach", "store"},
}
PURE = {"reading", "assessment", "protocol"}
PURE_FILES = {"followup/checkin/timing.py", "followup/alerts/duty.py", "followup/digest/place.py"}


def sources() -> list[Path]:
    files = [p for top in ("followup", "webhooks", "scheduler") for p in sorted((ROOT / top).rglob("*.py"))]
    return [p for p in files if "migrations" not in p.parts]


def imports(path: Path) -> set[str]:
    """Every module a file imports, at the top or inside a function, as an absolute dotted name."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            module = base + (node.module or "")
            found |= {module.rstrip("."), *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def room(path: Path) -> str:
    inside = path.relative_to(ROOT / "followup")
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_pure(path: Path) -> bool:
    return name(path) in PURE_FILES or (name(path).startswith("followup/") and room(path) in PURE)


@pytest.mark.parametrize("path", [p for p in sources() if name(p).startswith("followup/")], ids=name)
def test_arrows_between_the_rooms_point_one_way(path: Path) -> None:
    own = room(path)
    if own in ("cli", "__init__"):
        return  # the composition root
    assert own in MAY_IMPORT, f"{own} is a new room: say in MAY_IMPORT what it may import"
    for module in imports(path):
        parts = module.split(".")
        assert parts[0] not in ("webhooks", "scheduler"), f"{name(path)} imports {module}"
        if parts[0] == "followup" and len(parts) > 1 and parts[1] != own:
            assert parts[1] in MAY_IMPORT[own], f"{name(path)} imports {module}"


def test_webhooks_and_scheduler_never_import_each_other() -> None:
    for path in sources():
        top = name(path).split("/")[0]
        other = {"webhooks": "scheduler", "scheduler": "webhooks"}.get(top)
        assert not any(module.split(".")[0] == other for module in imports(path)), name(path)


@pytest.mark.parametrize("path", [p for p in sources() if is_pure(p)], ids=name)
def test_pure_rooms_use_no_database_no_web_and_no_clock(path: Path) -> None:
    for module in imports(path):
        top = module.split(".")[0]
        assert top in sys.stdlib_module_names | PURE_LIBRARIES | {"followup"}, (
            f"{name(path)} imports {module}"
        )
    assert not re.search(r"\b(now|today|utcnow)\(\)|time\.time\(", path.read_text(encoding="utf-8")), name(
        path
    )


def test_each_library_stays_in_its_room() -> None:
    allowed = {
        "twilio.rest": lambda p: p == "followup/outreach/carrier.py",
        "apscheduler": lambda p: p.startswith("scheduler/"),
        "flask": lambda p: p.startswith(("webhooks/", "followup/console/", "followup/simulator/")),
    }
    for path in sources():
        for module in imports(path):
            for library, may in allowed.items():
                if module == library or module.startswith(library + "."):
                    assert may(name(path)), f"{name(path)} imports {module}"


def test_the_clock_is_read_in_one_place_only() -> None:
    """Whoever asks the system for the time cannot be driven by `--now` or the demo's virtual clock."""
    allowed = {"followup/clock.py", "scheduler/metronome.py"}
    for path in sources():
        if name(path) in allowed or name(path).startswith("followup/simulator/"):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"datetime\.(now|utcnow|today)\(|date\.today\(", text), name(path)


def test_stored_hashes_are_compared_under_every_live_key() -> None:
    """While keys change, two hashes of one number differ: who asked us to stop would be texted again."""
    of_a_value = r"\b(?:phone|to|from|chart|email|address)_hash\)?"
    for path in sources():
        text = path.read_text(encoding="utf-8")
        assert not re.search(of_a_value + r"\s*==|==\s*(?:col\()?[\w.]*" + of_a_value, text), name(path)


def test_simulator_and_demo_never_open_the_database() -> None:
    for path in sources():
        if name(path).startswith(("followup/simulator/", "followup/demo/")):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"sqlmodel|sqlalchemy|sqlite3|psycopg|followup\.store|DATABASE_URL", text), (
                name(path)
            )


def test_no_file_holds_more_than_one_idea() -> None:
    """300 lines is where a file of one idea ends; the house wants 50 to 250."""
    for path in sources():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, name(path)


def test_every_file_says_why_it_exists() -> None:
    for path in sources():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), name(path)


def test_no_tracked_file_names_a_registry_host_or_a_path_of_this_machine() -> None:
    forbidden = re.compile(
        r"index[-_]url|\.whl\b|https?://\S+\.(?:tgz|deb)\b|/(?:home|Users)/\w|"
        + "|".join(re.escape(str(place)) + r"\b" for place in (ROOT, Path.home()))
    )
    assert "://" not in (ROOT / "constraints.txt").read_text(encoding="utf-8"), (
        "constraints carry no addresses"
    )
    for path in [
        *ROOT.glob("*.txt"),
        *ROOT.glob("*.toml"),
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *sources(),
    ]:
        assert not forbidden.search(path.read_text(encoding="utf-8")), path.name
