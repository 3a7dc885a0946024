"""What every test starts from: a database made by the migrations, keys, and a moment in time.

Whoever asks for `store` (or `day`, which stands on it) runs twice: on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser

from followup.store import Store, open_store, unlock
from followup.store.migrate import migrate
from tests import browsers, postgres
from tests.clinic_day import ClinicDay
from tests.console.busy_day import busy_day
from tests.needs import missing

KEY = bytes(range(32))
BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session", autouse=True)
def _keys() -> None:
    unlock([KEY])


@pytest.fixture(scope="session", autouse=True)
def _compiled_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pages are compiled once a session and not once an app: most tests make an app of their own."""
    kept = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("pages")))
    before, Flask.jinja_options = Flask.jinja_options, {**Flask.jinja_options, "bytecode_cache": kept}
    yield
    Flask.jinja_options = before


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated database a session; each test gets a copy, which costs a file copy and no migration."""
    path = tmp_path_factory.mktemp("migrated") / "followup.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _server() -> Iterator[postgres.Server | str]:
    """The PostgreSQL server, or why there is none, so that each test that needs it can say so itself."""
    try:
        with postgres.server() as server:
            yield server
    except postgres.NotHereError as why:
        yield str(why)


@pytest.fixture(scope="session")
def _migrated_database(_server: postgres.Server | str) -> Iterator[str]:
    """The DATABASE_URL of the migrated database that each test finds empty."""
    if isinstance(_server, str):
        yield ""
        return
    with _server.database() as url:
        _migrate(url)
        yield url


def _migrate(url: str) -> None:
    store = open_store(url)
    migrate(store)
    store.close()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database of the test's own, for processes that open it themselves."""
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("_place")
        for old in path.parent.glob(f"{path.name}*"):
            old.unlink()  # with its journal; a process that still has it open keeps its own copy
        shutil.copy(request.getfixturevalue("_migrated_file"), path)
        return f"sqlite:///{path}"
    server: postgres.Server | str = request.getfixturevalue("_server")
    if isinstance(server, str):
        missing("postgres", server)
    url: str = request.getfixturevalue("_migrated_database")
    postgres.empty(url)
    return url


@pytest.fixture(scope="session")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every test on SQLite finds its database: one address, so that one opened store can serve all."""
    return tmp_path_factory.mktemp("database") / "followup.db"


@cache
def _opened(url: str) -> Store:
    """Opened once a session: each new engine would compile every statement of the product anew, which took
    more time than running them."""
    return open_store(url)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The same, opened."""
    store = _opened(database_url)
    yield store
    store.close()


@pytest.fixture
def now() -> datetime:
    """Monday 9 March 2026, 18:30 UTC: half past two in the afternoon in New York."""
    return datetime(2026, 3, 9, 18, 30, tzinfo=UTC)


@pytest.fixture
def day(store: Store) -> Iterator[ClinicDay]:
    """A clinic day on a simulated carrier, from Monday 9 March 2026, 14:00 in New York."""
    clinic_day = ClinicDay(store)
    yield clinic_day
    clinic_day.close()


@pytest.fixture
def quick(_migrated_file: Path, tmp_path: Path) -> Iterator[ClinicDay]:
    """A clinic day on SQLite alone, for what no engine does differently."""
    yield from _day_on(_migrated_file, tmp_path / "quick.db")


@pytest.fixture(scope="module")
def busy(_migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClinicDay]:
    """A busy day at 13:40 on Tuesday, on SQLite, played once a file of tests: read it, do not change it."""
    for clinic_day in _day_on(_migrated_file, tmp_path_factory.mktemp("busy") / "followup.db"):
        busy_day(clinic_day)
        yield clinic_day


def _day_on(migrated: Path, path: Path) -> Iterator[ClinicDay]:
    shutil.copy(migrated, path)
    store = open_store(f"sqlite:///{path}")
    clinic_day = ClinicDay(store)
    yield clinic_day
    clinic_day.close()
    store.close()


# `make test` plays what depends on the engine on both databases: constraints, migrations, claims, sends,
# what staff do at once. All other halves on PostgreSQL run by `make test-long`, and so in CI: with them it
# would take eight minutes.
ON_BOTH = (
    "tests/store/",
    "tests/audit/",
    "tests/desk/",
    "tests/intake/",
    "tests/line/test_every_crash_point.py",
    "tests/line/test_sending_under_faults.py",
    "tests/line/test_turns_and_pace.py",
    "tests/processes/test_claims_at_once.py",
    "tests/processes/test_serving.py::test_two_workers",
    "tests/processes/test_starting.py::test_the_address",
)
# Slow by nature, and looked at on every change all the same: CI runs them.
SLOW = (
    "tests/console/test_a_clinics_day_in_browsers.py",
    "tests/console/test_every_page_is_accessible.py::test_axe",
    "tests/console/test_each_role_in_a_browser.py",
    "tests/console/test_without_a_mouse.py::test_tab",
    "tests/processes/test_serving.py::test_killed_in_mid_day",
    "tests/processes/test_serving.py::test_a_tick_beside",
    "tests/digest/test_same_day.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        on_postgres = item.get_closest_marker("postgres") is not None
        if item.nodeid.startswith(SLOW) or (on_postgres and not item.nodeid.startswith(ON_BOTH)):
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.chromium() as browser:
        yield browser
