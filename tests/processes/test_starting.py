"""What an operator gets wrong: every command says so in one sentence that names the variable, and exits 2."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from followup.cli import followup

from .house import ROOT, House, on_postgres, one_sentence, procfile, sqlite_only

SERVE = ("followup.cli", "serve", "--port", "0")
CLOCK = ("scheduler",)
TICK = ("followup.cli", "tick")
DIGEST = ("followup.cli", "digest", "--date", "2026-03-10")

MISSING = [
    (SERVE, "SECRET_KEY", ""),
    (SERVE, "PUBLIC_URL", ""),
    (CLOCK, "TWILIO_ACCOUNT_SID", ""),
    (CLOCK, "TWILIO_AUTH_TOKEN", " , "),
    (TICK, "TWILIO_AUTH_TOKEN", ""),
    (DIGEST, "FOLLOWUP_KEYS", ""),
    (DIGEST, "FOLLOWUP_KEYS", ","),
]

MALFORMED = [
    ("DATABASE_URL", "mysql://host/name", "Write sqlite:///followup.db or postgresql://"),
    ("DATABASE_URL", "postgresql+psycopg://127.0.0.1:1/nowhere?connect_timeout=2", "Is it running?"),
    ("DATABASE_URL", "postgresql://[nonsense", "DATABASE_URL"),
    ("DATABASE_URL", "sqlite:///no-such-file.db", "Run `followup migrate` first."),
    ("PUBLIC_URL", "followup.example.org", "Write it like https://followup.example.org."),
    ("PUBLIC_URL", "http://followup.example.org", "use https://"),
    ("PUBLIC_URL", "https://followup.example.org?x=1", "give the bare address"),
    ("TWILIO_ACCOUNT_SID", "SK0123456789", "starts with AC"),
    ("TWILIO_API_URL", "http://api.example.com", "use https://"),
    ("FOLLOWUP_KEYS", "too-short", "key 1 is malformed"),
    ("FOLLOWUP_KEYS", "ключ", "key 1 is malformed"),
    ("SECRET_KEY", "Pa55w0rd", "too short"),
    ("SMTP_URL", "mail.example.com", "smtp://user:password@host:587"),
    ("SMTP_URL", "smtp://host:port", "smtp://user:password@host:587"),
    ("HEARTBEAT_URL", "ping", "Write it like https://"),
    ("FOLLOWUP_TICK_SECONDS", "often", "a number from 0.05 to 60"),
    ("FOLLOWUP_TICK_SECONDS", "nan", "a number from 0.05 to 60"),
    ("FOLLOWUP_TICK_SECONDS", "3600", "a number from 0.05 to 60"),
]


@sqlite_only
@pytest.mark.parametrize(("command", "name", "value"), MISSING)
def test_a_missing_variable_is_named_with_what_to_do(
    house: House, command: tuple[str, ...], name: str, value: str
) -> None:
    done = house.run([sys.executable, "-m", *command], **{name: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{name} is not set. "), done.stderr
    assert one_sentence(done.stderr)


@pytest.mark.parametrize(("name", "value", "words"), MALFORMED)
def test_a_malformed_variable_is_named_with_how_to_mend_it(
    tmp_path: Path, name: str, value: str, words: str
) -> None:
    """The real command, within this process: thirty interpreters would take half a minute to start."""
    env = {**House(tmp_path, "sqlite:///x.db").env, name: value}
    done = CliRunner().invoke(followup, [*DIGEST[1:]], env=env)
    assert (done.exit_code, done.stdout) == (2, "")
    assert name in done.stderr
    assert words in done.stderr
    assert one_sentence(done.stderr), done.stderr
    if name in ("TWILIO_ACCOUNT_SID", "FOLLOWUP_KEYS", "SECRET_KEY"):
        assert value not in done.stderr, "a secret that was mistyped is still a secret"


@sqlite_only
@pytest.mark.parametrize("command", [SERVE, CLOCK], ids=["serve", "scheduler"])
def test_a_database_file_in_no_folder_is_said_so(house: House, command: tuple[str, ...]) -> None:
    done = house.run([sys.executable, "-m", *command], DATABASE_URL="sqlite:///no/such/folder/followup.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("DATABASE_URL: the folder of the database file cannot be written to")
    assert one_sentence(done.stderr)


@sqlite_only
def test_a_variable_may_come_from_a_file_but_not_from_both(house: House) -> None:
    secret = house.folder / "token"
    secret.write_text(house.env["TWILIO_AUTH_TOKEN"] + "\n", encoding="utf-8")
    given = {"TWILIO_AUTH_TOKEN_FILE": str(secret)}
    assert house.followup("tick", TWILIO_AUTH_TOKEN="", **given).returncode == 0
    both = house.followup("tick", **given)
    assert (both.returncode, both.stderr) == (
        2, "Both TWILIO_AUTH_TOKEN and TWILIO_AUTH_TOKEN_FILE are set; keep one of them.\n",
    )  # fmt: skip
    gone = house.followup("tick", TWILIO_AUTH_TOKEN="", TWILIO_AUTH_TOKEN_FILE=str(house.folder / "gone"))
    assert gone.returncode == 2
    assert gone.stderr.startswith("TWILIO_AUTH_TOKEN_FILE cannot be read")


@sqlite_only
def test_the_web_process_that_cannot_start_names_the_variable(house: House) -> None:
    """gunicorn puts its own words around ours; the sentence must still be there to be found."""
    web = house.line("web", SECRET_KEY="")
    assert web.wait() != 0
    assert "SECRET_KEY is not set." in web.said()


@sqlite_only
def test_a_database_that_was_never_migrated_is_said_so(house: House) -> None:
    (house.folder / "empty.db").touch()
    done = house.followup("tick", DATABASE_URL="sqlite:///empty.db")
    assert (done.returncode, done.stderr) == (
        2, "The database is not up to date. Run `followup migrate` first.\n",
    )  # fmt: skip


def test_migrating_twice_changes_nothing_and_says_where_it_is(house: House) -> None:
    first, second = house.followup("migrate"), house.followup("migrate")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert first.stdout == second.stdout
    assert first.stdout.startswith("The database is at revision ")


@sqlite_only
def test_a_database_that_cannot_be_made_is_said_so(house: House) -> None:
    done = house.followup("migrate", DATABASE_URL="sqlite:///no/such/folder/followup.db")
    assert done.returncode == 2
    assert done.stderr.startswith("DATABASE_URL: the database cannot be opened")
    assert one_sentence(done.stderr)


@sqlite_only
def test_a_new_file_is_made_by_migrate_alone(house: House) -> None:
    new = "sqlite:///new.db"
    assert house.followup("tick", DATABASE_URL=new).returncode == 2
    assert not (house.folder / "new.db").exists()
    assert house.followup("migrate", DATABASE_URL=new).returncode == 0
    assert house.followup("tick", DATABASE_URL=new).returncode == 0


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
@on_postgres
def test_the_address_as_hosting_platforms_write_it_is_understood(house: House, scheme: str) -> None:
    url = house.env["DATABASE_URL"].replace("postgresql+psycopg://", f"{scheme}://")
    done = house.followup("migrate", DATABASE_URL=url)
    assert done.returncode == 0, done.stderr


def test_the_command_and_the_procfiles_lines_are_what_was_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"followup": "followup.cli:main"}
    assert shutil.which("followup", path=str(Path(sys.executable).parent)), "the command is installed"
    lines = procfile()
    assert set(lines) == {"web", "worker"}
    assert lines["worker"] == "python -m scheduler"
    assert lines["web"].startswith("gunicorn ")
    assert "-b 0.0.0.0:$PORT" in lines["web"]


@sqlite_only
def test_what_runs_for_weeks_holds_no_library_it_does_not_use(house: House) -> None:
    """Charts, calendars of holidays and migrations are tens of megabytes; who needs one imports it then."""
    told = "import sys, webhooks.app, scheduler.metronome; print(*sys.modules)"
    loaded = set(house.run([sys.executable, "-c", told]).stdout.split())
    assert {"twilio.rest", "sqlalchemy"} <= loaded
    assert loaded & {"matplotlib", "holidays", "alembic", "mako", "pygments", "typer", "rich"} == set()
    told = "import sys, webhooks.app; print(*sys.modules)"
    assert "twilio.rest" not in house.run([sys.executable, "-c", told]).stdout.split(), (
        "the web sends nothing"
    )


@sqlite_only
def test_every_command_that_was_promised_has_its_help(house: House) -> None:
    listed = house.followup("--help").stdout
    for command in ("migrate", "clinic", "pause", "resume", "staff", "import", "read", "assess", "tick",
                    "digest", "reconcile", "serve", "demo"):  # fmt: skip
        assert f"\n  {command} " in listed, command
